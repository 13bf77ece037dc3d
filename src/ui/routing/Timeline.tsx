import { useId, useState } from 'react';
import type { BgpCourse } from '../../datamodel/bgp/course.ts';
import type { BgpEvent } from '../../datamodel/bgp/event.ts';
import { printBgpHappening } from '../../print/bgpTimeline.ts';
import { Segmented } from '../controls/Segmented.tsx';

/** More lines are of no use to anybody. */
const MOST_LINES = 600;

type Shown = 'routes' | 'all';

const SHOWN = [
  { value: 'routes', label: 'Routes', name: 'Updates and routes' },
  { value: 'all', label: 'All', name: 'Everything' },
] as const;

/** What happened from the start, or from the cut on, line by line with its time and its machine. */
export function Timeline({ course }: { readonly course: BgpCourse }) {
  const id = useId();
  const [shown, setShown] = useState<Shown>('routes');
  const [whose, setWhose] = useState('');
  const from = course.cut?.at ?? 0;
  const lines = course.events.flatMap((event) => lineOf(event, from, shown, whose) ?? []);
  const some = lines.slice(0, MOST_LINES);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="routing-part" aria-label="Time line" tabIndex={0}>
      <div className="routing-whose">
        <h3>{course.cut ? 'Since the cut' : 'Since the start'}</h3>
        <Segmented<Shown> label="What is listed" quiet value={shown} options={SHOWN} onChange={setShown} />
        <label htmlFor={id} className="visually-hidden">
          Whose events are listed
        </label>
        <select id={id} className="select" value={whose} onChange={({ target }) => setWhose(target.value)}>
          <option value="">all machines</option>
          {course.plan.speakers.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {some.length === 0 && <p className="routing-note">Nothing of that happened.</p>}
      <ol className="routing-events">
        {some.map(({ key, time, speaker, text, kind }) => (
          <li key={key} data-kind={kind}>
            <span className="routing-time mono">{time}</span>
            <span className="routing-who mono">{speaker}</span>
            <span className="mono">{text}</span>
          </li>
        ))}
      </ol>
      {lines.length > some.length && <p className="routing-note">and {lines.length - some.length} more</p>}
    </section>
  );
}

interface Line {
  readonly key: string;
  readonly time: string;
  readonly speaker: string;
  readonly text: string;
  readonly kind: string;
}

function lineOf(event: BgpEvent, from: number, shown: Shown, whose: string): Line | undefined {
  const { at, what } = event;
  if (at < from) return undefined;
  const speaker = 'speaker' in what ? what.speaker : '';
  if (whose !== '' && speaker !== '' && speaker !== whose) return undefined;
  if (shown === 'routes' && what.kind === 'log') return undefined;
  const text = printBgpHappening(what, shown === 'all');
  if (text === undefined) return undefined;
  const kind = what.kind === 'kernel' && !what.route ? 'gone' : what.kind;
  return { key: `${at} ${speaker} ${text}`, time: timeOf(at - from), speaker, text, kind };
}

/** Milliseconds while they matter, then seconds. */
function timeOf(nanoseconds: number): string {
  const value = nanoseconds / 1e9;
  return value < 1 ? `${(value * 1000).toFixed(2)} ms` : `${value.toFixed(3)} s`;
}
