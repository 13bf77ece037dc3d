import { chance } from '../../../base/chance.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { isIcmpError } from '../../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import { choose } from '../choice.ts';
import { sysctlNumber } from '../ip/sysctl.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

const LAYER_4 = 1;
/** Of an ICMP error: what it is about comes behind its own header. */
const ICMP_HEADER = 8;

/** What tells one flow of packets from another. */
type FlowKeys = readonly (string | number)[];

/**
 * Decides between a route's next hops by a hash of the packet's flow, so that a flow keeps to one (Linux: net/ipv4/route.c,
 * fib_multipath_hash; fib_semantics.c, fib_select_multipath). The kernel's hash has a secret key: here it is the host's chance.
 *
 * @param skb the packet, if there is one already.
 */
export function nexthopByFlow(
  kernel: Kernel,
  query: { readonly source?: IpAddress | undefined; readonly destination: IpAddress },
  skb?: Skb,
): (weights: readonly number[]) => number {
  return (weights) => {
    const chosen = choose(kernel.world, weights);
    if (chosen !== undefined) return chosen;
    const keys = skb ? keysOf(kernel, skb) : [query.source ?? '0.0.0.0', query.destination];
    const drawn = chance(kernel.world.bootSeed, 'multipath', kernel.id, ...keys) / 2 ** 32;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let bound = 0;
    const found = weights.findIndex((weight) => {
      bound += weight;
      return drawn * total < bound;
    });
    return Math.max(0, found);
  };
}

/** By net.ipv4.fib_multipath_hash_policy: 0 goes by the addresses, 1 by protocol and ports too. */
function keysOf(kernel: Kernel, skb: Skb): FlowKeys {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (sysctlNumber(kernel, 'net.ipv4.fib_multipath_hash_policy', 0) !== LAYER_4) return addressesOf(ip);
  const hasPorts = (ip.protocol === IpProtocol.tcp || ip.protocol === IpProtocol.udp) && !ip.isFragment;
  if (!hasPorts) return [ip.source, ip.destination, ip.protocol];
  const ports = new UdpView(ip.bytes, ip.payloadOffset);
  return [ip.source, ip.destination, ip.protocol, ports.sourcePort, ports.destinationPort];
}

/** An ICMP error goes the way of what it is about (ip_multipath_l3_keys). */
function addressesOf(ip: Ipv4View): FlowKeys {
  const isError =
    ip.protocol === IpProtocol.icmp && ip.fragmentOffset === 0 && isIcmpError(ip.bytes[ip.payloadOffset] ?? 0);
  if (!isError || ip.bytes.length < ip.payloadOffset + ICMP_HEADER + 20) return [ip.source, ip.destination];
  const about = new Ipv4View(ip.bytes, ip.payloadOffset + ICMP_HEADER);
  return [about.source, about.destination];
}
