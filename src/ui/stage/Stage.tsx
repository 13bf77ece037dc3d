import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { EntryRef } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { DetailLevel } from '../../scene/detail.ts';
import type { Timeline } from '../../scene/timeline.ts';
import './stage.css';

/** The moment that is shown, without a React render per frame. All times are milliseconds of playback at 1×. */
export interface Playhead {
  /** Where playback is now. */
  get(): number;
  /** Calls back on every animation frame while playing and once after every jump. @returns the way to stop it. */
  subscribe(listener: () => void): () => void;
}

/** What the pointer or the focus is on; undefined when on nothing. */
export interface StageHover {
  readonly netns: NetnsId;
  /** The step that was decided at the station, of the packet that is shown. */
  readonly step?: number;
  /** The table line that decided it. */
  readonly entry?: EntryRef;
}

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
  readonly onSelectNode?: (netns: NetnsId) => void;
  readonly onHover?: (hover: StageHover | undefined) => void;
  /** Lights what other views point at. */
  readonly highlight?: EntryRef | undefined;
  readonly playhead: Playhead;
}

/** The drawing: nodes as columns of stations, packets as capsules that ride the lines between them. */
export function Stage({ cluster }: StageProps) {
  return (
    <section className="stage" aria-label="Stage" data-testid="stage">
      <svg className="stage-drawing" role="group" aria-label={`Cluster of ${cluster.nodes.length} nodes`} />
    </section>
  );
}
