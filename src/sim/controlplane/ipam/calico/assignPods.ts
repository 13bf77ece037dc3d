import type { CalicoPool } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { type IpAddress, type IpPrefix, parseIpAddress } from '../../../../wire/address.ts';
import {
  type AssignedAddresses,
  addressesBy,
  givenAddress,
  hasSandbox,
  type IpamMemory,
  sandboxFailure,
  type TunnelType,
} from '../podAddresses.ts';
import { autoAssign, partialFulfilment } from './autoAssign.ts';
import { DEFAULT_IPAM_CONFIG } from './ipamConfig.ts';
import { IpamLog } from './ipamLog.ts';
import { IpamStore } from './ipamStore.ts';
import { ipPool } from './ipPool.ts';

export interface CalicoAddresses extends AssignedAddresses {
  /** All blocks with the nodes that they belong to, in the order of the API server's list. */
  readonly blocks: readonly { readonly cidr: IpPrefix; readonly host: string }[];
  /** By node, for each tunnel that there is. */
  readonly tunnels: Readonly<Record<TunnelType, ReadonlyMap<string, IpAddress>>>;
}

/** What calico-node keeps about itself as annotations of the Node. */
const ANNOTATIONS: Readonly<Record<TunnelType, string>> = {
  ipip: 'projectcalico.org/IPv4IPIPTunnelAddr',
  vxlan: 'projectcalico.org/IPv4VXLANTunnelAddr',
};

/**
 * Addresses as calico-ipam hands them out: those that the objects give have claimed their blocks, each node's tunnel devices
 * come next (node/pkg/allocateip), then the other Pods in their order.
 *
 * @param memory what was assigned before; whoever is gone since has given the address back.
 */
export function assignFromPools(
  nodes: readonly Node[],
  pods: readonly Pod[],
  { pools, strictAffinity }: { readonly pools: readonly CalicoPool[]; readonly strictAffinity: boolean },
  memory?: IpamMemory,
): CalicoAddresses {
  const store = new IpamStore({
    pools: pools.map((pool) => ipPool(pool.cidr, pool)),
    config: { ...DEFAULT_IPAM_CONFIG, strictAffinity },
    nodes: new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels])),
  });
  const log = new IpamLog(store, memory?.calico ?? []);
  const live = pods.filter((pod) => hasSandbox(pod) && !pod.hostNetwork);
  log.keepOnly(new Set(live.map(givenAddress)));
  for (const pod of live) {
    const address = givenAddress(pod);
    if (address !== undefined) log.assign({ type: 'assigned', address, host: pod.nodeName ?? '' });
  }
  const tunnels = { ipip: tunnelsOf('ipip', nodes, pools, log), vxlan: tunnelsOf('vxlan', nodes, pools, log) };
  const addresses = addressesBy(nodes, pods, (pod, node) => {
    const { name: host } = node.metadata;
    const request = { host, family: 'IPv4', count: 1 } as const;
    const assignment = autoAssign(store, request);
    const [assigned] = assignment.addresses;
    if (assigned === undefined) {
      const error = assignment.error ?? `failed to request IPv4 addresses: ${partialFulfilment(request, assignment)}`;
      return sandboxFailure(pod, 'calico', error);
    }
    log.note({ type: 'assigned', address: assigned.address, host });
    return { ok: true, address: assigned.address };
  });
  return {
    addresses,
    memory: { lastHandedOut: new Map(), calico: log.events },
    blocks: store.blocks().flatMap(({ cidr, affinity }) => (affinity ? [{ cidr, host: affinity.host }] : [])),
    tunnels,
  };
}

/** Each node's device has an address of a pool that is reached by it, and keeps the one that the Node says. */
function tunnelsOf(
  tunnel: TunnelType,
  nodes: readonly Node[],
  pools: readonly CalicoPool[],
  log: IpamLog,
): ReadonlyMap<string, IpAddress> {
  const found = new Map<string, IpAddress>();
  const reached = pools.filter((pool) => !pool.disabled && pool[tunnel] !== 'Never');
  if (reached.length === 0) return found;
  for (const { metadata } of nodes) {
    const { name: host } = metadata;
    const given = log.tunnelOf(host, tunnel) ?? parseIpAddress(metadata.annotations.get(ANNOTATIONS[tunnel]) ?? '');
    const address = given ?? log.draw({ host, family: 'IPv4', count: 1, use: 'Tunnel', pools: reached.map(cidrOf) });
    if (address === undefined) continue;
    log.assign({ type: 'assigned', address, host, tunnel });
    found.set(host, address);
  }
  return found;
}

function cidrOf({ cidr }: CalicoPool): IpPrefix {
  return cidr;
}
