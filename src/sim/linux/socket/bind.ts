import type { TransportName } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { Kernel } from '../kernel.ts';
import type { SocketError } from './socketError.ts';

/** What bind() and connect() refuse before any packet is made. */
export interface Binding {
  readonly bind?: IpAddress | undefined;
  readonly sourcePort?: number | undefined;
}

/** bind() to somebody else's address (net/ipv4/af_inet.c, __inet_bind). */
export function bindFault(kernel: Kernel, { bind }: Binding): SocketError | undefined {
  return bind !== undefined && kernel.fib.addressType(bind) !== 'LOCAL' ? 'EADDRNOTAVAIL' : undefined;
}

/** A given source port that another socket of the address holds. */
export function portFault(
  kernel: Kernel,
  protocol: TransportName,
  address: IpAddress,
  { sourcePort }: Binding,
): SocketError | undefined {
  if (sourcePort === undefined) return undefined;
  return kernel.sockets.taken(protocol, { address, port: sourcePort }) ? 'EADDRINUSE' : undefined;
}
