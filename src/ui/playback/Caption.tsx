import { Suspense, useEffect, useRef, useState } from 'react';
import { narrate } from '../../scene/narration.ts';
import { labelWithTry, triesOf } from '../../scene/tries.ts';
import { useApp } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { DropAdvice } from './lazyAdvice.ts';
import { useNames } from './useNames.ts';

/** Readers are told at most so often while playing; they would otherwise never finish a sentence. */
const ANNOUNCE_EVERY = 2500;

/** One sentence for the step that is shown. */
export function Caption() {
  const names = useNames();
  const conversation = useApp((state) => state.traffic.conversation);
  const told = useApp((state) => state.playback.told);
  const playing = useApp((state) => state.playback.playing);
  const draft = useApp((state) => state.composer.draft);
  const segment = conversation && told !== undefined ? timelineOf(conversation).bySteps.get(told) : undefined;
  const text =
    segment && names
      ? narrate(segment.step, segment.trace, names)
      : draft.to === ''
        ? 'Choose a sender and a destination, then press Send.'
        : `Ready: press Send to follow a request from ${draft.from} to ${draft.to}.`;
  const drop = segment?.step.type === 'drop' ? segment.step : undefined;
  const spoken = useThrottled(text, playing ? ANNOUNCE_EVERY : 0);
  return (
    <div className="caption" data-testid="caption" data-drop={drop !== undefined}>
      {segment && conversation && (
        <span className="caption-packet mono" data-role={segment.trace.role}>
          {labelWithTry(segment.trace, triesOf(conversation))}
        </span>
      )}
      <div className="caption-words" title={drop && `SKB_DROP_REASON_${drop.reason}`}>
        <p>{text}</p>
        <div aria-live="polite">
          {drop && segment && names && (
            <Suspense>
              <DropAdvice step={drop} trace={segment.trace} names={names} />
            </Suspense>
          )}
        </div>
      </div>
      <p className="visually-hidden" aria-live="polite">
        {spoken}
      </p>
    </div>
  );
}

/** The value, changing at most every `every` milliseconds and always ending on the latest. */
function useThrottled(value: string, every: number): string {
  const [shown, setShown] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, last.current + every - performance.now());
    const timer = setTimeout(() => {
      last.current = performance.now();
      setShown(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, every]);
  return shown;
}
