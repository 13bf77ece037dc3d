import type { Query } from '../../commands/parsedCommand.ts';
import { ERROR_TEXT } from '../../commands/refusal.ts';
import type { CommandOutput } from '../../datamodel/cluster/answer.ts';
import type { Errno } from '../../datamodel/network/edit.ts';
import { printRoute } from '../../print/ipRoute.ts';
import { printMark } from '../../print/iptablesMatch.ts';
import { bootKernel } from '../linux/boot.ts';
import type { NetnsState } from '../linux/configure/netnsState.ts';
import { EventQueue } from '../linux/eventQueue.ts';
import { routeInputFor } from '../linux/ip/routeInput.ts';
import { ASSUMED_ROUTE, routeAnySource } from '../linux/ip/routeOutput.ts';
import type { Kernel, RouteResult } from '../linux/kernel.ts';
import { Recorder } from '../linux/recorder.ts';
import { failed, printed } from './output.ts';

type RouteGet = Extract<Query, { readonly type: 'routeGet' }>;

/** `ip route get` asks the kernel as a packet would (Linux: net/ipv4/route.c, inet_rtm_getroute). */
export function routeGet(query: RouteGet, state: NetnsState, now: number): CommandOutput {
  const names = state.netns.links.map((link) => link.name);
  for (const dev of [query.inputDevice, query.outputDevice]) {
    if (dev !== undefined && !names.includes(dev)) return failed(`Cannot find device "${dev}"`, 1);
  }
  const kernel = kernelOf(state, now);
  const output = query.inputDevice === undefined ? local(query, kernel) : received(query, kernel, query.inputDevice);
  const { warning } = query;
  if (warning === undefined) return output;
  return { ...output, errors: output.errors === '' ? warning : `${warning}\n${output.errors}` };
}

/** The namespace's kernel, to be asked and thrown away. */
function kernelOf({ netns, runtime }: NetnsState, now: number): Kernel {
  const queue = new EventQueue(now);
  const world = { queue, recorder: new Recorder(() => queue.now), seed: 0, bootSeed: 0, kernel: () => undefined };
  return bootKernel(world, netns, runtime);
}

function refused(errno: Errno): CommandOutput {
  return failed(`RTNETLINK answers: ${ERROR_TEXT[errno]}`, 2);
}

function local(query: RouteGet, kernel: Kernel): CommandOutput {
  const { destination, from, outputDevice, mark } = query;
  if (from !== undefined && kernel.fib.addressType(from) !== 'LOCAL') return refused('ENETUNREACH');
  const found = routeAnySource(kernel, { destination, source: from, outputDevice, mark });
  if (!found.ok) return refused(found.error);
  const { route } = found.route;
  if (query.fibMatch) return route.id === ASSUMED_ROUTE ? refused('ENETUNREACH') : matched(found.route);
  const source = from === undefined && found.route.source ? [`src ${found.route.source}`] : [];
  const flags = { local: ['local'], broadcast: ['local', 'brd'] } as const;
  const type = route.type === 'local' || route.type === 'broadcast' ? route.type : undefined;
  return lines(
    [
      ...words(query, found.route, type),
      ...source,
      ...(mark === undefined ? [] : [`mark ${printMark(mark)}`]),
      'uid 0',
    ],
    [...(type ? [`<${flags[type].join(',')}>`] : []), ...learnedMtu(kernel, query, found.route)],
    found.route,
  );
}

function received(query: RouteGet, kernel: Kernel, device: string): CommandOutput {
  const { destination, from, mark = 0 } = query;
  if (from === undefined) return refused('EINVAL');
  const found = routeInputFor(kernel, { source: from, destination, device, mark });
  switch (found.type) {
    case 'martian':
      return refused('EINVAL');
    case 'error':
      return refused(
        found.entry?.type === 'prohibit' ? 'EACCES' : found.entry?.type === 'blackhole' ? 'EINVAL' : 'EHOSTUNREACH',
      );
    case 'local':
    case 'broadcast': {
      if (query.fibMatch) return matched(found.route);
      const flags = found.type === 'local' ? '<local>' : '<local,brd>';
      return lines(words(query, found.route, found.type), [flags, `iif ${device}`], found.route);
    }
    case 'forward':
      if (query.fibMatch) return matched(found.route);
      return lines(words(query, found.route, undefined), [`iif ${device}`], found.route);
  }
}

function matched({ route }: RouteResult): CommandOutput {
  return printed([{ text: printRoute(route), entry: route.id }]);
}

function words(query: RouteGet, result: RouteResult, type: string | undefined): readonly string[] {
  const { destination, from } = query;
  const { via } = result.route;
  return [
    ...(type === undefined ? [] : [type]),
    destination,
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(via === undefined ? [] : [`via ${via}`]),
    `dev ${result.dev}`,
  ];
}

/** What an ICMP error has taught about the destination, and for how long. */
function learnedMtu(kernel: Kernel, { destination }: RouteGet, { route }: RouteResult): readonly string[] {
  const exception = kernel.pathMtus.get(destination);
  const left = exception === undefined ? 0 : Math.floor((exception.expires - kernel.world.queue.now) / 1e9);
  if (exception !== undefined && left > 0) return [`expires ${left}sec`, `mtu ${exception.mtu}`];
  return route.mtu === undefined ? [] : [`mtu ${route.mtu}`];
}

function lines(first: readonly string[], cache: readonly string[], { route }: RouteResult): CommandOutput {
  const entry = route.id;
  return printed([
    { text: `${first.join(' ')} `, entry },
    { text: `    ${['cache', ...cache].join(' ')} `, entry },
  ]);
}
