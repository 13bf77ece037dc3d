import { type FocusEvent, type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { EntryRef } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { count } from '../../scene/describe.ts';
import type { DetailLevel } from '../../scene/detail.ts';
import { involvedIn } from '../../scene/involved.ts';
import { layoutScene } from '../../scene/layout/layout.ts';
import { litAt } from '../../scene/lit.ts';
import { namesOf } from '../../scene/names.ts';
import { planJourney } from '../../scene/ride.ts';
import type { Timeline } from '../../scene/timeline.ts';
import { CapsuleLayer } from './CapsuleLayer.tsx';
import { copyWholeNames } from './copyWholeNames.ts';
import { Drawing } from './Drawing.tsx';
import { EditCountsContext, editCounts } from './EditMark.tsx';
import type { Playhead, StageHover } from './playhead.ts';
import { StageTools } from './StageTools.tsx';
import { useMeasure } from './useMeasure.ts';
import { useStageZoom } from './useStageZoom.ts';
import './stage.css';

export interface StageProps {
  readonly cluster: ClusterView;
  readonly conversation?: Conversation | undefined;
  /** buildTimeline(conversation), made once by whoever plays it. */
  readonly timeline?: Timeline | undefined;
  readonly level: DetailLevel;
  /** Zooming past a level's end asks for the next one. */
  readonly onLevelChange?: (level: DetailLevel) => void;
  /** Id of the step that is shown: segmentAt(timeline, playhead).step.id, set as it changes. */
  readonly selectedStep?: number | undefined;
  readonly onSelectStep: (step: number) => void;
  /** A node, a Pod or a host outside was chosen. */
  readonly onSelectNode?: (netns: NetnsId) => void;
  readonly onHover?: (hover: StageHover | undefined) => void;
  /** Lights what other views point at. */
  readonly highlight?: EntryRef | undefined;
  readonly playhead: Playhead;
}

/** Sizes for which the drawing's own measures are made; on a bigger stage all of it is drawn bigger. */
const DESIGN = { width: 800, height: 640, most: 1.75 } as const;
/** With every table drawn there is never room enough: it stays small until there is far more. */
const DESIGN_KERNEL = { width: 1100, height: 960, most: 1.5 } as const;

/** The drawing: nodes as columns of stations, packets as capsules that ride the lines between them. */
export function Stage(props: StageProps) {
  const { cluster, conversation, timeline, level, selectedStep, highlight, playhead } = props;
  const section = useRef<HTMLElement>(null);
  const size = useMeasure(section);
  const [chosen, setChosen] = useState<readonly NetnsId[]>([]);
  const design = level === 'kernel' ? DESIGN_KERNEL : DESIGN;
  const base = size
    ? Math.min(design.most, Math.max(1, Math.min(size.width / design.width, size.height / design.height)))
    : 1;
  const names = useMemo(() => namesOf(cluster), [cluster]);
  const involved = useMemo(() => involvedIn(conversation, cluster), [conversation, cluster]);
  const width = size ? Math.floor(size.width / base) : 0;
  const height = size ? Math.floor(size.height / base) : 0;
  const layout = useMemo(
    () => (width === 0 ? undefined : layoutScene({ cluster, level, width, height, involved, chosen })),
    [cluster, level, width, height, involved, chosen],
  );
  const journey = useMemo(
    () => (layout && conversation && timeline ? planJourney(conversation, timeline, layout) : undefined),
    [layout, conversation, timeline],
  );
  const scene = useMemo(() => litAt(journey, selectedStep, names), [journey, selectedStep, names]);
  const counts = useMemo(() => editCounts(cluster.edits), [cluster.edits]);
  const zoom = useStageZoom({ layout, base, size, level, onLevelChange: props.onLevelChange });

  const { onSelectNode } = props;
  const choose = useCallback(
    (netns: NetnsId): void => {
      setChosen((before) => [netns, ...before.filter((other) => other !== netns)].slice(0, 8));
      onSelectNode?.(netns);
    },
    [onSelectNode],
  );

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement) return;
    if (event.key === '+' || event.key === '=') zoom.by(1.3);
    else if (event.key === '-') zoom.by(1 / 1.3);
    else if (event.key === '0') zoom.reset();
  };
  const onFocus = (event: FocusEvent): void => {
    if (!(event.target instanceof SVGElement) || !event.target.matches(':focus-visible')) return;
    // browsers scroll what is focused into view, but here the transform alone says what is seen
    event.currentTarget.scrollTo(0, 0);
    zoom.reveal(event.target);
  };

  return (
    <section
      className="stage"
      aria-label="Stage"
      data-testid="stage"
      data-level={level}
      ref={section}
      onCopy={copyWholeNames}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
    >
      <svg className="stage-drawing" ref={zoom.svg} aria-label={`Cluster of ${count(cluster.nodes.length, 'node')}`}>
        <g ref={zoom.world}>
          {layout && (
            <EditCountsContext value={counts}>
              <Drawing
                layout={layout}
                scene={scene}
                journey={journey}
                highlight={highlight}
                onSelectStep={props.onSelectStep}
                onSelectNode={props.onSelectNode}
                onChooseNode={choose}
                onHover={props.onHover}
              />
            </EditCountsContext>
          )}
          {layout && journey && <CapsuleLayer journey={journey} playhead={playhead} onFollow={zoom.follow} />}
        </g>
      </svg>
      <StageTools zoom={zoom} folded={layout?.tileFold ? cluster.nodes : undefined} onChooseNode={choose} />
    </section>
  );
}
