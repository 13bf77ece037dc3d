import type { VxlanLink } from '../../../datamodel/network/link.ts';
import type { FdbEntry } from '../../../datamodel/network/tables.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, EtherType, ZERO_MAC } from '../../../wire/ethernet.ts';
import { emitIpv4, IPV4_HEADER_LENGTH, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../../../wire/udp.ts';
import { emitVxlan, VXLAN_HEADER_LENGTH } from '../../../wire/vxlan.ts';
import { fdbKey } from '../bridge/fdb.ts';
import { dropPacket } from '../device/drop.ts';
import { recordRoute } from '../ip/recordRoute.ts';
import { defaultTtl, sysctlRange } from '../ip/sysctl.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { flowHash } from './flowHash.ts';

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
  const place = { device: link.name };
  const lower = kernel.links.has(link.lower) ? link.lower : undefined;
  const found = kernel.stack.routeOutput(kernel, { destination: remote, source: link.local, outputDevice: lower });
  if (!found.ok) {
    recordRoute(kernel, skb, 'output', found, place);
    dropPacket(kernel, skb, 'IP_OUTNOROUTES', `No route to the remote VTEP ${remote}`, place);
    return;
  }
  const { route } = found;
  if (route.dev === link.name) {
    dropPacket(
      kernel,
      skb,
      'IP_OUTNOROUTES',
      `The route to the remote VTEP ${remote} leads into ${link.name} itself`,
      place,
    );
    return;
  }
  const room = kernel.stack.routeMtu(kernel, route, remote) - OVERHEAD;
  tellInnerMtu(kernel, skb, room);
  skb.replace(outerPacket(kernel, skb, link, remote), 'ip');
  const { meta } = skb;
  delete meta.connection;
  delete meta.connectionState;
  delete meta.connectionReply;
  delete meta.bridge;
  delete meta.inputDevice;
  delete meta.fragmentMaxSize;
  delete meta.fragmentSizes;
  delete meta.pathMtuDiscovery;
  meta.packetType = 'host';
  meta.pass = 'tunnel';
  meta.direction = 'down';
  meta.tunnel = link.name;
  const detail = { type: 'encapsulate', tunnel: 'vxlan', overhead: OVERHEAD, vni: link.vni, remote } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, {
    ...place,
    entry: { netns: kernel.id, table: 'fdb', id: entry.id },
  });
  kernel.stack.ipLocalOut(kernel, skb, route);
}

/** The host's own senders learn what fits; forwarded packets are fragmented outside instead (skb_tunnel_check_pmtu). */
function tellInnerMtu(kernel: Kernel, skb: Skb, room: number): void {
  const frame = new EthernetView(skb.bytes);
  if (frame.etherType !== EtherType.ipv4 || skb.bytes.length - ETHERNET_HEADER_LENGTH <= room) return;
  kernel.stack.learnPathMtu(kernel, new Ipv4View(skb.bytes, frame.payloadOffset).destination, room);
}

function outerPacket(kernel: Kernel, skb: Skb, link: VxlanLink, remote: IpAddress): Uint8Array {
  const { local: source } = link;
  const [low, high] = sysctlRange(kernel, 'net.ipv4.ip_local_port_range', [32768, 60999]);
  const hash = skb.meta.socketHash ?? flowHash(kernel.world.bootSeed, skb.bytes);
  const sourcePort = low + Math.floor(((hash >>> 0) / 2 ** 32) * (high - low));
  const udp = emitUdp(
    { sourcePort, destinationPort: link.destinationPort },
    emitVxlan({ vni: link.vni }, skb.bytes),
    link.udpChecksum ? { source, destination: remote } : undefined,
  );
  return emitIpv4(
    {
      tos: outerTos(skb.bytes),
      identification: kernel.stack.nextIpId(kernel, `${source} ${remote} ${IpProtocol.udp}`),
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: defaultTtl(kernel),
      protocol: IpProtocol.udp,
      source,
      destination: remote,
    },
    udp,
  );
}

/** Of the inner TOS only ECN is copied, "congestion experienced" as ECT(0) (RFC 6040; Linux: INET_ECN_encapsulate). */
function outerTos(frame: Uint8Array): number {
  const ethernet = new EthernetView(frame);
  if (ethernet.etherType !== EtherType.ipv4) return 0;
  const ecn = new Ipv4View(frame, ethernet.payloadOffset).tos & 3;
  return ecn === 3 ? 2 : ecn;
}
