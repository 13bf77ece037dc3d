import type { BgpPlan } from '../../../../datamodel/bgp/plan.ts';
import { UNDERLAY } from '../../../../datamodel/network/netnsId.ts';
import type { Topology } from '../../../../datamodel/network/topology.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { calicoBgpPlan } from './calicoBgpPlan.ts';
import { fabricBgp, type SiteNode, topologySite } from './topologySite.ts';

const NIC = 'eth0';
/** Calico's BIRD is of the 1.6 series: no metric, one best path; its filter for the kernel lets blackholes through. */
const KERNEL = { mergePaths: false, blackholes: true } as const;

/** Who speaks BGP with whom in a cluster; undefined where its network does not use it. */
export function clusterBgpPlan(plan: ClusterPlan, topology: Topology = segment(plan)): BgpPlan | undefined {
  const { bgp } = plan.network;
  if (!bgp) return undefined;
  const nodes = [...plan.nodes].map(([name, node]): readonly [string, SiteNode] => {
    const { labels, annotations } = node.node.metadata;
    return [name, { labels, annotations, ...bgp.announcedBy(node) }];
  });
  return calicoBgpPlan(topologySite(topology, new Map(nodes)), fabricBgp(topology, bgp.config), KERNEL);
}

/** All nodes on one switched segment. */
function segment({ nodes, underlay }: ClusterPlan): Topology {
  const machines = [...nodes].map(([name, { netns, address, subnet, gateway }]) => ({
    node: name,
    netns,
    device: NIC,
    address: { address, length: subnet.length },
    gateway,
    router: UNDERLAY,
    port: name,
  }));
  const ends = machines.map(({ netns, device, address }) => ({ netns, device, address }));
  return { routers: [], machines, links: [{ name: 'lan', kind: 'switch', subnet: underlay.prefix, ends }] };
}
