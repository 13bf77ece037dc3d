import { useEffect, useId, useRef, useState } from 'react';
import type { LiveBgp } from '../../datamodel/bgp/course.ts';
import type { BgpEvent } from '../../datamodel/bgp/event.ts';
import { printBgpDeed, printBgpHappening } from '../../print/bgpTimeline.ts';
import { Segmented } from '../controls/Segmented.tsx';
import { timeText } from './moments.ts';

/** More lines are of no use to anybody. */
const MOST_LINES = 600;

type Shown = 'routes' | 'all';

const SHOWN = [
  { value: 'routes', label: 'Routes', name: 'Updates and routes' },
  { value: 'all', label: 'All', name: 'Everything' },
] as const;

export interface TimelineProps {
  readonly live: LiveBgp;
  /** Nanoseconds after what was done last: the moment that is shown. */
  readonly after: number;
}

/** What happens from the start, or from the last deed on, line by line with its time and its machine; the shown moment's are marked. */
export function Timeline({ live, after }: TimelineProps) {
  const id = useId();
  const [shown, setShown] = useState<Shown>('routes');
  const [whose, setWhose] = useState('');
  const list = useRef<HTMLOListElement>(null);
  const from = live.last?.at ?? 0;
  const lines = live.events.flatMap((event) => lineOf(event, from, shown, whose) ?? []);
  const some = lines.slice(0, MOST_LINES);
  const now = some.findLast((line) => line.after <= after)?.after;

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown comes into sight, and nothing else is scrolled
  useEffect(() => {
    const line = list.current?.querySelector<HTMLElement>('[aria-current]');
    if (!line || !list.current) return;
    const [top, bottom] = [
      line.offsetTop - list.current.offsetTop,
      line.offsetTop - list.current.offsetTop + line.offsetHeight,
    ];
    if (top < list.current.scrollTop) list.current.scrollTop = top;
    if (bottom > list.current.scrollTop + list.current.clientHeight)
      list.current.scrollTop = bottom - list.current.clientHeight;
  }, [now]);
  return (
    <section className="routing-line" aria-label="Time line">
      <div className="routing-whose">
        <h3>{live.last ? `Since: ${printBgpDeed(live.last.does)}` : 'Since the start'}</h3>
        <Segmented<Shown> label="What is listed" quiet value={shown} options={SHOWN} onChange={setShown} />
        <label htmlFor={id} className="visually-hidden">
          Whose events are listed
        </label>
        <select id={id} className="select" value={whose} onChange={({ target }) => setWhose(target.value)}>
          <option value="">all machines</option>
          {live.plan.speakers.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {some.length === 0 && <p className="routing-note">Nothing of that happened.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <ol className="routing-events" ref={list} tabIndex={0} aria-label="What happened">
        {some.map((line) => (
          <li
            key={line.key}
            data-kind={line.kind}
            data-coming={line.after > after}
            {...(line.after === now && { 'aria-current': true })}
          >
            <span className="routing-time mono">{timeText(line.after)}</span>
            <span className="routing-who mono">{line.speaker}</span>
            <span className="mono">{line.text}</span>
          </li>
        ))}
      </ol>
      {lines.length > some.length && <p className="routing-note">and {lines.length - some.length} more</p>}
    </section>
  );
}

interface Line {
  readonly key: string;
  /** Nanoseconds. */
  readonly after: number;
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
  return { key: `${at} ${speaker} ${text}`, after: at - from, speaker, text, kind };
}
