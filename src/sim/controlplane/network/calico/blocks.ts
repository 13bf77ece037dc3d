import type { CalicoPool } from '../../../../datamodel/kubernetes/networkConfig.ts';
import { hostPrefix, type IpPrefix, prefixContains } from '../../../../wire/address.ts';
import type { CalicoAddresses } from '../../ipam/calico/assignPods.ts';
import type { NodePlan } from '../../nodePlan.ts';

/** Addresses that lie behind one node: a block of its own, or an address that one of its Pods has of another's. */
export interface Reachable {
  readonly prefix: IpPrefix;
  readonly node: NodePlan;
  readonly pool: CalicoPool;
  readonly isBlock: boolean;
}

/** All that a node's peers have to know a way to, in order. */
export function reachablePrefixes(
  nodes: ReadonlyMap<string, NodePlan>,
  pools: readonly CalicoPool[],
  { blocks }: CalicoAddresses,
): readonly Reachable[] {
  const poolOf = (prefix: IpPrefix): CalicoPool | undefined =>
    pools.find(({ cidr }) => prefixContains(cidr, prefix.address));
  const own = blocks.flatMap(({ cidr: prefix, host }): readonly Reachable[] => {
    const node = nodes.get(host);
    const pool = poolOf(prefix);
    return node && pool ? [{ prefix, node, pool, isBlock: true }] : [];
  });
  const borrowed = [...nodes.values()].flatMap((node) =>
    node.pods.flatMap(({ address }): readonly Reachable[] => {
      const prefix = hostPrefix(address);
      const pool = poolOf(prefix);
      const block = own.find((each) => prefixContains(each.prefix, address));
      return pool === undefined || block?.node === node ? [] : [{ prefix, node, pool, isBlock: false }];
    }),
  );
  return [...own, ...borrowed];
}
