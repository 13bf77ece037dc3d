import type { CalicoPool } from '../../../../../datamodel/kubernetes/networkConfig.ts';
import type { EndpointRoute, EndpointRoutes } from '../../../../../datamodel/network/ebpfEndpoint.ts';
import {
  formatPrefix,
  hostPrefix,
  type IpAddress,
  type IpPrefix,
  prefixContains,
} from '../../../../../wire/address.ts';
import type { NodePlan, PodPlan } from '../../../nodePlan.ts';
import { sharesSubnet } from '../../sameSubnet.ts';
import type { Reachable } from '../blocks.ts';

export interface RouteSources {
  readonly nodes: readonly NodePlan[];
  readonly pools: readonly CalicoPool[];
  readonly reachable: readonly Reachable[];
  /** Addresses of the nodes' tunnel devices. */
  readonly tunnelAddresses: ReadonlyMap<NodePlan, readonly IpAddress[]>;
}

const NOBODY = {
  local: false,
  of: undefined,
  inPool: false,
  natOutgoing: false,
  sameSubnet: false,
  tunneled: false,
} as const;

/**
 * Whose every address is, as a node's Felix writes it down (felix/dataplane/linux/bpf_route_mgr.go, calculateRoute): pools, nodes,
 * blocks of other nodes, and Pods of its own.
 *
 * @param pods its own, which may be more than its plan has.
 */
export function endpointRoutes(
  node: NodePlan,
  pods: readonly PodPlan[],
  { nodes, pools, reachable, tunnelAddresses }: RouteSources,
): EndpointRoutes {
  const routes = new Map<string, EndpointRoute>();
  const write = (prefix: IpPrefix, rest: Partial<Omit<EndpointRoute, 'id' | 'prefix'>>): void => {
    const id = formatPrefix(prefix);
    routes.set(id, { ...NOBODY, id, prefix, ...rest });
  };
  const poolOf = (address: IpAddress): CalicoPool | undefined =>
    pools.find(({ cidr }) => prefixContains(cidr, address));
  for (const { cidr, natOutgoing } of pools) write(cidr, { inPool: true, natOutgoing });
  for (const { prefix, node: other, pool } of reachable) {
    if (other === node) continue;
    const { natOutgoing, ipip, vxlan } = pool;
    const mode = vxlan === 'Never' ? ipip : vxlan;
    const sameSubnet = mode === 'CrossSubnet' && sharesSubnet(node, other);
    write(prefix, {
      of: 'workload',
      inPool: true,
      natOutgoing,
      sameSubnet,
      tunneled: mode !== 'Never',
      nextHop: other.address,
    });
  }
  for (const other of nodes) {
    if (other === node) continue;
    write(hostPrefix(other.address), { of: 'host', nextHop: other.address });
    for (const address of tunnelAddresses.get(other) ?? []) {
      const natOutgoing = poolOf(address)?.natOutgoing ?? false;
      write(hostPrefix(address), { of: 'host', inPool: true, natOutgoing, tunneled: true, nextHop: other.address });
    }
  }
  for (const { address, hostVeth: name, hostVethIndex: index } of pods) {
    const pool = poolOf(address);
    const flags = { inPool: pool !== undefined, natOutgoing: pool?.natOutgoing ?? false };
    write(hostPrefix(address), { of: 'workload', local: true, ...flags, device: { name, index } });
  }
  for (const address of [node.address, ...(tunnelAddresses.get(node) ?? [])])
    write(hostPrefix(address), { of: 'host', local: true });
  const lengths = [...new Set([...routes.values()].map(({ prefix }) => prefix.length))].sort((a, b) => b - a);
  return { lengths, byPrefix: routes };
}
