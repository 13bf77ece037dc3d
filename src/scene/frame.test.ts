import { describe, expect, it } from 'vitest';
import { readCapturedFlows, simulateCapturedFlow } from '../sim/captured/capturedFlow.ts';
import { framesAt, waitAt } from './frame.ts';
import { involvedIn } from './involved.ts';
import { layoutScene } from './layout/layout.ts';
import { planJourney } from './ride.ts';
import { buildTimeline } from './timeline.ts';

function journeyOf(name: string) {
  const flow = readCapturedFlows().find((each) => each.name === name);
  if (!flow) throw new Error(`There is no flow ${name}`);
  const { conversation, cluster } = simulateCapturedFlow(flow);
  const involved = involvedIn(conversation, cluster);
  const layout = layoutScene({ cluster, level: 'plumbing', width: 786, height: 634, involved, chosen: [] });
  return planJourney(conversation, buildTimeline(conversation), layout);
}

describe('while nothing happens', () => {
  it('what was dropped stays so, and the clock stands where the sender will try again', () => {
    const journey = journeyOf('07f_vxlan_nodeport_local_no_ep_iptables');
    const next = journey.timeline.segments.find(({ wait }) => wait)!;
    const time = (next.wait!.from + next.start) / 2;
    expect(framesAt(journey, time)[0]?.change).toEqual({ type: 'drop', reason: 'NETFILTER_DROP' });
    const sender = journey.byTrace.get(next.trace.id)!;
    expect(waitAt(journey, time)?.point).toEqual(sender.legs[0]!.stop.stand);
    expect(framesAt(journey, next.end - 1)[0]).toMatchObject({ trace: next.trace.id, tries: 2 });
  });

  it('the clock stands beside a packet that waits for ARP, until it is given up', () => {
    const journey = journeyOf('14_vxlan_no_such_pod');
    const waits = journey.timeline.segments.filter(({ wait }) => wait);
    const last = waits.at(-1)!;
    const ride = journey.byTrace.get(last.trace.id)!;
    const at = ride.legs.findIndex((leg) => leg.segment === last);
    expect(at).toBeGreaterThan(0);
    expect(waitAt(journey, last.start - 1)?.point).toEqual(ride.legs[at - 1]!.stop.stand);
  });
});
