import type { GeneveLink } from '../../../datamodel/network/link.ts';
import { ETHERNET_HEADER_LENGTH } from '../../../wire/ethernet.ts';
import { emitGeneve, GENEVE_HEADER_LENGTH, TRANS_ETHER_BRIDGING } from '../../../wire/geneve.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from '../../../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../../../wire/udp.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { innerIpv4, outerTos } from '../tunnel/ecn.ts';
import { flowSourcePort } from '../tunnel/flowHash.ts';
import { routeOuter } from '../tunnel/outerRoute.ts';
import { learnInnerMtu } from '../tunnel/pathMtu.ts';
import { sendOuter } from '../tunnel/sendOuter.ts';
import { tunnelKeyOf } from '../tunnel/tunnelKey.ts';

const OVERHEAD = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + GENEVE_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
/** Any port but 0, unlike VXLAN's. */
const SOURCE_PORTS = [1, 65535] as const;
const NO_OPTIONS = new Uint8Array(0);

/** A frame leaves by a Geneve device: wrapped as its tunnel key says (RFC 8926; Linux: drivers/net/geneve.c, geneve_xmit_skb). */
export function geneveTransmit(kernel: Kernel, skb: Skb, link: GeneveLink): void {
  const place = { device: link.name };
  const found = tunnelKeyOf(kernel, skb, link);
  if (found === undefined) return;
  const { key, entry } = found;
  const { remote, id: vni, ttl, checksum } = key;
  const route = routeOuter(kernel, skb, link, { remote, local: key.local });
  if (route === undefined) return;
  const source = key.local ?? route.source;
  if (source === undefined) {
    dropPacket(kernel, skb, 'IP_OUTNOROUTES', `No address of this host can send to ${remote}`, place);
    return;
  }
  const inner = innerIpv4(skb.bytes, 'ethernet');
  learnInnerMtu(kernel, inner, kernel.stack.routeMtu(kernel, route, remote) - OVERHEAD);
  const ends = { source, destination: remote };
  const udp = emitUdp(
    { sourcePort: flowSourcePort(kernel, skb, SOURCE_PORTS), destinationPort: link.destinationPort },
    emitGeneve({ vni, options: NO_OPTIONS, protocolType: TRANS_ETHER_BRIDGING }, skb.bytes),
    checksum ? ends : undefined,
  );
  const header = { protocol: IpProtocol.udp, ttl, tos: outerTos(inner, key.tos), dontFragment: false, ...ends };
  const detail = { type: 'encapsulate', tunnel: 'geneve', overhead: OVERHEAD, vni, remote } as const;
  sendOuter(kernel, skb, udp, header, route, { detail, place: { ...place, entry } });
}
