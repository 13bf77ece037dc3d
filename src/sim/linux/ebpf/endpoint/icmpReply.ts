import { ipAddress } from '../../../../wire/address.ts';
import { EthernetView, EtherType, emitEthernet } from '../../../../wire/ethernet.ts';
import { emitIcmpError } from '../../../../wire/icmpv4.ts';
import { emitIpv4, IpProtocol, Ipv4View } from '../../../../wire/ipv4.ts';
import { dropPacket } from '../../device/drop.ts';
import { icmpErrorName } from '../../ip/icmpSend.ts';
import type { IcmpError } from '../../kernel.ts';
import { Skb } from '../../skb.ts';
import { type EndpointRun, type Told, tell } from './endpointRun.ts';
import { BYPASS_FORWARD } from './marks.ts';
import { isLocalHost, routeOf } from './routes.ts';

/** IP header at its longest and the transport's: so much is quoted, with zeros where the packet is shorter. */
const QUOTED = 60 + 20;
const QUOTED_UDP = 60 + 8;
const TTL = 64;
/** Who speaks to Pods at their cables. */
const CABLE_ADDRESS = ipAddress('169.254.1.1');
const FRAGMENTATION_NEEDED = 4;

/**
 * Answers the packet with an ICMP error (Felix: bpf-gpl/icmp4.h): back by the Pod's cable where it says that the packet is too long, else
 * by the host's stack.
 */
export function icmpReply(run: EndpointRun, error: IcmpError, told: Told): 'taken' {
  const { kernel, skb, link, at } = run;
  const { recorder } = kernel.world;
  tell(run, 'reply', told);
  const frame = new EthernetView(skb.bytes);
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const quote = new Uint8Array(ip.protocol === IpProtocol.tcp ? QUOTED : QUOTED_UDP);
  quote.set(ip.packet().subarray(0, quote.length));
  const packet = emitIpv4(
    {
      tos: 0,
      identification: 0,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: TTL,
      protocol: IpProtocol.icmp,
      source: speaker(run, ip),
      destination: ip.source,
    },
    emitIcmpError(error, quote),
  );
  const what = icmpErrorName(error);
  const back = { destination: frame.source, source: frame.destination, etherType: EtherType.ipv4 };
  const answer = new Skb(emitEthernet(back, packet), 'ethernet', {
    trace: recorder.beginCaused(skb, what, 'error'),
    mark: BYPASS_FORWARD,
    packetType: 'host',
    inputDevice: link.name,
    pass: 'host',
    direction: skb.meta.direction === 'up' ? 'down' : 'up',
  });
  const mtu = error.nextHopMtu;
  const sent = { type: error.type, code: error.code, ...(mtu !== undefined && { mtu }) };
  const reason = at.toHost ? 'TC_INGRESS' : 'TC_EGRESS';
  const because = `${run.program.name}: ${told.note ?? what}`;
  dropPacket(kernel, skb, reason, because, { device: link.name, entry: told.entry }, sent);
  recorder.step(kernel.id, answer, { type: 'originate', by: 'kernel', what }, { device: link.name });
  if (at.fromWorkload && error.code === FRAGMENTATION_NEEDED) kernel.stack.transmit(kernel, answer, link);
  else kernel.stack.ipReceive(kernel, answer, link);
  return 'taken';
}

/** Who has been asked, where that is the node or a service; else the program's device. */
function speaker(run: EndpointRun, ip: Ipv4View): Ipv4View['source'] {
  const { at, chosen, paths } = run;
  if (at.fromDevice && chosen) return ip.destination;
  if (isLocalHost(routeOf(run, paths.routes, ip.destination))) return ip.destination;
  return at.role === 'workload' ? CABLE_ADDRESS : paths.hostAddress;
}
