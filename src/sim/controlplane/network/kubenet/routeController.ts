import type { IpPrefix } from '../../../../wire/address.ts';
import { nodePodCidr } from '../../ipam/podAddresses.ts';
import type { PlannedNodes } from '../../nodePlan.ts';
import type { CloudState } from '../provider.ts';

/**
 * What the route controller asks of a cloud (cloud-provider/controllers/route): an entry of the route table for every node's
 * podCIDR, by way of its instance, which the cloud lets forward from then on.
 */
export function cloudRoutes(nodes: PlannedNodes['nodes']): CloudState {
  const routes = new Map<string, readonly IpPrefix[]>();
  for (const [name, { node }] of nodes) {
    const cidr = nodePodCidr(node);
    if (cidr) routes.set(name, [cidr]);
  }
  return { routes, addresses: new Map(), checksOff: true };
}
