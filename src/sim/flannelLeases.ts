import type { FollowedLease, Lease, LeaseEntries, LeaseQuestion, Leases } from '../datamodel/cluster/lease.ts';
import type { FlannelBackend } from '../datamodel/kubernetes/networkConfig.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { type IpPrefix, type MacAddress, parseMacAddress } from '../wire/address.ts';
import type { ClusterPlan } from './controlplane/clusterPlan.ts';
import type { FlannelLease } from './controlplane/network/flannel/lease.ts';
import { nodeKey } from './controlplane/network/flannel/nodeKey.ts';
import type { NodePlan } from './controlplane/nodePlan.ts';

const AGENT = 'flanneld';

/**
 * Who has which lease, and what other nodes' tables hold of one: only what is there now, and is flanneld's own.
 *
 * @param netnsOf namespaces as they are, with what people changed.
 */
export function flannelLeases(
  { nodes, network, settings }: ClusterPlan,
  netnsOf: (id: NetnsId) => Netns | undefined,
  question: LeaseQuestion,
): Leases {
  const all = [...nodes.values()];
  const leases = all.flatMap((node): readonly Lease[] => {
    const held = network.lease?.(node);
    return held ? [leaseOf(node, held.lease, held.backend, settings.seed)] : [];
  });
  const holders = new Set(leases.map(({ node }) => node));
  const followed = leases.find(({ node }) => node === question.node) ?? leases[0];
  return {
    leases,
    without: [...nodes.keys()].filter((name) => !holders.has(name)),
    ...(followed && { followed: follow(followed, all, netnsOf, question.most) }),
  };
}

function leaseOf(node: NodePlan, lease: FlannelLease, backend: FlannelBackend, seed: number): Lease {
  const { subnet, publicIp } = lease;
  return {
    node: node.node.metadata.name,
    subnet,
    publicIp,
    backendType: backend.type,
    backendData: JSON.stringify(backendData(node, lease, backend, seed)),
  };
}

/** What goes beside the address: vxlanLeaseAttrs and wireguardLeaseAttrs; the other backends leave it empty. */
function backendData(node: NodePlan, lease: FlannelLease, backend: FlannelBackend, seed: number): object | null {
  if (backend.type === 'vxlan') return { VNI: backend.vni, VtepMAC: lease.vtepMac };
  return backend.type === 'wireguard' ? { PublicKey: nodeKey(node, lease, seed) } : null;
}

function follow(
  lease: Lease,
  nodes: readonly NodePlan[],
  netnsOf: (id: NetnsId) => Netns | undefined,
  most: number,
): FollowedLease {
  const others = nodes.filter(({ node }) => node.metadata.name !== lease.node);
  const written = others.slice(0, most).map((node) => {
    const netns = netnsOf(node.netns);
    return { node: node.node.metadata.name, netns: node.netns, ...entriesOf(lease, netns) };
  });
  return { lease, written, unread: others.length - written.length };
}

/** The tables' lines that name something of the lease: its subnet, its VTEP's MAC. */
function entriesOf(lease: Lease, netns: Netns | undefined): Omit<LeaseEntries, 'node' | 'netns'> {
  const mac = vtepMac(lease);
  const { address, length } = lease.subnet;
  const isItsSubnet = (prefix: IpPrefix): boolean => prefix.address === address && prefix.length === length;
  return {
    routes: netns?.routes.filter(({ owner, destination }) => owner === AGENT && isItsSubnet(destination)) ?? [],
    neighbors: netns?.neighbors.filter(({ owner, ...entry }) => owner === AGENT && entry.mac === mac) ?? [],
    fdb: netns?.fdb.filter(({ owner, ...entry }) => owner === AGENT && entry.mac === mac) ?? [],
    peers:
      netns?.links.flatMap((link) => {
        if (link.kind !== 'wireguard' || link.owner !== AGENT) return [];
        return link.peers
          .filter(({ allowedIps }) => allowedIps.some(isItsSubnet))
          .map((peer) => ({ dev: link.name, peer }));
      }) ?? [],
  };
}

function vtepMac({ backendType, backendData }: Lease): MacAddress | undefined {
  return backendType === 'vxlan' ? parseMacAddress(JSON.parse(backendData).VtepMAC) : undefined;
}
