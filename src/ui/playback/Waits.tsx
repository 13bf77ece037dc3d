import { memo, useMemo, useRef } from 'react';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { textWidth } from '../../scene/textFit.ts';
import { labelWithTry, triesOf } from '../../scene/tries.ts';
import { useMeasure } from '../stage/useMeasure.ts';
import { timelineOf } from '../timelines.ts';

const FONT = { family: 'words', size: 11 } as const;
const GAP = 6;

interface Wait {
  readonly step: number;
  /** Shares of the whole time, 0 to 1. */
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** The packet that ends it. */
  readonly before: string;
}

export function waitsOf(conversation: Conversation): readonly Wait[] {
  const { segments, duration } = timelineOf(conversation);
  const tries = triesOf(conversation);
  return segments.flatMap(({ step, trace, start, wait }) =>
    wait
      ? [
          {
            step: step.id,
            from: wait.from / duration,
            to: start / duration,
            label: `${wait.label} wait`,
            before: labelWithTry(trace, tries),
          },
        ]
      : [],
  );
}

/** Stretches in which nothing happens, on the scrubber, with how long each of them really is. */
export const Waits = memo(function Waits({ conversation }: { readonly conversation: Conversation }) {
  const lane = useRef<HTMLDivElement>(null);
  const size = useMeasure(lane);
  const waits = useMemo(() => waitsOf(conversation), [conversation]);
  const places = size ? placeLabels(waits, size.width) : new Map<number, number>();
  return (
    <div className="scrubber-waits" ref={lane}>
      {waits.map(({ step, from, to, label }) => {
        const x = places.get(step);
        return (
          <span key={step}>
            <i className="scrubber-wait" style={{ left: `${100 * from}%`, width: `${100 * (to - from)}%` }} />
            {x !== undefined && (
              <span className="scrubber-wait-label" style={{ left: x }}>
                {label}
              </span>
            )}
          </span>
        );
      })}
    </div>
  );
});

/** Left edges of the labels that find room, each as near to the middle of its stretch as the track allows. */
export function placeLabels(
  waits: readonly Pick<Wait, 'step' | 'from' | 'to' | 'label'>[],
  width: number,
): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  let taken = 0;
  for (const { step, from, to, label } of waits) {
    const own = textWidth(label, FONT);
    const x = Math.min(width - own, Math.max(0, ((from + to) / 2) * width - own / 2));
    if (x < taken) continue;
    places.set(step, x);
    taken = x + own + GAP;
  }
  return places;
}

/** The same for people who hear the page: a slider says nothing of what is drawn in it. */
export function WaitList({ conversation }: { readonly conversation: Conversation }) {
  const waits = useMemo(() => waitsOf(conversation), [conversation]);
  if (waits.length === 0) return null;
  return (
    <ul className="visually-hidden" aria-label="Waits">
      {waits.map(({ step, label, before }) => (
        <li key={step}>
          {label} before {before}
        </li>
      ))}
    </ul>
  );
}
