import { useMemo, useState } from 'react';
import type { BgpCourse, BgpQuestion } from '../../datamodel/bgp/course.ts';
import { printBgpDeed } from '../../print/bgpTimeline.ts';
import { CutForm } from './CutForm.tsx';
import { cutChoices } from './cuts.ts';
import { SessionTable } from './SessionTable.tsx';
import { SpeakerRoutes } from './SpeakerRoutes.tsx';
import { Timeline } from './Timeline.tsx';
import { useCourse } from './useCourse.ts';
import './routing.css';

const NOTHING_CUT: BgpQuestion = {};

/** The control plane: who peers with whom, what a cut does to their routes, and how it spreads router by router. */
export function RoutingPane() {
  const [question, setQuestion] = useState<BgpQuestion>(NOTHING_CUT);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const { answer, asking, problem } = useCourse(question);
  const course = answer?.kind === 'course' ? answer.course : undefined;
  const choices = useMemo(() => (course ? cutChoices(course.plan) : []), [course]);
  const states = course?.cut?.after ?? course?.settled ?? [];
  const speaker = states.find(({ name }) => name === chosen) ?? states[0];
  return (
    <div className="routing">
      <div className="routing-tools">
        <CutForm
          choices={choices}
          isCut={question.cut !== undefined}
          onCut={setQuestion}
          onUndo={() => setQuestion(NOTHING_CUT)}
        />
        <p className="routing-status" role="status" data-status={problem ? 'failed' : asking ? 'asking' : 'ready'}>
          {problem !== undefined && `It cannot be run: ${problem}`}
          {problem === undefined && asking && 'Running the BGP speakers…'}
          {problem === undefined && !asking && course && outcome(course)}
          {answer?.kind === 'none' && 'This network uses no BGP.'}
          {answer?.kind === 'too-many' &&
            `${answer.sessions.toLocaleString('en-US')} sessions are more than can be followed in time here (at most ${answer.most.toLocaleString('en-US')}): hopscope bgp on the command line has no such limit.`}
        </p>
      </div>
      {course && (
        <div className="routing-body">
          <section className="routing-part" aria-label="Sessions and routes">
            <SessionTable states={states} />
            <SpeakerRoutes states={states} speaker={speaker} onChoose={setChosen} />
          </section>
          <Timeline course={course} />
        </div>
      )}
    </div>
  );
}

/** One sentence that says what came of it. */
function outcome({ settledAt, settled, cut }: BgpCourse): string {
  const sessions = settled.flatMap(({ protocols }) => protocols.filter(({ session }) => session));
  const up = sessions.filter(({ session }) => session?.state === 'Established').length;
  if (!cut) return `Settled ${seconds(settledAt)} after the start: ${up} of ${sessions.length} session ends are up.`;
  const changed = cut.convergedAt > cut.at;
  const result = changed ? `the last route changed ${seconds(cut.convergedAt - cut.at)} later` : 'no route changed';
  return `${printBgpDeed(cut.does)}: ${result}.`;
}

function seconds(nanoseconds: number): string {
  const value = nanoseconds / 1e9;
  return value < 1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(1)} s`;
}
