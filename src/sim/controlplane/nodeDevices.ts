import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Route } from '../../datamodel/network/tables.ts';
import type { IpAddress } from '../../wire/address.ts';
import type { ClusterPlan } from './clusterPlan.ts';
import { nodeHost } from './host/nodeHost.ts';
import type { NetnsParts } from './netnsParts.ts';
import type { NodePlan } from './nodePlan.ts';

/** A node's devices with their addresses and routes, in the order in which they came: what agents find that write rules. */
export function nodeDevices(plan: ClusterPlan, node: NodePlan): readonly NetnsParts[] {
  const devices = [nodeHost(plan.network.nicMtu ?? plan.nicMtu, node), ...plan.network.devices(node)];
  const learned = bgpRoutesIn(plan, node.netns);
  if (learned.length === 0) return devices;
  // BIRD adds none where the kernel has another's for the same
  const taken = new Set(devices.flatMap((part) => (part.routes ?? []).map(({ id }) => id)));
  return [...devices, { routes: learned.filter(({ id }) => !taken.has(id)) }];
}

/** What a BIRD has written into a namespace. */
export function bgpRoutesIn(plan: ClusterPlan, netns: NetnsId): readonly Route[] {
  return plan.network.bgp?.routes(plan, plan.underlay.topology).get(netns) ?? [];
}

export function nodeAddresses(plan: ClusterPlan, node: NodePlan): readonly IpAddress[] {
  return nodeDevices(plan, node).flatMap((part) => (part.addresses ?? []).map(({ address }) => address));
}
