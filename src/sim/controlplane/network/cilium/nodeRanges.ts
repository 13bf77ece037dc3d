import type { CiliumPool } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import { formatPrefix, type IpPrefix, networkOf, prefixContains } from '../../../../wire/address.ts';
import { ClusterPool } from '../../../kubernetes/allocation/clusterPool.ts';
import { givenAddress, nodePodCidr } from '../../ipam/podAddresses.ts';
import type { NetworkObjects } from '../provider.ts';

/** What CiliumNodes say: each node's range of Pods' addresses. */
export interface CiliumNodeRanges {
  readonly ranges: ReadonlyMap<string, IpPrefix>;
  /** All of them are cut from these. */
  readonly pool: readonly IpPrefix[];
  readonly warnings: readonly string[];
}

/**
 * The nodes' ranges: out of the operator's pool in the order of the nodes (`ipam: cluster-pool`), or their podCIDRs (`ipam:
 * kubernetes`). A node keeps what its Pods already have addresses of. Where nobody has named a pool, it is the cluster's Pod
 * network and nodes keep their podCIDRs, as if they had been CiliumNodes from the first.
 */
export function ciliumNodeRanges({ network, nodes, pods }: NetworkObjects): CiliumNodeRanges {
  const { cilium, podCidr, nodeCidrLength } = network;
  if (cilium && !cilium.pool) {
    const own = nodes.flatMap((node) => rangeEntry(node, nodePodCidr(node)));
    return { ranges: new Map(own), pool: [podCidr], warnings: [] };
  }
  const pool: CiliumPool = cilium?.pool ?? { cidrs: [podCidr], nodeLength: nodeCidrLength };
  const had = cilium?.pool ? usedRanges(pool, pods) : podCidrs(nodes);
  return { ...allocate(pool, nodes, had), pool: pool.cidrs };
}

function allocate(
  { cidrs, nodeLength }: CiliumPool,
  nodes: readonly Node[],
  had: ReadonlyMap<string, IpPrefix>,
): Omit<CiliumNodeRanges, 'pool'> {
  const created = ClusterPool.create({
    ipv4Cidrs: cidrs,
    ipv4NodeLength: nodeLength,
    ipv6Cidrs: [],
    ipv6NodeLength: 0,
  });
  if (!created.ok) return { ranges: new Map(), warnings: [`cilium-operator: ${created.error}`] };
  const operator = created.value;
  const warnings: string[] = [];
  for (const { metadata } of nodes) {
    const range = had.get(metadata.name);
    const problem = range && operator.occupy(metadata.name, [range]);
    if (range && problem) warnings.push(`cilium-operator: ${metadata.name} ${formatPrefix(range)}: ${problem}`);
  }
  const ranges = new Map<string, IpPrefix>();
  for (const { metadata } of nodes) {
    const given = operator.allocate(metadata.name);
    if (given.ok) for (const range of given.value) ranges.set(metadata.name, range);
    else warnings.push(`cilium-operator: no range is left for ${metadata.name}: ${given.error}`);
  }
  return { ranges, warnings: [...warnings, ...collisions(ranges, nodes)] };
}

/** By node, the part of the pool that its Pods' given addresses lie in. */
function usedRanges({ cidrs, nodeLength }: CiliumPool, pods: NetworkObjects['pods']): ReadonlyMap<string, IpPrefix> {
  const used = new Map<string, IpPrefix>();
  for (const pod of pods) {
    const address = pod.hostNetwork ? undefined : givenAddress(pod);
    if (address === undefined || pod.nodeName === undefined || used.has(pod.nodeName)) continue;
    if (!cidrs.some((cidr) => prefixContains(cidr, address))) continue;
    used.set(pod.nodeName, networkOf({ address, length: nodeLength }));
  }
  return used;
}

function podCidrs(nodes: readonly Node[]): ReadonlyMap<string, IpPrefix> {
  return new Map(nodes.flatMap((node) => rangeEntry(node, nodePodCidr(node))));
}

function rangeEntry({ metadata }: Node, range: IpPrefix | undefined): readonly (readonly [string, IpPrefix])[] {
  return range ? [[metadata.name, networkOf(range)]] : [];
}

/** The chart's pool, 10.0.0.0/8, is many a network's own. */
function collisions(ranges: ReadonlyMap<string, IpPrefix>, nodes: readonly Node[]): readonly string[] {
  const addresses = nodes.flatMap(({ internalIps }) => internalIps);
  return [...ranges].flatMap(([name, range]) => {
    const inside = addresses.filter((address) => prefixContains(range, address));
    if (inside.length === 0) return [];
    return [
      `${name} has ${formatPrefix(range)} of cluster-pool-ipv4-cidr, in which ${inside.join(', ')} of the nodes' own network lie: ` +
        'the pool must not overlap with it.',
    ];
  });
}
