import type { ResolvedReference } from '../datamodel/cluster/answer.ts';
import type { ManifestSource } from '../datamodel/cluster/command.ts';
import type { Tool } from '../datamodel/cluster/printed.ts';
import type { ManifestProblem } from '../datamodel/cluster/problem.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { EntryRef } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Draft, DraftProblems } from './draft.ts';
import type { LastChange } from './lastChange.ts';
import type { Preferences } from './preferences.ts';
import type { Track } from './track.ts';

/** All that React draws from. Changed only by the session; every value is replaced, never written to. */
export interface AppState {
  readonly cluster: ClusterSlice;
  readonly traffic: TrafficSlice;
  readonly playback: PlaybackSlice;
  readonly composer: ComposerSlice;
  readonly manifests: ManifestsSlice;
  readonly selection: SelectionSlice;
  readonly notices: readonly Notice[];
  readonly preferences: Preferences;
}

export interface ClusterSlice {
  readonly status: 'opening' | 'ready' | 'failed';
  readonly view: ClusterView | undefined;
  /** Why the simulation does not answer any more, in words. */
  readonly failure: string | undefined;
  /** A rebuild is under way. */
  readonly rebuilding: boolean;
  /** What was changed last on the cluster that is shown; undefined: nothing since it was built. */
  readonly lastChange: LastChange | undefined;
  /** What the last choice of a CNI or an underlay replaced; undefined: nothing that is still of interest. */
  readonly flip: Flip | undefined;
  /** How many clusters have been shown: what people change stays until the next one is built. */
  readonly built: number;
}

/** A cluster that was rebuilt on another CNI or underlay, or whose CNI was changed under its Pods. */
export interface Flip {
  readonly before: ClusterView;
  readonly after: ClusterView;
  readonly inPlace: boolean;
}

export interface TrafficSlice {
  /** The one that is shown; it ran on the cluster that is shown. */
  readonly conversation: Conversation | undefined;
  readonly track: Track | undefined;
  /** Sends whose answers are awaited. */
  readonly sending: number;
  /** The last flow that ran, for sending it once more. */
  readonly lastFlow: Flow | undefined;
}

export interface PlaybackSlice {
  readonly playing: boolean;
  /** Id of the step that is shown. */
  readonly step: number | undefined;
  /** Id of the step whose sentence is shown: the telling one while playing. */
  readonly told: number | undefined;
}

export interface ComposerSlice {
  readonly draft: Draft;
  readonly problems: DraftProblems;
  readonly from: ResolvedReference | undefined;
  readonly to: ResolvedReference | undefined;
}

export interface ManifestsSlice {
  /** What the editor holds; undefined until the manifests were asked for. */
  readonly sources: readonly ManifestSource[] | undefined;
  /** Name of the source that is shown. */
  readonly open: string | undefined;
  readonly edited: boolean;
  /** Why the last attempt was refused. */
  readonly problems: readonly ManifestProblem[];
  readonly loading: boolean;
}

/** What the dock shows beside tables. */
export type DockPane = 'terminal' | 'objects' | 'routing' | 'manifests';
export type DockTab = Tool | DockPane;

export interface SelectionSlice {
  readonly dock: DockTab;
  /** Whose tables the dock shows; undefined: the shown step's. */
  readonly pinned: NetnsId | undefined;
  /** The dock turns to the table that decided, as playback moves. */
  readonly followTable: boolean;
  /** Only the lines that the packet met, where it met any. */
  readonly walkedOnly: boolean;
  /** What the last change made of a table, in place of the table. */
  readonly changed: boolean;
  /** What the pointer or the focus is on, in any view. */
  readonly pointed: EntryRef | undefined;
  /** Asks the command line to take the focus. */
  readonly toCommandLine: boolean;
  /** The page of addresses is open. */
  readonly addresses: boolean;
  /** Asks the views to come forward, on small screens. */
  readonly panel: 'composer' | 'inspector' | undefined;
}

/** Something that happened and is worth a word. */
export interface Notice {
  readonly id: number;
  readonly kind: 'news' | 'trouble';
  readonly title: string;
  readonly text: string;
}
