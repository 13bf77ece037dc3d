import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../datamodel/flow/flow.ts';
import type { NetfilterTable } from '../../../datamodel/network/netfilter.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../../../datamodel/network/runtime.ts';
import type { Route } from '../../../datamodel/network/tables.ts';
import { formatPrefix, ipAddress } from '../../../wire/address.ts';
import { type CapturedFlow, expectedTaps, givenNumbers, readCapturedFlows } from '../../captured/capturedFlow.ts';
import { compareCaptures } from '../../captured/compare.ts';
import '../../testing/allModes.ts';
import { NOTHING_LEARNED } from '../learned.ts';
import { iptablesRestore } from '../netfilter/testing/iptablesRestore.ts';
import { run } from '../run.ts';
import { type LabSettings, lab, route, warmNeighbors } from './lab.ts';

const texts = new Map(
  [1, 2].map((node) => {
    const file = new URL(`../netfilter/captured/node${node}.iptables-save.txt`, import.meta.url);
    return [node, readFileSync(file, 'utf8')];
  }),
);

/** A flow of the backends that the lab is built with. */
type LabFlow = CapturedFlow & { readonly cni: LabSettings['cni'] };

function send(captured: LabFlow, seed: number): ReturnType<typeof run> {
  const namespaces = lab({
    cni: captured.cni,
    netfilter: (node) => rulesFor(captured, node),
    change: (netns) => changed(netns, captured.setup ?? []),
  });
  const learned = new Map<NetnsId, RuntimeTables>();
  if (!captured.coldCaches) {
    for (const netns of namespaces.values()) learned.set(netns.id, { ...NOTHING_LEARNED, ...warmNeighbors(netns) });
  }
  return run({ flow: flowOf(captured), netns: (id) => namespaces.get(id), learned, seed, start: 0 });
}

/** The captured rules; where the capture was made without --random-fully, so are these. */
function rulesFor(captured: CapturedFlow, node: number): readonly NetfilterTable[] {
  const text = texts.get(node) ?? '';
  return iptablesRestore(captured.randomFully ? text : text.replaceAll(' --random-fully', ''));
}

/** What the capture's own set-up commands did to a namespace. */
function changed(netns: Netns, setup: readonly string[]): Netns {
  return setup.reduce((before, line) => {
    const [where = '', command = ''] = line.split(': ');
    const here = netns.id === (where.startsWith('node') ? `node/${where}` : `pod/default/${where}`);
    return here ? obey(before, command.replace(/veth\(default\/p(\w+)\)/, 'veth$1')) : before;
  }, netns);
}

function obey(netns: Netns, command: string): Netns {
  for (const [pattern, change] of COMMANDS) {
    const words = pattern.exec(command);
    if (words) return { ...netns, ...change(netns, words[1] ?? '', words[2] ?? '') };
  }
  throw new Error(`Unknown set-up: ${command}`);
}

type Change = (netns: Netns, first: string, second: string) => Partial<Netns>;

const COMMANDS: readonly (readonly [RegExp, Change])[] = [
  [
    /^ip link set (\S+) mtu (\d+)$/,
    ({ links }, name, mtu) => ({
      links: links.map((link) => (link.name === name ? { ...link, mtu: Number(mtu) } : link)),
    }),
  ],
  [
    /^ip link set (\S+) type bridge_slave hairpin off$/,
    ({ links }, name) => ({
      links: links.map((link) =>
        link.name === name && link.port ? { ...link, port: { ...link.port, hairpin: false } } : link,
      ),
    }),
  ],
  [
    /^ip route del (\S+)$/,
    ({ routes }, prefix) => ({
      routes: routes.filter(
        ({ destination }) => formatPrefix(destination) !== (prefix === 'default' ? '0.0.0.0/0' : prefix),
      ),
    }),
  ],
  [/^ip route add unreachable (\S+)$/, ({ routes }, prefix) => ({ routes: [...routes, unreachable(prefix)] })],
  [
    /^ip neigh del (\S+) dev (\S+)$/,
    ({ neighbors }, address, dev) => ({
      neighbors: neighbors.filter((entry) => entry.address !== address || entry.dev !== dev),
    }),
  ],
  [
    /^bridge fdb del (\S+) dev (\S+) /,
    ({ fdb }, mac, dev) => ({ fdb: fdb.filter((entry) => entry.mac !== mac || entry.dev !== dev) }),
  ],
  [
    /^ip route replace (\S+) encap ip (.*) csum via /,
    ({ routes }, prefix) => ({
      routes: routes.map((each) =>
        each.encap && formatPrefix(each.destination) === prefix
          ? { ...each, encap: { ...each.encap, checksum: true } }
          : each,
      ),
    }),
  ],
  [/^sysctl -qw (\S+)=(\S+)$/, ({ sysctls }, key, value) => ({ sysctls: { ...sysctls, [key]: value } })],
];

