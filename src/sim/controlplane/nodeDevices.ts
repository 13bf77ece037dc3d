import type { IpAddress } from '../../wire/address.ts';
import type { ClusterPlan } from './clusterPlan.ts';
import { nodeHost } from './host/nodeHost.ts';
import type { NetnsParts } from './netnsParts.ts';
import type { NodePlan } from './nodePlan.ts';

/** A node's devices with their addresses and routes, in the order in which they came: what agents find that write rules. */
export function nodeDevices(plan: ClusterPlan, node: NodePlan): readonly NetnsParts[] {
  return [nodeHost(plan, node), ...plan.network.devices(node)];
}

export function nodeAddresses(plan: ClusterPlan, node: NodePlan): readonly IpAddress[] {
  return nodeDevices(plan, node).flatMap((part) => (part.addresses ?? []).map(({ address }) => address));
}
