import type { BgpPlan } from '../../../../datamodel/bgp/plan.ts';
import type { ClusterSettings } from '../../../../datamodel/cluster/command.ts';
import type { Topology } from '../../../../datamodel/network/topology.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import type { NetworkBgp } from '../../network/provider.ts';
import type { PlannedNodes } from '../../nodePlan.ts';
import { calicoBgpPlan } from './calicoBgpPlan.ts';
import { fabricBgp, type SiteNode, topologySite } from './topologySite.ts';

/** Calico's BIRD is of the 1.6 series: no metric, one best path; its filter for the kernel lets blackholes through. */
const KERNEL = { mergePaths: false, blackholes: true } as const;
const BGP_PORT = 179;

/** Who speaks BGP with whom in a cluster; undefined where its network does not use it. */
export function clusterBgpPlan(plan: ClusterPlan): BgpPlan | undefined {
  const { bgp } = plan.network;
  return bgp && bgpPlanOf(bgp, plan, plan.underlay.topology);
}

/** The same of a network that is told its nodes and what lies between them. */
export function bgpPlanOf(
  bgp: Pick<NetworkBgp, 'config' | 'announcedBy'>,
  { nodes, settings }: PlannedNodes,
  topology: Topology,
): BgpPlan {
  const siteNodes = [...nodes].map(([name, node]): readonly [string, SiteNode] => {
    const { labels, annotations } = node.node.metadata;
    return [name, { labels, annotations, ...bgp.announcedBy(node) }];
  });
  const site = topologySite(topology, new Map(siteNodes));
  const links = passesBgp(settings) ? site.links : site.links.map((link) => ({ ...link, blocksBgp: true }));
  return calicoBgpPlan({ ...site, links }, fabricBgp(topology, bgp.config), { ...KERNEL, ...bgp.config.kernel });
}

/** Whether the underlay lets TCP to port 179 through: only one that filters may not. */
export function passesBgp({ underlay, underlayOptions }: ClusterSettings): boolean {
  const passes = underlay === 'filtered' ? underlayOptions?.passes : undefined;
  if (!passes) return true;
  return passes.some((text) => {
    const [, from, to = from] = /^(?:tcp|6)(?:\/(\d{1,5})(?:-(\d{1,5}))?)?$/.exec(text.trim()) ?? ['', '-1'];
    return from === undefined || (Number(from) <= BGP_PORT && BGP_PORT <= Number(to));
  });
}
