import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { triesOf } from '../../scene/tries.ts';
import { useShowStep } from '../dock/useShowStep.ts';
import { useNames } from '../playback/useNames.ts';
import { useApp } from '../session.ts';
import { timelineOf } from '../timelines.ts';
import { PacketGroup } from './PacketGroup.tsx';
import './hopList.css';

/** More packets are not unfolded together: nobody reads ten thousand rows. */
const MOST_UNFOLDED = 60;

/** The stage in words: every packet of the conversation, its stations in order, and what was decided at the present one. */
export function HopList() {
  const names = useNames();
  const conversation = useApp((state) => state.traffic.conversation);
  const step = useApp((state) => state.playback.step);
  const showStep = useShowStep();
  const scroller = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const traces = useMemo(() => inOrder(conversation?.traces ?? []), [conversation]);
  const tries = useMemo(() => (conversation ? triesOf(conversation) : new Map<number, number>()), [conversation]);
  const byId = useMemo(() => new Map(traces.map((trace) => [trace.id, trace])), [traces]);
  const current = conversation && step !== undefined ? timelineOf(conversation).bySteps.get(step)?.trace.id : undefined;
  const allOpen = opened.size > 0 && opened.size >= traces.length;

  useEffect(() => {
    // so that its height is there when the row is scrolled to
    if (conversation?.traces.some(({ disposition }) => disposition.type === 'dropped'))
      void import('../playback/DropAdvice.tsx');
  }, [conversation]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation has other packets
  useEffect(() => setOpened(new Set()), [conversation]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the marked row is another one when the step changes
  useEffect(() => {
    const list = scroller.current;
    const step = list?.querySelector<HTMLElement>('[aria-current="step"]');
    if (!list || !step) return;
    const frame = list.getBoundingClientRect();
    const margin = 28;
    // all of its station, with what is to be done about a drop, where there is room for it
    const station = step.closest('.stop')?.getBoundingClientRect();
    const fits = station !== undefined && station.height <= frame.height - 2 * margin;
    const box = fits ? station : step.getBoundingClientRect();
    if (box.top < frame.top + margin) list.scrollTop -= frame.top + margin - box.top;
    else if (box.bottom > frame.bottom - margin) list.scrollTop += box.bottom - frame.bottom + margin;
  }, [step]);

  const toggle = (trace: number): void =>
    setOpened((before) => {
      const next = new Set(before);
      if (!next.delete(trace)) next.add(trace);
      return next;
    });

  return (
    <section className="hops" aria-label="Hops" id="hop-list" tabIndex={-1}>
      <div className="panel-head">
        <h2>Hops{traces.length > 0 && ` · ${traces.length} ${traces.length === 1 ? 'packet' : 'packets'}`}</h2>
        {traces.length > 1 && traces.length <= MOST_UNFOLDED && (
          <button
            type="button"
            className="button small quiet"
            onClick={() => setOpened(allOpen ? new Set() : new Set(traces.map((trace) => trace.id)))}
          >
            {allOpen ? 'Fold all' : 'Unfold all'}
          </button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: moves the focus among the buttons inside */}
      <div className="hops-scroller" data-testid="hop-list" ref={scroller} onKeyDown={moveFocus}>
        {traces.length === 0 && <p className="empty">Nothing has been sent on this cluster yet. Press Send.</p>}
        <ol className="packets">
          {names &&
            traces.map((trace) => (
              <PacketGroup
                key={trace.id}
                trace={trace}
                names={names}
                tries={tries.get(trace.id)}
                cause={trace.origin.type === 'caused' ? byId.get(trace.origin.trace) : undefined}
                isOpen={trace.id === current || opened.has(trace.id)}
                step={trace.id === current ? step : undefined}
                isFirst={current === undefined && trace === traces[0]}
                onToggle={toggle}
                onShow={showStep}
              />
            ))}
        </ol>
      </div>
    </section>
  );
}

/** In the order in which the packets set out. */
function inOrder(traces: readonly Trace[]): readonly Trace[] {
  const first = (trace: Trace): number => trace.hops[0]?.steps[0]?.id ?? Number.POSITIVE_INFINITY;
  return traces.toSorted((a, b) => first(a) - first(b));
}

/** Up and down move from row to row; one row alone is in the Tab order. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const moves = new Map([
    ['ArrowDown', 1],
    ['ArrowUp', -1],
    ['Home', Number.NEGATIVE_INFINITY],
    ['End', Number.POSITIVE_INFINITY],
  ]);
  const by = moves.get(event.key);
  if (by === undefined) return;
  event.preventDefault();
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  const here = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.min(rows.length - 1, Math.max(0, here + by))]?.focus();
}
