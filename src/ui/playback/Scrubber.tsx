import { type KeyboardEvent, memo, type PointerEvent, useEffect, useRef } from 'react';
import { describeMoment } from '../../scene/describe.ts';
import type { Timeline } from '../../scene/timeline.ts';
import { labelWithTry, triesOf } from '../../scene/tries.ts';
import { useApp, useSession } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { positionOf } from './position.ts';
import { WaitList, Waits } from './Waits.tsx';

/** The time line of playback, with packets and hops as marks. The thumb moves without React. */
export function Scrubber() {
  const session = useSession();
  const { clock } = session.playback;
  const conversation = useApp((state) => state.traffic.conversation);
  const step = useApp((state) => state.playback.step);
  const timeline = conversation && timelineOf(conversation);
  const position = positionOf(conversation, step);
  const track = useRef<HTMLDivElement>(null);
  const thumb = useRef<HTMLDivElement>(null);
  const done = useRef<HTMLDivElement>(null);
  const duration = timeline?.duration ?? 0;

  useEffect(() => {
    const draw = (): void => {
      const share = duration > 0 ? clock.get() / duration : 0;
      if (thumb.current) thumb.current.style.transform = `translateX(${share * 100}%)`;
      if (done.current) done.current.style.transform = `scaleX(${share})`;
    };
    draw();
    return clock.subscribe(draw);
  }, [clock, duration]);

  const seek = (event: PointerEvent): void => {
    const box = track.current?.getBoundingClientRect();
    if (box && box.width > 0) clock.seek(((event.clientX - box.left) / box.width) * duration);
  };
  const release = (): void => clock.release();
  const onKeyDown = (event: KeyboardEvent): void => {
    // the arrow keys step here as they do everywhere on the page
    if (event.key !== 'PageUp' && event.key !== 'PageDown') return;
    event.preventDefault();
    session.playback.hop(event.key === 'PageUp' ? 1 : -1);
  };

  const text = (): string => {
    if (!position || !conversation) return 'nothing to play';
    const { step: at, steps, trace, time } = position;
    return `step ${at} of ${steps}, ${labelWithTry(trace, triesOf(conversation))}, after ${describeMoment(time)}`;
  };

  return (
    <>
      <div
        className="scrubber"
        role="slider"
        tabIndex={0}
        aria-label="Playback position"
        aria-disabled={!position}
        aria-valuemin={1}
        aria-valuemax={position?.steps ?? 1}
        aria-valuenow={position?.step ?? 1}
        aria-valuetext={text()}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          clock.hold();
          seek(event);
        }}
        onPointerMove={(event) => {
          if (clock.held) seek(event);
        }}
        onPointerUp={release}
        onPointerCancel={release}
        onLostPointerCapture={release}
      >
        <div className="scrubber-track" ref={track}>
          <div className="scrubber-done" ref={done} />
          {timeline && <Marks timeline={timeline} />}
          {conversation && <Waits conversation={conversation} />}
          <div className="scrubber-carrier" ref={thumb}>
            <div className="scrubber-thumb" />
          </div>
        </div>
      </div>
      {conversation && <WaitList conversation={conversation} />}
    </>
  );
}

const MOST_MARKS = 400;

const Marks = memo(function Marks({ timeline }: { readonly timeline: Timeline }) {
  const { marks, duration } = timeline;
  // of too many, packets and drops are kept
  const shown = marks.length > MOST_MARKS ? marks.filter((mark) => mark.kind !== 'hop').slice(0, MOST_MARKS) : marks;
  return shown.map((mark) => (
    <i
      key={`${mark.step} ${mark.kind}`}
      className="scrubber-mark"
      data-kind={mark.kind}
      style={{ left: `${(100 * mark.time) / Math.max(1, duration)}%` }}
    />
  ));
});
