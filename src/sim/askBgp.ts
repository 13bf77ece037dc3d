import type { BgpAnswer, BgpQuestion } from '../datamodel/bgp/course.ts';
import type { BgpEvent } from '../datamodel/bgp/event.ts';
import type { ClusterPlan } from './controlplane/clusterPlan.ts';
import { clusterBgpPlan } from './controlplane/routing/bgp/clusterBgpPlan.ts';
import { bgpCourse } from './controlplane/routing/bgp/course.ts';

/** Both ends of every session: what a computer follows for minutes of virtual time in a second or two. */
const MOST_SESSIONS = 1500;
/** Events that anybody reads; the last ones, for the first are the start that is the same every time. */
const MOST_EVENTS = 4000;

export type AskBgp = (plan: ClusterPlan, question: BgpQuestion) => BgpAnswer;

/** Starts the BGP speakers of a cluster, cuts what somebody wants cut, and tells what came of it. */
export const askBgp: AskBgp = (cluster, { cut, restoreAfter }) => {
  const plan = clusterBgpPlan(cluster);
  if (!plan) return { kind: 'none' };
  const sessions = plan.speakers.reduce((sum, { peers }) => sum + peers.length, 0);
  if (sessions > MOST_SESSIONS) return { kind: 'too-many', sessions, most: MOST_SESSIONS };
  const course = bgpCourse(plan, {
    seed: cluster.settings.seed,
    ...(cut && { cut }),
    ...(restoreAfter !== undefined && { restoreAfter }),
  });
  return { kind: 'course', course: { ...course, events: course.events.filter(isNews).slice(-MOST_EVENTS) } };
};

/** Keepalives come and go all the time, and session states stand in the log too. */
function isNews({ what }: BgpEvent): boolean {
  return what.kind === 'sent' ? what.message.type !== 'KEEPALIVE' : what.kind !== 'session';
}
