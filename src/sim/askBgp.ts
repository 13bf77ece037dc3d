import type { BgpAnswer, BgpQuestion } from '../datamodel/bgp/course.ts';
import type { Routing } from './configuration.ts';
import type { ClusterPlan } from './controlplane/clusterPlan.ts';
import { clusterBgpPlan } from './controlplane/routing/bgp/clusterBgpPlan.ts';
import { liveBgp } from './controlplane/routing/bgp/liveBgp.ts';
import { MOST_SESSIONS, sessionEnds } from './controlplane/routing/bgp/routesInTime.ts';

/** What the BGP speakers of a cluster do, over all that was done to their network, and what they know at a moment. */
export function askBgp(cluster: ClusterPlan, routing: Routing, question: BgpQuestion): BgpAnswer {
  const plan = clusterBgpPlan(cluster);
  if (!plan) return { kind: 'none' };
  const sessions = sessionEnds(plan);
  if (sessions > MOST_SESSIONS) return { kind: 'too-many', sessions, most: MOST_SESSIONS };
  return { kind: 'live', live: liveBgp(plan, routing, cluster.settings.seed, question.at) };
}
