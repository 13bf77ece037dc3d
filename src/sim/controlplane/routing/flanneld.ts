import type { FlannelBackend } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import { hostPrefix } from '../../../wire/address.ts';
import { interfaceAddress, mainRoute, type NetnsParts, permanentNeighbor } from '../netnsParts.ts';
import type { ClusterPlan, NodePlan } from '../plan.ts';
import type { FlannelLease } from './flannelLease.ts';

const NIC = 'eth0';
/** Linux's own choice for VXLAN, from before IANA gave it 4789. */
const LINUX_VXLAN_PORT = 8472;

/** flanneld's backend on a node that has a lease: the ways to all other nodes' Pods. */
export function flanneldBackend(plan: ClusterPlan, node: NodePlan): NetnsParts {
  const { backend } = plan;
  if (node.lease === undefined) return {};
  const others = [...plan.nodes.values()]
    .filter((other) => other !== node)
    .flatMap((other) => (other.lease ? [other.lease] : []));
  return backend.type === 'vxlan' ? vxlan(plan, node, node.lease, backend, others) : hostGw(others);
}

/** Plain routes by way of the nodes, which have to be on one subnet (pkg/backend/hostgw). */
function hostGw(others: readonly FlannelLease[]): NetnsParts {
  return { routes: others.map((other) => mainRoute('flanneld', other.subnet, { via: other.publicIp, dev: NIC })) };
}

/**
 * One VXLAN device that learns nothing: for each other node a route, its VTEP's MAC as a permanent neighbour, and where that
 * MAC is as a permanent forwarding entry (pkg/backend/vxlan).
 */
function vxlan(
  plan: ClusterPlan,
  node: NodePlan,
  lease: FlannelLease,
  backend: Extract<FlannelBackend, { type: 'vxlan' }>,
  others: readonly FlannelLease[],
): NetnsParts {
  const dev = `flannel.${backend.vni}`;
  const link: Link = {
    kind: 'vxlan',
    name: dev,
    // Behind the Pods' veths.
    index: Math.max(3, ...node.pods.map((pod) => pod.hostVethIndex)) + 1,
    owner: 'flanneld',
    mac: lease.vtepMac,
    mtu: plan.tunnelMtu,
    up: true,
    vni: backend.vni,
    local: node.address,
    lower: NIC,
    destinationPort: backend.port === 0 ? LINUX_VXLAN_PORT : backend.port,
    learning: false,
    udpChecksum: true,
  };
  // All nodes share a subnet here, so that direct routing always can.
  const tunnelled = backend.directRouting ? [] : others;
  return {
    links: [link],
    addresses: [interfaceAddress('flanneld', dev, hostPrefix(lease.subnet.address))],
    routes: backend.directRouting
      ? (hostGw(others).routes ?? [])
      : others.map(({ subnet }) => mainRoute('flanneld', subnet, { via: subnet.address, dev, onlink: true })),
    neighbors: tunnelled.map((other) => permanentNeighbor('flanneld', dev, other.subnet.address, other.vtepMac)),
    fdb: tunnelled.map((other) => ({
      id: `${dev}/${other.vtepMac}`,
      owner: 'flanneld',
      dev,
      mac: other.vtepMac,
      self: true,
      dst: other.publicIp,
      state: 'permanent',
    })),
  };
}
