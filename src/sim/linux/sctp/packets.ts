import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { emitSctp, parseSctp, type SctpChunk, type SctpPacket, sctpChunkName } from '../../../wire/sctpChunk.ts';
import type { Kernel, SocketEnd } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { defaultTtl, refuseWithoutRoute, sendLocal, socketTtl } from '../socket/send.ts';
import type { SocketError } from '../socket/socketError.ts';
import type { SocketOptions } from '../socket/udp.ts';

/** Between whom packets go, and what the receiver knows them by. */
export interface SctpPath {
  readonly local: SocketEnd;
  readonly remote: SocketEnd;
  readonly tag: number;
}

/** The packet in a local skb, whose bytes are all there. */
export function packetOf(skb: Skb): SctpPacket | undefined {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  return parseSctp(skb.bytes, ip.payloadOffset, ip.payloadOffset + ip.payloadLength);
}

/** What a person calls a packet: its chunks' names. */
export function packetLabel(chunks: readonly SctpChunk[]): string {
  return [...new Set(chunks.map(({ type }) => sctpChunkName(type)))].join(', ');
}

/**
 * Sends chunks in one packet (net/sctp/output.c, sctp_packet_transmit).
 * @param cause the packet that they answer; undefined: the program wants it, or a timer ran out.
 * @returns what the system call fails with, if it does.
 */
export function sendChunks(
  kernel: Kernel,
  { local, remote, tag }: SctpPath,
  chunks: readonly SctpChunk[],
  cause: Skb | undefined,
  options: Partial<SocketOptions> & { readonly by?: 'kernel'; readonly mayFragment?: boolean } = {},
): SocketError | undefined {
  const { recorder } = kernel.world;
  const what = packetLabel(chunks);
  const exchange = options.exchange ?? 'flow';
  const role = cause && recorder.roleOf(cause.meta.trace) === 'forward' ? 'reply' : 'forward';
  const trace = cause
    ? recorder.beginCaused(cause, what, role)
    : recorder.begin({ origin: { type: 'flow' }, label: what, role, exchange });
  const packet = {
    by: options.by ?? ('socket' as const),
    what,
    trace,
    protocol: IpProtocol.sctp,
    source: local.address,
    destination: remote.address,
    payload: emitSctp({ sourcePort: local.port, destinationPort: remote.port, verificationTag: tag, chunks }),
    identification: kernel.stack.nextIpId(kernel, `sctp ${local.address}:${local.port} ${remote.address}`),
    dontFragment: options.pathMtuDiscovery !== 'dont' && options.mayFragment !== true,
    ttl: options.ttl === undefined ? defaultTtl(kernel) : socketTtl(kernel, options.ttl, remote.address),
    tos: options.tos ?? 0,
    pathMtuDiscovery: options.pathMtuDiscovery ?? ('want' as const),
  };
  const found = kernel.stack.routeOutput(kernel, { destination: remote.address, source: local.address });
  if (!found.ok) return refuseWithoutRoute(kernel, packet, found);
  sendLocal(kernel, packet, found.route);
  return undefined;
}
