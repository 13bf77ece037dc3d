import type { OutsideView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { RouterRole } from '../../datamodel/network/topology.ts';
import type { DetailLevel } from '../detail.ts';
import type { Box, Point } from '../geometry.ts';
import type { HookPart, Lane, Place, Slot } from '../place.ts';

/** What kind of thing a station is, for its looks. */
export type StationKind =
  | 'pod'
  | 'connect'
  | 'veth'
  | 'hook'
  | 'bridge'
  | 'socket'
  | 'tunnel'
  | 'nic'
  | 'node'
  | 'underlay'
  | 'router'
  | 'outside'
  | 'fold'
  | 'tile';

/** A place where packets stop: the one drawing of every {@link Place} that maps to it. */
export interface Station {
  /** Unique in the layout and the same in every layout that draws it. */
  readonly id: string;
  readonly netns: NetnsId;
  readonly kind: StationKind;
  /** Of stations that only one lane has. */
  readonly lane?: Lane;
  /** What a person calls it: `worker-01, prerouting`. */
  readonly name: string;
  /** Where it is focused and hovered: nothing else is. */
  readonly box: Box;
  /** The mark on the line. Stations of the underlay and of tiles have none of their own. */
  readonly dot: Point;
}

/** One lane's words in a row. */
export interface Face {
  readonly station: string;
  readonly kind: StationKind;
  /** The station's name in full, for people who hear it. */
  readonly name: string;
  readonly label: string;
  readonly labelFont: 'words' | 'terminal';
  readonly strong: boolean;
  /** A second line below the label. */
  readonly note?: string;
  readonly noteTone: 'faint' | 'tunnel';
  /** What stands at the right until a step has something to say there. */
  readonly aside?: string;
  /** A table of a hook. */
  readonly indent: boolean;
  /** Of a hook: the stations of its tables, whose chains stand beside its name. */
  readonly parts?: readonly string[];
}

/** A line of a block: the same height for both lanes, each with its own station there. */
export interface Row {
  readonly box: Box;
  readonly faces: Readonly<Partial<Record<Lane, Face>>>;
}

export type BlockKind = 'port' | 'bridge' | 'kernel' | 'tunnel' | 'outer' | 'nic' | 'node';

/** What a block is, and how much is in it. */
export interface BlockTitle {
  readonly left: string;
  /** From the longest words to the shortest: the first that has room is shown. */
  readonly right: readonly string[];
  /** Nobody keeps it up to date. */
  readonly stale?: true;
}

/** A rounded box of rows. */
export interface Block {
  readonly kind: BlockKind;
  readonly box: Box;
  readonly title?: BlockTitle;
  readonly rows: readonly Row[];
}

export interface PodBox {
  readonly netns: NetnsId;
  readonly station: string;
  readonly box: Box;
  readonly name: string;
  readonly address: string;
  readonly device: string;
  /** Why it gets no new connections. */
  readonly state?: 'not ready' | 'terminating';
  readonly dot: Point;
  /** Where the programs of its cgroup are, if there are any. */
  readonly connect?: { readonly station: string; readonly box: Box; readonly dot: Point };
  /** Its cable is drawn. */
  readonly wired: boolean;
  /** The node's end of the Pod's cable. */
  readonly veth?: { readonly station: string; readonly name: string; readonly dot: Point; readonly labelWidth: number };
}

/** Pods that found no room. */
export interface FoldBox {
  readonly station: string;
  readonly box: Box;
  readonly names: readonly string[];
}

export interface Column {
  readonly netns: NetnsId;
  readonly name: string;
  readonly address: string;
  /** Where its Pods' addresses are from, in words. */
  readonly podRange: string | undefined;
  readonly ready: boolean;
  readonly controlPlane: boolean;
  /** Whether kube-proxy runs there. */
  readonly proxyRunning: boolean;
  readonly box: Box;
  readonly onPath: boolean;
  readonly pods: readonly PodBox[];
  /** How many of its Pods use the node's own network: they are no boxes. */
  readonly hostPods: number;
  /** Where "no Pods" stands when there is none. */
  readonly podArea: Box;
  readonly fold?: FoldBox;
  readonly blocks: readonly Block[];
  readonly laneX: Readonly<Record<Lane, number>>;
  /** Between Pods and the first block: where wires go sideways, below all labels of wires. */
  readonly jogY: number;
  readonly laneTop: number;
  /** Where its cable goes sideways, to what it is plugged into. */
  readonly lineY: number;
  /** The router below that; undefined: the underlay's bar itself. */
  readonly router?: RouterBox;
}

export interface OutsideBox {
  readonly kind: OutsideView['kind'];
  readonly netns: NetnsId;
  readonly station: string;
  readonly box: Box;
  readonly address: string;
  readonly dot: Point;
}

export interface UnderlayBar {
  readonly box: Box;
  readonly station: string;
  readonly label: string;
  /** As much of the label as there is room for. */
  readonly short: string;
  /** Height of the line through it; the label is below. */
  readonly lineY: number;
}

/** A router of a fabric that has several. */
export interface RouterBox {
  readonly netns: NetnsId;
  readonly station: string;
  readonly name: string;
  readonly role: RouterRole;
  readonly label: string;
  readonly box: Box;
  readonly dot: Point;
  /** Tops of the routers below it that its cables lead to. */
  readonly cables: readonly Point[];
}

/** A node that is not drawn as a column. */
export interface Tile {
  readonly netns: NetnsId;
  readonly station: string;
  readonly box: Box;
  readonly name: string;
  readonly ready: boolean;
  /** The name, or the end of it where there is no room. */
  readonly label: string;
}

/** The tiles that found no room. */
export interface TileFold {
  readonly box: Box;
  readonly station: string;
  readonly count: number;
}

/** The whole drawing's geometry for one size, level and choice of columns. */
export interface SceneLayout {
  readonly level: DetailLevel;
  readonly width: number;
  readonly height: number;
  readonly columns: readonly Column[];
  readonly underlay: UnderlayBar;
  /** The routers in the bar; none where the bar is the only one. */
  readonly routers: readonly RouterBox[];
  readonly outside: readonly OutsideBox[];
  readonly outsideFold: number;
  readonly tiles: readonly Tile[];
  readonly tileFold?: TileFold;
  readonly stations: ReadonlyMap<string, Station>;
  /** The one station that draws the place. Total. */
  stationOf(place: Place): Station;
}

/** Identifies a hook's or row's station. Parts are stations of their own only where they are drawn. */
export function rowStation(
  netns: NetnsId,
  lane: Lane,
  slot: Slot | 'local' | 'outer' | 'ports' | 'node',
  part?: HookPart,
): string {
  return `${netns} ${lane} ${slot}${part ? ` ${part}` : ''}`;
}

/** Where a Pod's system calls meet the programs of its cgroup. */
export function connectStation(netns: NetnsId): string {
  return `${netns} connect`;
}

export function deviceStation(netns: NetnsId, lane: Lane, device: string): string {
  return `${netns} ${lane} device ${device}`;
}
