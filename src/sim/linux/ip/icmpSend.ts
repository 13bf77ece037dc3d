import type { IpAddress } from '../../../wire/address.ts';
import { emitIcmpError, Icmpv4Type, isIcmpError } from '../../../wire/icmpv4.ts';
import { emitIpv4, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import type { IcmpError, Kernel } from '../kernel.ts';
import { Skb } from '../skb.ts';
import { icmpAllowed } from './icmpRate.ts';
import { routeAnySource } from './routeOutput.ts';
import { defaultTtl, sysctlFlag } from './sysctl.ts';

/** RFC 1812 4.3.2.3: no more than this, IP header and all. */
const LONGEST = 576;
const HEADERS = 28;
/** RFC 1812 4.3.2.5: precedence 6, internetwork control. */
const CONTROL = 0xc0;

/**
 * Tells the sender of `skb` what happened to it (RFC 1122 3.2.2; Linux: net/ipv4/icmp.c, icmp_send), from the address it
 * asked for if that is this host's, else from the address the route back chooses.
 *
 * @returns false when the RFC forbids an answer, there is no way back, or the rate limit is reached.
 */
export function icmpSend(kernel: Kernel, skb: Skb, error: IcmpError): boolean {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (!mayAnswer(kernel, skb, ip)) return false;
  const { source: sender, destination } = ip;
  const forUs = skb.meta.inputDevice !== undefined && kernel.fib.addressType(destination) === 'LOCAL';
  const found = routeAnySource(kernel, { destination: sender, ...(forUs && { source: destination }) });
  if (!found.ok || found.route.source === undefined) return false;
  const route = {
    ...found.route,
    source: forUs ? found.route.source : (inboundAddress(kernel, skb) ?? found.route.source),
  };
  const { source } = route;
  if (source === undefined || !icmpAllowed(kernel, route, sender, error)) return false;

  const room = Math.min(kernel.stack.routeMtu(kernel, route, sender), LONGEST) - HEADERS;
  const quote = ip.packet().slice(0, Math.min(ip.totalLength, room));
  const packet = emitIpv4(
    {
      tos: (ip.tos & 0x1e) | CONTROL,
      identification: kernel.stack.nextIpId(kernel, `${source} ${sender} ${IpProtocol.icmp}`),
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: defaultTtl(kernel),
      protocol: IpProtocol.icmp,
      source,
      destination: sender,
    },
    emitIcmpError(error, quote),
  );
  const { recorder } = kernel.world;
  const what = icmpErrorName(error);
  const answer = new Skb(packet, 'ip', {
    trace: recorder.beginCaused(skb, what, 'error'),
    mark: 0,
    packetType: 'host',
    pass: 'host',
    direction: 'down',
  });
  attachConnection(answer, skb);
  recorder.step(kernel.id, answer, { type: 'originate', by: 'kernel', what });
  kernel.stack.ipLocalOut(kernel, answer, route);
  return true;
}

/** With net.ipv4.icmp_errors_use_inbound_ifaddr: the first address of the device that the packet came in by. */
function inboundAddress(kernel: Kernel, { meta }: Skb): IpAddress | undefined {
  if (meta.inputDevice === undefined || !sysctlFlag(kernel, 'net.ipv4.icmp_errors_use_inbound_ifaddr'))
    return undefined;
  return kernel.fib.addressesOf(meta.inputDevice)[0];
}

/**
 * The error belongs to the connection of the packet it is about, confirmed or not, in the other direction (nf_ct_attach). So
 * nat translates it back, and drops a redirect about a translated connection.
 */
function attachConnection(answer: Skb, about: Skb): void {
  const { connection, connectionReply } = about.meta;
  if (connection === undefined) return;
  answer.meta.connection = connection;
  answer.meta.connectionState = 'RELATED';
  answer.meta.connectionReply = connectionReply !== true;
}

function mayAnswer(kernel: Kernel, skb: Skb, ip: Ipv4View): boolean {
  if (skb.meta.packetType !== 'host' && skb.meta.packetType !== 'outgoing') return false;
  if (ip.fragmentOffset > 0) return false;
  const type = kernel.fib.addressType(ip.destination);
  if (type === 'BROADCAST' || type === 'MULTICAST') return false;
  if (ip.protocol !== IpProtocol.icmp) return true;
  return !isIcmpError(ip.bytes[ip.payloadOffset] ?? 0);
}

/** What people call an ICMP error. */
export function icmpErrorName({ type, code }: IcmpError): string {
  if (type === Icmpv4Type.timeExceeded) return code === 0 ? 'ICMP time exceeded' : 'ICMP reassembly time exceeded';
  if (type === Icmpv4Type.redirect) return 'ICMP redirect';
  if (type !== Icmpv4Type.destinationUnreachable) return `ICMP ${type}/${code}`;
  return `ICMP ${UNREACHABLE[code] ?? `unreachable (code ${code})`}`;
}

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'net unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  4: 'fragmentation needed',
  9: 'net prohibited',
  10: 'host prohibited',
  13: 'administratively prohibited',
};
