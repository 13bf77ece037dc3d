import { prefixContains } from '../../../wire/address.ts';
import type { NodePlan } from '../nodePlan.ts';

/** Whether a node reaches another without a router, by the prefix that its own address has. */
export function sharesSubnet(node: NodePlan, other: NodePlan): boolean {
  return prefixContains(node.subnet, other.address);
}