function unreachable(prefix: string): Route {
  const { dev: _, ...rest } = route(prefix, '');
  return { ...rest, type: 'unreachable' };
}

function flowOf(captured: CapturedFlow): Flow {
  const [sent] = captured.send;
  if (sent === undefined) throw new Error('Nothing is sent');
  const [address = '', port] = captured.pick.split(':');
  const from = sent.from.startsWith('node') ? `node/${sent.from}` : `pod/default/${sent.from}`;
  return {
    from: sent.from === 'client' ? '192.168.1.100' : from,
    to: { type: 'address', address: ipAddress(sent.to) },
    as: sent.do === 'tcp' ? 'http' : sent.do,
    payload: sent.payload ?? sent.upload ?? 0,
    repeat: sent.sends ?? 1,
    warm: false,
    pick: { address: ipAddress(address), port: Number(port) },
    ...(sent.port !== undefined && { port: sent.port }),
    ...(sent.sourcePort !== undefined && { sourcePort: sent.sourcePort }),
    ...(sent.df !== undefined && { pathMtuDiscovery: sent.df ? ('do' as const) : ('dont' as const) }),
    ...(sent.ttl !== undefined && { ttl: sent.ttl }),
    ...(sent.tos !== undefined && { tos: sent.tos }),
    ...(sent.bind !== undefined && { bind: ipAddress(sent.bind) }),
  };
}

/** A port left to chance is repeated in the answer's text: of several chances, one with as many digits as the capture's. */
function sendAlike(captured: LabFlow): ReturnType<typeof run> {
  const [text = ''] = captured.result.replace(/^\w+ /, '').split(' | ');
  const tries = Array.from({ length: 40 }, (_, seed) => () => send(captured, seed));
  for (const attempt of tries) {
    const result = attempt();
    const [outcome] = result.outcomes;
    if (outcome?.type !== 'answered' || !text.includes('saw=') || outcome.text.length === text.length) return result;
  }
  throw new Error(`No seed gives a port as long as in "${text}"`);
}

/** Frames that the capture cut short (their hex ends in `+` and what is missing) cannot be compared. */
const isWhole = (flow: CapturedFlow): boolean => !flow.bytes.some((hex) => hex.includes('+'));
// The hands that configure these kernels write iptables.
const byHand: readonly string[] = ['vxlan', 'hostgw', 'geneve'] satisfies LabFlow['cni'][];
const flows = readCapturedFlows().filter((flow): flow is LabFlow => {
  return flow.proxy === undefined && byHand.includes(flow.cni) && (isWhole(flow) || flow.cni === 'geneve');
});

describe('captured flows through kernels configured by hand', () => {
  it.each(flows.map((flow) => [flow.name, flow] as const))('%s', (_, flow) => {
    const result = sendAlike(flow);
    const taps = result.captures
      .filter((capture) => capture.device !== 'lo' || capture.netns.startsWith('node'))
      .map((capture) => ({ ...capture, device: capture.device.replace(/^veth(\d\w)$/, 'veth(default/p$1)') }));
    expect(compareCaptures(expectedTaps(flow), taps, givenNumbers(flow))).toEqual([]);
    expect(result.traces.filter((trace) => trace.disposition.type === 'unfinished')).toEqual([]);
  });
});
