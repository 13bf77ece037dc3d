import { ETHERNET_HEADER_LENGTH } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { type FibLookup, fibLookup } from './fibLookup.ts';
import { type ProgramRun, say, shoot } from './programRun.ts';

/**
 * Sends the packet on without this host's stack: no hook sees it (Cilium: bpf/lib/fib.h, fib_redirect_v4). A neighbour whose MAC is
 * known gets it by bpf_redirect, another one is asked for by bpf_redirect_neigh. What is too long for the way, or has no hop left,
 * is lost, and nobody is told.
 *
 * @param note why it is sent on, where nobody has said so yet.
 * @returns `not forwarded` when no route leads anywhere else, and nothing was done.
 */
export function redirect(run: ProgramRun, note?: string): 'taken' | 'not forwarded' {
  const { kernel, skb, link } = run;
  const found = fibLookup(run);
  run.lookup.lookups++;
  if (found.type === 'NOT_FWDED') return 'not forwarded';
  if (found.type !== 'SUCCESS' && found.type !== 'NO_NEIGH') return noWay(run, found);
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const { ttl } = ip;
  if (ttl <= 1) return outOfHops(run, ttl);
  const { dev, nextHop, route } = found.route;
  const entry = { netns: kernel.id, table: 'route' as const, id: route.id };
  const helper = found.type === 'SUCCESS' ? 'bpf_redirect' : 'bpf_redirect_neigh';
  if (note !== undefined) say(run, 'redirect', { entry, helper, note: `${note}: by ${dev} to ${nextHop}` });
  new Ipv4View(skb.writable(), skb.networkOffset).decrementTtl();
  const changes = [{ path: 'ipv4.ttl', from: String(ttl), to: String(ttl - 1) }];
  const place = { device: link.name, entry, changes };
  kernel.world.recorder.step(kernel.id, skb, { type: 'forward', ttl: ttl - 1 }, place);
  skb.replace(skb.bytes.slice(ETHERNET_HEADER_LENGTH), 'ip');
  kernel.stack.neighborOutput(kernel, skb, dev, nextHop);
  return 'taken';
}

/** As {@link redirect}, where the packet cannot be left to the stack. */
export function redirectOrDrop(run: ProgramRun): 'taken' {
  const done = redirect(run);
  return done === 'taken' ? done : noWay(run, { type: 'NOT_FWDED' });
}

/** Without a word to the sender: nothing in a program answers with an ICMP error about it (bpf/lib/l3.h, ipv4_l3). */
export function outOfHops(run: ProgramRun, ttl: number): 'taken' {
  return shoot(run, `the TTL of ${ttl} does not allow another hop`, { reason: 'DROP_TTL_EXCEEDED' });
}

function noWay(run: ProgramRun, found: Exclude<FibLookup, { readonly type: 'SUCCESS' | 'NO_NEIGH' }>): 'taken' {
  const { destination, totalLength } = new Ipv4View(run.skb.bytes, run.skb.networkOffset);
  const { id: netns } = run.kernel;
  const route = found.type === 'FRAG_NEEDED' ? found.route.route : found.entry;
  const entry = route && { netns, table: 'route' as const, id: route.id };
  const because =
    found.type === 'FRAG_NEEDED'
      ? `${totalLength} bytes are more than ${found.route.dev}'s MTU of ${found.mtu}, and programs do not fragment`
      : `no route is taken to ${destination} (${found.type})`;
  return shoot(run, because, { reason: 'DROP_NO_FIB', ...(entry && { entry }) });
}
