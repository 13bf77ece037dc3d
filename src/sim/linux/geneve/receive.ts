import type { GeneveLink } from '../../../datamodel/network/link.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView } from '../../../wire/ethernet.ts';
import { GENEVE_HEADER_LENGTH, GeneveView, TRANS_ETHER_BRIDGING } from '../../../wire/geneve.ts';
import { IPV4_HEADER_LENGTH, Ipv4View } from '../../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH, UdpView } from '../../../wire/udp.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { receiveInner } from '../tunnel/receiveInner.ts';
import { tunnelsOnPort } from '../tunnel/udpPorts.ts';

/** Unwraps a UDP packet for the Geneve device on its port (Linux: drivers/net/geneve.c, geneve_udp_encap_recv). */
export function geneveReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const udp = new UdpView(skb.bytes, ip.payloadOffset);
  const link = tunnelsOnPort(kernel, udp.destinationPort).find((each): each is GeneveLink => each.kind === 'geneve');
  if (link === undefined) return;
  const place = { device: link.name };
  const end = ip.offset + ip.totalLength;
  const header = new GeneveView(skb.bytes, udp.payloadOffset);
  const isFrame = header.version === 0 && header.protocolType === TRANS_ETHER_BRIDGING;
  const frame = skb.bytes.slice(header.payloadOffset, end);
  if (end < udp.payloadOffset + GENEVE_HEADER_LENGTH || !isFrame || frame.length < ETHERNET_HEADER_LENGTH) {
    const because = 'The UDP payload does not begin with a Geneve header and a frame';
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, place);
    return;
  }
  if (new EthernetView(frame).source === link.mac) {
    const because = `The inner frame's sender is ${link.name}'s own MAC: a loop`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, place);
    return;
  }
  const { vni, headerLength } = header;
  const overhead = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + headerLength + ETHERNET_HEADER_LENGTH;
  const { source: remote, destination: local, ttl, tos } = ip;
  const key = { id: vni, remote, local, ttl, tos, checksum: udp.checksum !== 0 };
  const detail = { type: 'decapsulate', tunnel: 'geneve', overhead, vni } as const;
  receiveInner(kernel, skb, link, { bytes: frame, link: 'ethernet' }, tos, detail, { key });
}
