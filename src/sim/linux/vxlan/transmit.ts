import type { EntryRef } from '../../../datamodel/flow/step.ts';
import type { VxlanLink } from '../../../datamodel/network/link.ts';
import type { FdbEntry, TunnelKey } from '../../../datamodel/network/tables.ts';
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
import { flowSourcePort } from '../tunnel/flowHash.ts';
import { routeOuter } from '../tunnel/outerRoute.ts';
import { learnInnerMtu } from '../tunnel/pathMtu.ts';
import { sendOuter } from '../tunnel/sendOuter.ts';
import { tunnelKeyOf } from '../tunnel/tunnelKey.ts';

/** Outer IP, UDP, VXLAN, and the inner Ethernet header: what an inner packet grows by (the outer Ethernet does not count). */
const OVERHEAD = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;

/** A frame leaves by a VXLAN device: once for each remote VTEP of its destination (Linux: vxlan_core.c, vxlan_xmit). */
export function vxlanTransmit(kernel: Kernel, skb: Skb, link: VxlanLink): void {
  if (link.external) {
    const found = tunnelKeyOf(kernel, skb, link);
    if (found) encapsulate(kernel, skb, link, found);
    return;
  }
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
    encapsulate(kernel, skb, link, targetOf(kernel, link, only));
    return;
  }
  const { recorder } = kernel.world;
  const copies = remotes.map(() => skb.clone(recorder.beginCopy(skb)));
  recorder.end(skb, { type: 'split', netns: kernel.id, into: copies.length });
  remotes.forEach((remote, i) => {
    const copy = copies[i];
    if (copy) encapsulate(kernel, copy, link, targetOf(kernel, link, remote));
  });
}

/** Entries for the all-zero MAC get what no other entry does, broadcasts too. */
function defaultRemotes(kernel: Kernel, link: VxlanLink): readonly FdbEntry[] {
  return kernel.config.fdb.filter(
    (entry) => entry.dev === link.name && entry.mac === ZERO_MAC && entry.dst !== undefined,
  );
}

/** What the device itself says, where a forwarding entry says where to. */
function targetOf(kernel: Kernel, link: VxlanLink, { id, dst: remote = link.local }: FdbEntry): Target {
  const key = { id: link.vni, remote, ttl: defaultTtl(kernel), checksum: link.udpChecksum };
  return { key, entry: { netns: kernel.id, table: 'fdb', id } };
}

interface Target {
  readonly key: Omit<TunnelKey, 'tos'> & { readonly tos?: number };
  readonly entry?: EntryRef | undefined;
}

/** Wraps the frame in UDP and sends it by this host's own stack (RFC 7348 section 5; Linux: vxlan_xmit_one). */
function encapsulate(kernel: Kernel, skb: Skb, link: VxlanLink, { key, entry }: Target): void {
  const { remote, id: vni, ttl, tos, checksum, local: source = link.local } = key;
  const route = routeOuter(kernel, skb, link, { remote, local: source, lower: link.lower });
  if (route === undefined) return;
  const inner = innerIpv4(skb.bytes, 'ethernet');
  learnInnerMtu(kernel, inner, kernel.stack.routeMtu(kernel, route, remote) - OVERHEAD);
  const ends = { source, destination: remote };
  const ports = sysctlRange(kernel, 'net.ipv4.ip_local_port_range', [32768, 60999]);
  const udp = emitUdp(
    { sourcePort: flowSourcePort(kernel, skb, ports), destinationPort: link.destinationPort },
    emitVxlan({ vni }, skb.bytes),
    checksum ? ends : undefined,
  );
  const header = { protocol: IpProtocol.udp, dontFragment: false, ttl, tos: outerTos(inner, tos), ...ends };
  const detail = { type: 'encapsulate', tunnel: 'vxlan', overhead: OVERHEAD, vni, remote } as const;
  sendOuter(kernel, skb, udp, header, route, { detail, place: { device: link.name, entry } });
}
