import {
  addressAt,
  familyOf,
  type IpAddress,
  type IpPrefix,
  ipPrefix,
  ipv4ToNumber,
  lastAddress,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';
import type { HostsPlan } from './underlayPlan.ts';

const WIDEST = 24;

/**
 * The subnet that holds all nodes (a /24 unless they lie farther apart), with its gateway on the first free address.
 *
 * @param own ranges of the cluster's Pods and Services.
 * @param direct load balancers that hand packets on as they came.
 */
export function planHosts(
  nodes: readonly { readonly address: IpAddress; readonly node: { readonly internalIps: readonly IpAddress[] } }[],
  own: readonly IpPrefix[],
  outside: readonly IpAddress[],
  direct: ReadonlySet<IpAddress> = new Set(),
): HostsPlan {
  return planHostsOn(commonPrefix(nodes.map((node) => node.address)), nodes, own, outside, direct);
}

/** As {@link planHosts}, on a subnet that is given. */
export function planHostsOn(
  prefix: IpPrefix,
  nodes: readonly { readonly node: { readonly internalIps: readonly IpAddress[] } }[],
  own: readonly IpPrefix[],
  outside: readonly IpAddress[],
  direct: ReadonlySet<IpAddress> = new Set(),
): HostsPlan {
  const taken = new Set(nodes.flatMap(({ node }) => node.internalIps));
  const hosts = [...new Set(outside)].filter((address) => !taken.has(address) && !isOfCluster(address, own, prefix));
  const gateway = firstFree(prefix, taken);
  const isNear = (address: IpAddress): boolean => prefixContains(prefix, address) || direct.has(address);
  return {
    prefix,
    gateway,
    neighbors: hosts.filter((address) => isNear(address) && address !== gateway),
    distant: hosts.filter((address) => !isNear(address)),
    directors: directors(
      prefix,
      new Set([...taken, gateway, ...hosts]),
      hosts.filter((address) => direct.has(address) && address !== gateway),
    ),
    onLink: [...taken].filter((address) => familyOf(address) === 'IPv4' && !prefixContains(prefix, address)),
  };
}

/**
 * Addresses of the Pod and Service networks that nobody has are nobody's, not some host's. Where a Pod network encloses the nodes'
 * subnet, what is of the subnet is not of the Pods.
 */
export function isOfCluster(address: IpAddress, own: readonly IpPrefix[], subnet: IpPrefix | undefined): boolean {
  const near = subnet !== undefined && prefixContains(subnet, address) ? subnet.length : 0;
  return own.some((prefix) => prefix.length >= near && prefixContains(prefix, address));
}

/** The outside host that a cluster comes with: `.100` of the nodes' subnet, or the next one that is free. */
export function defaultOutsideHost(prefix: IpPrefix, gateway: IpAddress, nodes: Iterable<IpAddress>): IpAddress {
  const taken = new Set([...nodes, gateway]);
  const size = 2 ** (32 - prefix.length);
  for (let number = 100; number < size - 1; number++) {
    const address = addressAt(prefix, number);
    if (!taken.has(address)) return address;
  }
  return firstFree(prefix, taken);
}

/** Each has the last address that is free; where there is none it makes do with its Services'. */
function directors(
  prefix: IpPrefix,
  taken: Set<IpAddress>,
  balancers: readonly IpAddress[],
): ReadonlyMap<IpAddress, IpAddress> {
  let next = 2 ** (32 - prefix.length) - 2;
  return new Map(
    balancers.map((balancer) => {
      while (next > 0 && taken.has(addressAt(prefix, next))) next--;
      return [balancer, next > 0 ? addressAt(prefix, next--) : balancer];
    }),
  );
}

/** The smallest subnet that holds all addresses, but no smaller than a /24. */
export function commonPrefix(addresses: readonly IpAddress[]): IpPrefix {
  const [first, ...others] = addresses;
  if (first === undefined) return ipPrefix('192.168.1.0/24');
  const differing = others.reduce((bits, address) => bits | (ipv4ToNumber(address) ^ ipv4ToNumber(first)), 0);
  return networkOf({ address: first, length: Math.min(WIDEST, Math.clz32(differing)) });
}

/** The first host address of a subnet that nobody has. */
export function firstFree(prefix: IpPrefix, taken: ReadonlySet<IpAddress>): IpAddress {
  const size = 2 ** (32 - prefix.length);
  for (let number = 1; number < size - 1; number++) {
    const address = addressAt(prefix, number);
    if (!taken.has(address)) return address;
  }
  return lastAddress(prefix);
}
