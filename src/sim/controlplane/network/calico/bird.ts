import type { Route } from '../../../../datamodel/network/tables.ts';
import { mainRoute } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { sharesSubnet } from '../sameSubnet.ts';
import type { Reachable } from './blocks.ts';

const OWNER = 'bird';
const PROTOCOL = { protocol: 'bird' } as const;
const NIC = 'eth0';

/**
 * What BIRD writes on a node of a full mesh (confd's bird.cfg, bird_ipam.cfg): a blackhole for each block of its own, so that what
 * no Pod has goes nowhere, and for those of others the way to the node that told of them.
 */
export function birdRoutes(node: NodePlan, reachable: readonly Reachable[], mesh: boolean): readonly Route[] {
  return reachable.flatMap((each): readonly Route[] => {
    const { prefix, node: other, pool } = each;
    if (pool.vxlan !== 'Never') return [];
    if (other === node)
      return each.isBlock ? [{ ...mainRoute(OWNER, prefix, { type: 'blackhole' }), ...PROTOCOL }] : [];
    if (!mesh || pool.disableBgpExport) return [];
    return [{ ...mainRoute(OWNER, prefix, wayTo(node, other)), ...PROTOCOL }];
  });
}

/** The next hop is the other node; where that is on another subnet, whatever leads to it. */
function wayTo(node: NodePlan, other: NodePlan): Pick<Route, 'via' | 'dev'> {
  return { via: sharesSubnet(node, other) ? other.address : node.gateway, dev: NIC };
}
