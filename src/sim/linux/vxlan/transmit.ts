import type { VxlanLink } from '../../../datamodel/network/link.ts';
import type { FdbEntry } from '../../../datamodel/network/tables.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, ZERO_MAC } from '../../../wire/ethernet.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from '../../../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../../../wire/udp.ts';
import { emitVxlan, VXLAN_HEADER_LENGTH } from '../../../wire/vxlan.ts';
import { fdbKey } from '../bridge/fdb.ts';
import { dropPacket } from '../device/drop.ts';
import { defaultTtl, sysctlRange } from '../ip/sysctl.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { innerIpv4, outerTos } from '../tunnel/ecn.ts';
import { flowHash } from '../tunnel/flowHash.ts';
import { routeOuter } from '../tunnel/outerRoute.ts';
import { learnInnerMtu } from '../tunnel/pathMtu.ts';
import { sendOuter } from '../tunnel/sendOuter.ts';

/** Outer IP, UDP, VXLAN, and the inner Ethernet header: what an inner packet grows by (the outer Ethernet does not count). */
const OVERHEAD = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;

/** A frame leaves by a VXLAN device: once for each remote VTEP of its destination (Linux: vxlan_core.c, vxlan_xmit). */
export function vxlanTransmit(kernel: Kernel, skb: Skb, link: VxlanLink): void {
  const { destination } = new EthernetView(skb.bytes);
  const own = kernel.fdb.get(fdbKey(link.name, destination));
  const remotes = own?.dst === undefined ? defaultRemotes(kernel, link) : [own];
  const [only] = remotes;
  if (only === undefined) {
    const because = `${link.name} has no forwarding entry for ${destination}, and none for all the rest`;
    dropPacket(kernel, skb, 'NO_TX_TARGET', because, { device: link.name });
    return;
  }
  if (remotes.length === 1) {
    encapsulate(kernel, skb, link, only);
    return;
  }
  const { recorder } = kernel.world;
  const copies = remotes.map(() => skb.clone(recorder.beginCopy(skb)));
  recorder.end(skb, { type: 'split', netns: kernel.id, into: copies.length });
  remotes.forEach((remote, i) => {
    const copy = copies[i];
    if (copy) encapsulate(kernel, copy, link, remote);
  });
}

/** Entries for the all-zero MAC get what no other entry does, broadcasts too. */
function defaultRemotes(kernel: Kernel, link: VxlanLink): readonly FdbEntry[] {
  return kernel.config.fdb.filter(
    (entry) => entry.dev === link.name && entry.mac === ZERO_MAC && entry.dst !== undefined,
  );
}

/** Wraps the frame in UDP and sends it by this host's own stack (RFC 7348 section 5; Linux: vxlan_xmit_one). */
function encapsulate(kernel: Kernel, skb: Skb, link: VxlanLink, entry: FdbEntry): void {
  const { dst: remote = link.local } = entry;
  const { local, vni } = link;
  const route = routeOuter(kernel, skb, link, { remote, local, lower: link.lower });
  if (route === undefined) return;
  const inner = innerIpv4(skb.bytes, 'ethernet');
  learnInnerMtu(kernel, inner, kernel.stack.routeMtu(kernel, route, remote) - OVERHEAD);
  const ends = { source: local, destination: remote };
  const udp = emitUdp(
    { sourcePort: sourcePort(kernel, skb), destinationPort: link.destinationPort },
    emitVxlan({ vni }, skb.bytes),
    link.udpChecksum ? ends : undefined,
  );
  const kind = { protocol: IpProtocol.udp, dontFragment: false, ttl: defaultTtl(kernel), tos: outerTos(inner) };
  const place = { device: link.name, entry: { netns: kernel.id, table: 'fdb', id: entry.id } } as const;
  const detail = { type: 'encapsulate', tunnel: 'vxlan', overhead: OVERHEAD, vni, remote } as const;
  sendOuter(kernel, skb, udp, { ...kind, ...ends }, route, { detail, place });
}

/** One of the ephemeral ports, by the flow (Linux: include/net/udp.h, udp_flow_src_port). */
function sourcePort(kernel: Kernel, skb: Skb): number {
  const [low, high] = sysctlRange(kernel, 'net.ipv4.ip_local_port_range', [32768, 60999]);
  const hash = skb.meta.socketHash ?? flowHash(kernel.world.bootSeed, skb.bytes);
  return low + Math.floor(((hash >>> 0) / 2 ** 32) * (high - low));
}
