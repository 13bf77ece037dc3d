import type { IpAddress } from '../../../wire/address.ts';
import { emitEcho, Icmpv4Type, Icmpv4View, isIcmpError } from '../../../wire/icmpv4.ts';
import { IPV4_HEADER_LENGTH, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { TcpView } from '../../../wire/tcp.ts';
import { sysctlFlag } from '../ip/sysctl.ts';
import type { Kernel, Socket } from '../kernel.ts';
import { transportName } from '../netfilter/transportName.ts';
import type { Skb } from '../skb.ts';
import { deliver, drop } from './record.ts';
import { defaultTtl, sendLocal } from './send.ts';

/** Bytes of the transport header that an error must quote for its socket to be found (RFC 792). */
const QUOTED_TRANSPORT = 8;

/** ICMP for this namespace: raw sockets see it first, then the kernel acts on it (net/ipv4/icmp.c, icmp_rcv). */
export function icmpReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const icmp = new Icmpv4View(skb.bytes, ip.payloadOffset);
  const raw = kernel.sockets.raw();
  if (ip.payloadLength < 8) {
    drop(kernel, skb, 'PKT_TOO_SMALL', `an ICMP message of ${ip.payloadLength} bytes`);
    return;
  }
  if (!icmp.checksumValid(ip.payloadLength)) {
    drop(kernel, skb, 'ICMP_CSUM', 'the ICMP checksum is wrong');
    return;
  }
  if (icmp.type === Icmpv4Type.echoRequest) {
    deliver(kernel, skb, 'kernel', 'ICMP echo');
    echoReply(kernel, skb, ip, icmp);
  } else if (isIcmpError(icmp.type)) {
    const quoted = quotedSocket(kernel, ip, icmp);
    const told = quoted !== undefined || raw.length > 0;
    deliver(kernel, skb, told ? 'socket' : 'kernel', told ? 'the socket whose packet it quotes' : 'ICMP error');
    if (icmp.type === Icmpv4Type.destinationUnreachable && icmp.code === 4) learnFromQuote(kernel, ip, icmp);
    quoted?.error(icmp.type, icmp.code, icmp.nextHopMtu, skb);
  } else {
    const reply = icmp.type === Icmpv4Type.echoReply;
    const what = reply && raw.length > 0 ? 'ping' : 'ICMP';
    deliver(kernel, skb, reply && raw.length > 0 ? 'socket' : 'kernel', what);
  }
  for (const socket of raw) socket.receive(skb);
}

/** The same data back, DF clear, with the request's TOS (icmp_echo, icmp_reply). */
function echoReply(kernel: Kernel, skb: Skb, ip: Ipv4View, icmp: Icmpv4View): void {
  const { recorder } = kernel.world;
  const source = ip.destination;
  const destination = ip.source;
  const type = kernel.fib.addressType(source);
  // net.ipv4.icmp_echo_ignore_broadcasts is on by default.
  if (type === 'BROADCAST' || type === 'MULTICAST') return;
  if (sysctlFlag(kernel, 'net.ipv4.icmp_echo_ignore_all')) return;
  const found = kernel.stack.routeOutput(kernel, { destination, source });
  if (!found.ok) return;
  const payload = skb.bytes.slice(icmp.payloadOffset, ip.offset + ip.totalLength);
  const role = recorder.roleOf(skb.meta.trace) === 'forward' ? 'reply' : 'forward';
  sendLocal(
    kernel,
    {
      by: 'kernel',
      what: 'echo reply',
      trace: recorder.beginCaused(skb, 'echo reply', role),
      protocol: IpProtocol.icmp,
      source,
      destination,
      payload: emitEcho({ type: 0, identifier: icmp.identifier, sequence: icmp.sequence }, payload),
      identification: kernel.stack.nextIpId(kernel, packetIdKey(source, destination, IpProtocol.icmp)),
      dontFragment: false,
      ttl: defaultTtl(kernel),
      tos: ip.tos,
      pathMtuDiscovery: 'dont',
    },
    found.route,
  );
}

/** Where the ids of packets without a connected socket are counted (net/ipv4/route.c, __ip_select_ident). */
export function packetIdKey(source: IpAddress, destination: IpAddress, protocol: number): string {
  return `${source} ${destination} ${protocol}`;
}

/** The TCP or UDP socket that sent the packet inside an error (icmp_socket_deliver). */
function quotedSocket(kernel: Kernel, ip: Ipv4View, icmp: Icmpv4View): Socket | undefined {
  const quote = quoteOf(ip, icmp);
  if (quote === undefined || quote.fragmentOffset > 0) return undefined;
  const end = ip.offset + ip.totalLength;
  if (quote.payloadOffset + QUOTED_TRANSPORT > end) return undefined;
  const protocol = transportName(quote.protocol);
  if (protocol === undefined) return undefined;
  // Everybody's ports lie where TCP's do.
  const { sourcePort, destinationPort } = new TcpView(quote.bytes, quote.payloadOffset);
  const local = { address: quote.source, port: sourcePort };
  const remote = { address: quote.destination, port: destinationPort };
  return kernel.sockets.find(protocol, local, remote);
}

/** "Fragmentation needed" about an echo request, or a packet of an IPIP tunnel, teaches the route itself (icmp_err, ipip_err). */
function learnFromQuote(kernel: Kernel, ip: Ipv4View, icmp: Icmpv4View): void {
  const quote = quoteOf(ip, icmp);
  if (quote === undefined) return;
  if (quote.protocol === IpProtocol.icmp || quote.protocol === IpProtocol.ipip)
    kernel.stack.learnPathMtu(kernel, quote.destination, icmp.nextHopMtu);
}

function quoteOf(ip: Ipv4View, icmp: Icmpv4View): Ipv4View | undefined {
  const end = ip.offset + ip.totalLength;
  if (icmp.payloadOffset + IPV4_HEADER_LENGTH > end) return undefined;
  const quote = new Ipv4View(ip.bytes, icmp.payloadOffset);
  const sound = quote.version === 4 && quote.headerLength >= IPV4_HEADER_LENGTH && quote.payloadOffset <= end;
  return sound ? quote : undefined;
}
