import { useEffect, useMemo, useState } from 'react';
import type { LiveBgp } from '../../datamodel/bgp/course.ts';
import { printBgpDeed } from '../../print/bgpTimeline.ts';
import { useApp, useSession } from '../session.ts';
import { CutForm } from './CutForm.tsx';
import { CutList } from './CutList.tsx';
import { cutChoices } from './cuts.ts';
import { MomentBar } from './MomentBar.tsx';
import { momentAt, momentsOf } from './moments.ts';
import { SessionTable } from './SessionTable.tsx';
import { SpeakerRoutes } from './SpeakerRoutes.tsx';
import { Spread } from './Spread.tsx';
import { Timeline } from './Timeline.tsx';
import { useCourse } from './useCourse.ts';

/** BGP: who peers with whom, and how what is done to the network spreads router by router. */
export function BgpPane() {
  const session = useSession();
  const [at, setAt] = useState<number | undefined>(undefined);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const { answer, asking, problem } = useCourse(at);
  const live = answer?.kind === 'live' ? answer.live : undefined;
  const choices = useMemo(() => (live ? cutChoices(live.plan) : []), [live]);
  const moments = useMemo(() => (live ? momentsOf(live) : []), [live]);
  const cuts = useApp((state) => state.cluster.view?.edits?.map(({ id, cuts }) => (cuts ? id : '')).join(' '));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another deed begins another time line
  useEffect(() => setAt(undefined), [cuts]);
  const states = live?.shown.states ?? [];
  const speaker = states.find(({ name }) => name === chosen) ?? states[0];
  const after = live ? live.shown.at - (live.last?.at ?? 0) : 0;
  const index = momentAt(moments, after);
  const events = moments[index]?.events ?? [];
  return (
    <>
      <div className="routing-tools">
        <CutForm choices={choices} onCut={(does) => void session.cut(does)} />
        <p className="routing-status" role="status" data-status={problem ? 'failed' : asking ? 'asking' : 'ready'}>
          {problem !== undefined && `It cannot be run: ${problem}`}
          {problem === undefined && !live && asking && 'Running the BGP speakers…'}
          {problem === undefined && live && outcome(live)}
          {answer?.kind === 'none' && 'This network uses no BGP.'}
          {answer?.kind === 'too-many' &&
            `${answer.sessions.toLocaleString('en-US')} sessions are more than can be followed in time here (at most ${answer.most.toLocaleString('en-US')}): hopscope bgp on the command line has no such limit.`}
        </p>
        <CutList />
      </div>
      {live && (
        <>
          <MomentBar
            moments={moments}
            after={after}
            isTimed={live.last !== undefined}
            now={live.now - (live.last?.at ?? 0)}
            isBusy={asking}
            onSeek={setAt}
          />
          <div className="routing-body">
            <section className="routing-part" aria-label="Sessions and routes">
              <SessionTable states={states} events={events} />
              <SpeakerRoutes states={states} speaker={speaker} onChoose={setChosen} />
            </section>
            <section className="routing-part" aria-label="What spreads">
              <Spread plan={live.plan} moments={moments} index={index} />
              <Timeline live={live} after={after} />
            </section>
          </div>
        </>
      )}
    </>
  );
}

/** One sentence that says what came of it. */
function outcome({ settledAt, shown, last, plan }: LiveBgp): string {
  if (last) {
    const result =
      settledAt > last.at ? `the last route changed ${seconds(settledAt - last.at)} later` : 'no route changed';
    return `${printBgpDeed(last.does)}: ${result}.`;
  }
  const ends = plan.speakers.reduce((sum, { peers }) => sum + peers.length, 0);
  const sessions = shown.states.flatMap(({ protocols }) => protocols.flatMap(({ session }) => session ?? []));
  const up = sessions.filter(({ state }) => state === 'Established').length;
  return `Settled ${seconds(settledAt)} after the start: ${up} of ${ends} session ends are up.`;
}

function seconds(nanoseconds: number): string {
  const value = nanoseconds / 1e9;
  return value < 1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(1)} s`;
}
