import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Place, Slot } from '../place.ts';
import { type Column, connectStation, deviceStation, rowStation, type SceneLayout, type Station } from './model.ts';

type Drawing = Omit<SceneLayout, 'stations' | 'stationOf'>;

/** Rows that stand for several hooks where there is less detail. */
const GROUPS: Readonly<Partial<Record<Slot, 'local' | 'outer' | 'ports'>>> = {
  socket: 'local',
  connect: 'local',
  input: 'local',
  output: 'local',
  portPrerouting: 'ports',
  portForward: 'ports',
  portPostrouting: 'ports',
  outerPrerouting: 'outer',
  outerRoute: 'outer',
  outerInput: 'outer',
  outerOutput: 'outer',
  outerPostrouting: 'outer',
};

/** What a hook is drawn as where its own row is not: without a bridge or a tunnel there is one pass through the hooks. */
const STAND_INS: Readonly<Partial<Record<Slot, Slot>>> = {
  connect: 'socket',
  portPrerouting: 'prerouting',
  portForward: 'forward',
  portPostrouting: 'postrouting',
  outerPrerouting: 'prerouting',
  outerRoute: 'route',
  outerInput: 'input',
  outerOutput: 'output',
  outerPostrouting: 'postrouting',
};

/** Finds the one drawn station of a place: its own, else that of what stands for it. Total. */
export function stationFinder(
  drawing: Drawing,
  stations: ReadonlyMap<string, Station>,
  cluster: ClusterView,
): (place: Place) => Station {
  const columns = new Map(drawing.columns.map((column) => [column.netns, column]));
  const nodeOf = new Map<NetnsId, NetnsId>();
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  const foldedVeths = new Map<string, NetnsId>();
  for (const pod of cluster.pods) {
    const node = pod.node === undefined ? undefined : nodes.get(pod.node);
    if (!node) continue;
    if (!pod.hostNetwork) nodeOf.set(pod.netns, node.netns);
    if (pod.hostDevice !== undefined) foldedVeths.set(`${node.netns} ${pod.hostDevice}`, pod.netns);
  }
  const underlay = stations.get(drawing.underlay.station)!;
  const isNode = new Set(cluster.nodes.map((node) => node.netns));

  const elsewhere = (netns: NetnsId): Station =>
    stations.get(`${netns} tile`) ??
    (isNode.has(netns) ? stations.get(drawing.tileFold?.station ?? '') : undefined) ??
    underlay;

  const inColumn = (column: Column, place: Place): Station | undefined => {
    const { netns, lane, slot } = place;
    if (slot === 'device') {
      const device = place.device ?? '';
      const own =
        stations.get(deviceStation(netns, lane, device)) ?? stations.get(deviceStation(netns, 'down', device));
      if (own) return own;
      const pod = foldedVeths.get(`${netns} ${device}`);
      if (pod !== undefined && drawing.level !== 'cluster') return column.fold && stations.get(column.fold.station);
      return (
        stations.get(rowStation(netns, lane, 'local')) ??
        stations.get(rowStation(netns, lane, 'socket')) ??
        stations.get(rowStation(netns, lane, 'node'))
      );
    }
    const group = GROUPS[slot];
    const standIn = STAND_INS[slot];
    return (
      (place.part && stations.get(rowStation(netns, lane, slot, place.part))) ??
      stations.get(rowStation(netns, lane, slot)) ??
      (group && stations.get(rowStation(netns, lane, group))) ??
      (standIn && inColumn(column, { ...place, slot: standIn })) ??
      stations.get(rowStation(netns, lane, 'node'))
    );
  };

  return (place) => {
    const { netns } = place;
    const column = columns.get(netns);
    if (column) return inColumn(column, place) ?? underlay;
    const direct = (place.slot === 'connect' && stations.get(connectStation(netns))) || stations.get(netns);
    if (direct) return direct;
    const home = nodeOf.get(netns);
    if (home === undefined) return elsewhere(netns);
    const fold = columns.get(home)?.fold;
    return (fold && stations.get(fold.station)) ?? elsewhere(home);
  };
}
