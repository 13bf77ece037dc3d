import { chance } from '../../../base/chance.ts';
import type { TransportName } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { Kernel, SocketEnd } from '../kernel.ts';

const DEFAULT_RANGE = { low: 32768, high: 60999 };

/**
 * A free local port from net.ipv4.ip_local_port_range, by chance.
 *
 * connect() of a TCP socket takes ports of the range's own parity and leaves the others to bind()
 * (net/ipv4/inet_hashtables.c, __inet_hash_connect). @returns undefined when all are taken.
 */
export function ephemeralPort(
  kernel: Kernel,
  protocol: TransportName,
  address: IpAddress,
  remote: SocketEnd,
): number | undefined {
  const { low, high } = portRange(kernel);
  // Not the time: a rehearsal, which takes longer, is to draw the same ports.
  const draw = kernel.sockets.nextDraw();
  const first = chance(kernel.world.seed, 'port', kernel.id, protocol, address, remote.address, remote.port, draw);
  const step = protocol === 'tcp' ? 2 : 1;
  const count = Math.floor((high - low) / step) + 1;
  for (let i = 0; i < count; i++) {
    const port = low + step * ((first + i) % count);
    if (!kernel.sockets.taken(protocol, { address, port })) return port;
  }
  return undefined;
}

function portRange(kernel: Kernel): { readonly low: number; readonly high: number } {
  const [low, high] = (kernel.config.sysctls['net.ipv4.ip_local_port_range'] ?? '').split(/\s+/).map(Number);
  if (low === undefined || high === undefined || !(low >= 1 && high <= 65535 && low <= high)) return DEFAULT_RANGE;
  return { low, high };
}
