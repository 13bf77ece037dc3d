import type { Encapsulate } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import { mainRoute } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { sharesSubnet } from '../sameSubnet.ts';
import type { Learns } from './bgpSessions.ts';
import type { Reachable } from './blocks.ts';
import { encapsulates } from './pools.ts';
import { TUNL0 } from './tunl0.ts';

const OWNER = 'bird';
const PROTOCOL = { protocol: 'bird' } as const;
const NIC = 'eth0';

/**
 * What BIRD writes on a node (confd's bird.cfg, bird_ipam.cfg): a blackhole for each block of its own, so that what
 * no Pod has goes nowhere, and for those of others the way to the node that told of them.
 */
export function birdRoutes(node: NodePlan, reachable: readonly Reachable[], learns: Learns): readonly Route[] {
  return reachable.flatMap((each): readonly Route[] => {
    const { prefix, node: other, pool } = each;
    if (pool.vxlan !== 'Never') return [];
    if (other === node)
      return each.isBlock ? [{ ...mainRoute(OWNER, prefix, { type: 'blackhole' }), ...PROTOCOL }] : [];
    if (pool.disableBgpExport || !learns(node, other)) return [];
    return [{ ...mainRoute(OWNER, prefix, wayTo(node, other, pool.ipip)), ...PROTOCOL }];
  });
}

/** The next hop is the other node: by the tunnel, on the same subnet, or else by whatever leads to it. */
function wayTo(node: NodePlan, other: NodePlan, ipip: Encapsulate): Pick<Route, 'via' | 'dev' | 'onlink'> {
  if (encapsulates(ipip, sharesSubnet(node, other))) return { via: other.address, dev: TUNL0, onlink: true };
  return { via: sharesSubnet(node, other) ? other.address : node.gateway, dev: NIC };
}
