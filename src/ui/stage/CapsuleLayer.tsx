import { useEffect, useLayoutEffect, useRef } from 'react';
import { framesAt, MOST_CAPSULES, waitAt } from '../../scene/frame.ts';
import type { Point } from '../../scene/geometry.ts';
import type { Journey } from '../../scene/ride.ts';
import { segmentAt, settledTime } from '../../scene/timeline.ts';
import { CapsulePainter } from './capsulePainter.ts';
import type { Playhead } from './playhead.ts';
import { WaitPainter } from './waitPainter.ts';
import './capsule.css';

interface Props {
  readonly journey: Journey;
  readonly playhead: Playhead;
  readonly onFollow: (point: Point, smooth: boolean) => void;
}

/** The first, which is told about, lies over all others. */
const RANKS = Array.from({ length: MOST_CAPSULES }, (_, i) => MOST_CAPSULES - 1 - i);
/** After so long without a frame, nothing is moving any more. */
const REST = 120;

/**
 * The packets under way. They are drawn once and then moved by the playhead's ticks, through references: no React render
 * takes part in a frame.
 */
export function CapsuleLayer({ journey, playhead, onFollow }: Props) {
  const layer = useRef<SVGGElement>(null);
  const painters = useRef<readonly CapsulePainter[]>([]);
  const clock = useRef<WaitPainter>(undefined);
  useLayoutEffect(() => {
    const elements = layer.current?.querySelectorAll<SVGGElement>('.stage-capsule') ?? [];
    painters.current = [...elements].reverse().map((element) => new CapsulePainter(element));
    const wait = layer.current?.querySelector<SVGGElement>('.stage-wait');
    clock.current = wait ? new WaitPainter(wait) : undefined;
  }, []);

  useEffect(() => {
    const calm = matchMedia('(prefers-reduced-motion: reduce)');
    let rest: ReturnType<typeof setTimeout> | undefined;
    let before = Number.NaN;
    const paint = (): void => {
      const now = playhead.get();
      const segment = segmentAt(journey.timeline, now);
      const time = calm.matches && segment ? settledTime(segment) : now;
      const frames = framesAt(journey, time);
      const smooth = Math.abs(now - before) < 250;
      before = now;
      painters.current.forEach((painter, i) => {
        painter.paint(frames[i], { width: journey.layout.width });
      });
      clock.current?.paint(waitAt(journey, now), frames, calm.matches);
      const [focus] = frames;
      if (focus) onFollow(focus.point, smooth && !calm.matches);
      clearTimeout(rest);
      rest = setTimeout(() => {
        for (const painter of painters.current) painter.stand();
      }, REST);
    };
    paint();
    const stop = playhead.subscribe(paint);
    return () => {
      stop();
      clearTimeout(rest);
    };
  }, [journey, playhead, onFollow]);

  return (
    <g ref={layer} className="stage-capsules" pointerEvents="none">
      {RANKS.map((rank) => (
        <CapsuleParts key={rank} first={rank === 0} />
      ))}
      <g className="stage-wait" data-testid="wait" display="none">
        <rect className="stage-wait-box" />
        <circle className="stage-wait-face" r={7} />
        <path className="stage-wait-hand" d="M0 0V-5" />
        <text className="stage-words stage-wait-text" x={13} y={4} fontSize={11} />
      </g>
    </g>
  );
}

/** All that a capsule can show; what it does not show now is hidden. */
function CapsuleParts({ first }: { readonly first: boolean }) {
  return (
    <g className="stage-capsule" data-testid={first ? 'capsule' : 'capsule-other'} data-moving="false" display="none">
      <rect className="stage-shell stage-shell-tunnel" />
      <rect className="stage-shell stage-shell-ip" />
      <rect className="stage-shell stage-shell-l4" />
      <rect className="stage-shell-data" />
      <text className="stage-terminal stage-capsule-label" fontSize={11} />
      <g className="stage-capsule-quoted">
        <rect className="stage-shell stage-shell-ip" />
        <rect className="stage-shell stage-shell-l4" />
        <text className="stage-terminal" fontSize={11} />
      </g>
      <g className="stage-capsule-mark">
        <rect />
        <text className="stage-words" fontSize={11} />
      </g>
      <g className="stage-capsule-badge">
        <rect />
        <text className="stage-words" fontSize={12} />
      </g>
      <g className="stage-capsule-drop">
        <path className="stage-shards" />
        <rect />
        <text className="stage-terminal" fontSize={11} />
      </g>
    </g>
  );
}
