import { keptWith } from '../../../../base/kept.ts';
import type { TimedDeed } from '../../../../datamodel/bgp/operation.ts';
import type { CalicoBgpPeer } from '../../../../datamodel/bgp/site.ts';
import type { CalicoConfig, CalicoPeer } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { Topology } from '../../../../datamodel/network/topology.ts';
import { formatPrefix } from '../../../../wire/address.ts';
import { parseSelector, type Selector } from '../../ipam/calico/selector.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import { passesBgp } from '../../routing/bgp/clusterBgpPlan.ts';
import { clusterRoutes, clusterRoutesInTime } from '../../routing/bgp/clusterRoutes.ts';
import type { AnnouncedPrefixes, NetworkBgp } from '../provider.ts';
import { bgpLearning } from './bgpSessions.ts';
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
      peers: config.peers.flatMap((peer) => calicoPeer(peer, config.asNumber) ?? []),
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
      const nodes = [...planned.nodes.values()];
      if (!isAmongNodes(config, nodes, topology) || !passesBgp(planned.settings))
        return clusterRoutes(bgp, planned, topology);
      // Nobody but nodes takes part, and nothing keeps them from each other: who hears of whom is known without asking.
      const learns = bgpLearning(nodes, config);
      return new Map(nodes.map((node) => [node.netns, birdRoutes(node, reachable, learns)]));
    }),
  );
  const inTime = keptWith((planned: PlannedNodes) =>
    keptWith((topology: Topology) =>
      keptWith((deeds: readonly TimedDeed[]) => clusterRoutesInTime(bgp, planned, topology, deeds)),
    ),
  );
  return {
    ...bgp,
    routes: (planned, topology) => routes(planned)(topology),
    inTime: (planned, topology, deeds) => inTime(planned)(topology)(deeds),
  };
}

/** Whether all BGP is between nodes of one AS. */
function isAmongNodes({ peers }: CalicoConfig, nodes: readonly NodePlan[], { routers }: Topology): boolean {
  const addresses = new Set(nodes.map(({ address }) => address));
  const isNode = ({ peerIp }: CalicoPeer): boolean => peerIp === undefined || addresses.has(peerIp);
  const hasOwnAs = nodes.some(({ node }) => node.metadata.annotations.has('projectcalico.org/ASNumber'));
  return !hasOwnAs && routers.every(({ as }) => as === undefined) && peers.every(isNode);
}

/** undefined: it names nobody. A peer without an AS of its own is of the cluster's. */
function calicoPeer(peer: CalicoPeer, as: number): CalicoBgpPeer | undefined {
  const { node, nodeSelector, peerIp, peerSelector, asNumber } = peer;
  const whose = {
    ...(node !== undefined && { node }),
    ...(nodeSelector !== undefined && { nodeSelector: selectorOf(nodeSelector) }),
  };
  if (peerSelector !== undefined) return { ...whose, peer: { selector: selectorOf(peerSelector) } };
  return peerIp && { ...whose, peer: { address: peerIp, as: asNumber ?? as } };
}

/** One that cannot be read selects nobody. */
function selectorOf(text: string): Selector {
  const selector = parseSelector(text);
  return selector.ok ? selector.value : () => false;
}
