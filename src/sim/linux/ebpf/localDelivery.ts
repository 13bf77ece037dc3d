import type { EntryRef } from '../../../datamodel/flow/step.ts';
import { type DatapathMaps, endpointEntry, type LocalEndpoint } from '../../../datamodel/network/ebpf.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import type { MacAddress } from '../../../wire/address.ts';
import { EthernetView } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { trackToPod } from './endpointConnection.ts';
import { LbLookup } from './lbLookup.ts';
import { toPod } from './perPacket.ts';
import { type ProgramRun, say, shoot, stateEntry, type Verdict } from './programRun.ts';
import { outOfHops } from './redirect.ts';
import { redirectPeer } from './redirectPeer.ts';
import { readFlow } from './tcPacket.ts';

/** Virtual nanoseconds until the kernel gets to what a program has queued for another device of the host. */
const BACKLOG_DELAY = 1_000;

/**
 * Hands a packet to a Pod of this node (bpf/lib/local_delivery.h): with BPF host routing into its namespace, unless it comes from
 * the host itself, else out of the node's end of its veth. Where endpoint routes lead to Pods and netfilter has to see answers, the
 * stack does the rest with what a tunnel has brought.
 */
export function deliverToPod(
  run: ProgramRun,
  { endpointRoutes, nodePorts, hostRouting }: DatapathMaps,
  endpoint: LocalEndpoint,
  from: 'container' | 'overlay' | 'netdev' | 'host',
): Verdict {
  const { kernel, skb } = run;
  const { device, mac, nodeMac, identity } = endpoint;
  const link = kernel.links.get(device);
  const { destination } = new Ipv4View(skb.bytes, skb.networkOffset);
  if (!link) return shoot(run, `${device} of ${destination} is gone`, { reason: 'DROP_EP_NOT_READY' });
  const { ttl } = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ttl <= 1) return outOfHops(run, ttl);
  const peer = hostRouting && from !== 'host';
  const toStack = endpointRoutes && !nodePorts && from === 'overlay';
  const note = `${destination} is behind ${device}, identity ${identity}`;
  const entry = stateEntry(kernel, endpointEntry(destination));
  if (toStack) say(run, 'pass', { entry, note: `${note}, where a route leads` });
  else say(run, 'redirect', { entry, helper: peer ? 'bpf_redirect_peer' : 'bpf_redirect', note });
  nextHop(run, entry, { destination: mac, source: nodeMac });
  if (toStack) {
    skb.meta.packetType = 'host';
    return 'ok';
  }
  trackToPod(run, readFlow(kernel, skb));
  if (!peer) {
    kernel.stack.transmit(kernel, skb, link);
    return 'taken';
  }
  answerForPod(run, link);
  return redirectPeer(run, link);
}

/** To the node's own stack, as if by the device that stands for the host (ipv4_host_delivery). */
export function deliverToHost(run: ProgramRun, { host }: DatapathMaps): Verdict {
  const { kernel, skb, link: tunnel } = run;
  const link = kernel.links.get(host.device);
  if (!link) return shoot(run, `${host.device} is gone`, { reason: 'DROP_UNROUTABLE' });
  const { ttl, destination } = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ttl <= 1) return outOfHops(run, ttl);
  const entry = stateEntry(kernel, endpointEntry(destination));
  say(run, 'redirect', {
    entry,
    helper: 'bpf_redirect',
    note: `${destination} is no Pod of this node: to ${link.name}’s ingress`,
  });
  nextHop(run, entry, { destination: link.mac, source: tunnel.mac });
  const { mark } = skb.meta;
  skb.scrub();
  skb.meta.mark = mark;
  kernel.world.queue.schedule(BACKLOG_DELAY, () => kernel.stack.receive(kernel, skb, link));
  return 'taken';
}

/** The Pod's own program, which is called here as its veth is passed by: what it does with answers of services. */
function answerForPod(run: ProgramRun, link: Link): void {
  for (const program of run.kernel.config.ebpf?.devices ?? []) {
    if (program.type !== 'perPacket' || program.device !== link.name || program.hook !== 'tc egress') continue;
    toPod({ ...run, program, lookup: new LbLookup(program.maps) });
  }
}

/** bpf/lib/l3.h, ipv4_l3: a hop less, and the MACs of the next one. */
function nextHop(
  { kernel, skb, link }: ProgramRun,
  entry: EntryRef,
  macs: { readonly destination: MacAddress; readonly source: MacAddress },
): void {
  const { ttl } = new Ipv4View(skb.bytes, skb.networkOffset);
  const frame = new EthernetView(skb.bytes);
  const changes = [
    { path: 'ethernet.destination', from: frame.destination, to: macs.destination },
    { path: 'ethernet.source', from: frame.source, to: macs.source },
    { path: 'ipv4.ttl', from: String(ttl), to: String(ttl - 1) },
  ].filter(({ from, to }) => from !== to);
  const bytes = skb.writable();
  const written = new EthernetView(bytes);
  written.destination = macs.destination;
  written.source = macs.source;
  new Ipv4View(bytes, skb.networkOffset).decrementTtl();
  kernel.world.recorder.step(kernel.id, skb, { type: 'forward', ttl: ttl - 1 }, { device: link.name, entry, changes });
}
