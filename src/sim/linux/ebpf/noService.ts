import type { LbService } from '../../../datamodel/network/ebpf.ts';
import { EthernetView, EtherType, emitEthernet } from '../../../wire/ethernet.ts';
import { emitIcmpError } from '../../../wire/icmpv4.ts';
import { emitIpv4, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import { icmpErrorName } from '../ip/icmpSend.ts';
import { Skb } from '../skb.ts';
import { lbEntry, type ProgramRun, say } from './programRun.ts';

const PORT_UNREACHABLE = { type: 3, code: 3 } as const;
const QUOTED = 64;
const TTL = 64;

/**
 * A service without backends: the packet goes back where it came from as an ICMP error in the service's name
 * (`serviceNoBackendResponse: reject`, the default; bpf/lib/lb.h, tail_no_service_ipv4).
 */
export function answerNoService(run: ProgramRun, service: LbService): 'taken' {
  const { kernel, skb, link, program } = run;
  const { recorder } = kernel.world;
  const entry = lbEntry(kernel, service, 0);
  say(run, 'reply', { service, note: 'the service has no backend here' });
  const frame = new EthernetView(skb.bytes);
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const packet = emitIpv4(
    {
      tos: ip.tos,
      identification: 0,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: TTL,
      protocol: IpProtocol.icmp,
      source: ip.destination,
      destination: ip.source,
    },
    emitIcmpError(PORT_UNREACHABLE, ip.packet().slice(0, QUOTED)),
  );
  const bytes = emitEthernet(
    { destination: frame.source, source: frame.destination, etherType: EtherType.ipv4 },
    packet,
  );
  const what = icmpErrorName(PORT_UNREACHABLE);
  const answer = new Skb(bytes, 'ethernet', {
    trace: recorder.beginCaused(skb, what, 'error'),
    mark: 0,
    packetType: 'outgoing',
    pass: 'host',
    direction: skb.meta.direction === 'up' ? 'down' : 'up',
  });
  const because = `${program.name}: ${service.id} has no backend here`;
  const reason = program.hook === 'tc ingress' ? 'TC_INGRESS' : 'TC_EGRESS';
  dropPacket(kernel, skb, reason, because, { device: link.name, entry }, PORT_UNREACHABLE);
  recorder.step(kernel.id, answer, { type: 'originate', by: 'kernel', what }, { device: link.name });
  kernel.stack.transmit(kernel, answer, link);
  return 'taken';
}
