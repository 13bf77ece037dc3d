import { keptWith } from '../../../../base/kept.ts';
import type { CalicoConfig } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { Topology } from '../../../../datamodel/network/topology.ts';
import { formatPrefix } from '../../../../wire/address.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import { passesBgp } from '../../routing/bgp/clusterBgpPlan.ts';
import { clusterRoutes } from '../../routing/bgp/clusterRoutes.ts';
import { isPureMesh } from '../../routing/bgp/topologySite.ts';
import type { AnnouncedPrefixes, NetworkBgp } from '../provider.ts';
import { birdRoutes } from './bird.ts';
import type { Reachable } from './blocks.ts';
import { TUNL0 } from './tunl0.ts';

/** What confd tells every node's BIRD: the pools that are routed, and which of their addresses lie behind it. */
export function calicoBgp(config: CalicoConfig, reachable: readonly Reachable[]): NetworkBgp {
  const routed = config.pools.filter(({ vxlan, disableBgpExport }) => vxlan === 'Never' && !disableBgpExport);
  const tunnels = routed.flatMap(({ cidr: prefix, ipip }) =>
    ipip === 'Never' ? [] : [{ prefix, device: TUNL0, onlyAcrossSubnets: ipip === 'CrossSubnet' }],
  );
  const bgp = {
    config: {
      as: config.asNumber,
      mesh: config.mesh,
      peers: [],
      pools: routed.map(({ cidr }) => cidr),
      kernel: { tunnels },
    },
    announcedBy: (node: NodePlan): AnnouncedPrefixes => {
      const own = reachable.filter((each) => each.node === node && routed.includes(each.pool));
      return {
        blocks: own.filter(({ isBlock }) => isBlock).map(({ prefix }) => prefix),
        borrowed: own
          .filter(({ isBlock }) => !isBlock)
          .flatMap(({ prefix: destination }) => {
            const pod = node.pods.find(
              ({ address }) => formatPrefix({ address, length: 32 }) === formatPrefix(destination),
            );
            return pod ? [{ destination, device: pod.hostVeth }] : [];
          }),
      };
    },
  };
  const routes = keptWith((planned: PlannedNodes) =>
    keptWith((topology: Topology): ReturnType<NetworkBgp['routes']> => {
      // Everybody peers with everybody and nothing is in between that could keep them from it: what comes of it is known.
      if (!isPureMesh(bgp.config, planned, topology) || !passesBgp(planned.settings))
        return clusterRoutes(bgp, planned, topology);
      const nodes = [...planned.nodes.values()];
      return new Map(nodes.map((node) => [node.netns, birdRoutes(node, reachable, true)]));
    }),
  );
  return { ...bgp, routes: (planned, topology) => routes(planned)(topology) };
}
