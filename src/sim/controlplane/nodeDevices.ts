import type { IpAddress } from '../../wire/address.ts';
import { bridgeOnNode } from './cni/bridge.ts';
import { nodeHost } from './host/nodeHost.ts';
import type { NetnsParts } from './netnsParts.ts';
import type { ClusterPlan, NodePlan } from './plan.ts';
import { flanneldBackend } from './routing/flanneld.ts';

/** A node's devices with their addresses and routes, in the order in which they came: what agents find that write rules. */
export function nodeDevices(plan: ClusterPlan, node: NodePlan): readonly NetnsParts[] {
  return [nodeHost(plan, node), flanneldBackend(plan, node), bridgeOnNode(plan, node)];
}

export function nodeAddresses(plan: ClusterPlan, node: NodePlan): readonly IpAddress[] {
  return nodeDevices(plan, node).flatMap((part) => (part.addresses ?? []).map(({ address }) => address));
}
