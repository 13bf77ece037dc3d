import type { ClusterView } from '../../datamodel/cluster/view.ts';
import { middleOf } from '../geometry.ts';
import type { Lane } from '../place.ts';
import type { Column, SceneLayout, Station } from './model.ts';

type Drawing = Omit<SceneLayout, 'stations' | 'stationOf'>;
const LANES: readonly Lane[] = ['down', 'up'];

/** All that can be lit, focused or stopped at, by id. */
export function drawnStations(drawing: Drawing, cluster: ClusterView): ReadonlyMap<string, Station> {
  const stations = new Map<string, Station>();
  const add = (station: Station): void => void stations.set(station.id, station);
  for (const column of drawing.columns) columnStations(column, add);
  const { underlay } = drawing;
  add({
    id: underlay.station,
    netns: underlay.station,
    kind: 'underlay',
    name: `underlay ${cluster.underlay.prefix}`,
    box: underlay.box,
    dot: { x: underlay.box.x + underlay.box.width / 2, y: underlay.lineY },
  });
  for (const { netns, station, box, dot, name } of drawing.routers)
    add({ id: station, netns, kind: 'router', name: `router ${name}`, box, dot });
  for (const { kind, netns, station, box, dot, address } of drawing.outside) {
    const word = kind === 'load-balancer' ? 'load balancer' : 'outside host';
    add({ id: station, netns, kind: 'outside', name: `${word} ${address}`, box, dot });
  }
  for (const { netns, station, box, name } of drawing.tiles)
    add({ id: station, netns, kind: 'tile', name, box, dot: middleOf(box) });
  if (drawing.tileFold) {
    const { station, box, count } = drawing.tileFold;
    add({ id: station, netns: '', kind: 'fold', name: `${count} more nodes`, box, dot: middleOf(box) });
  }
  return stations;
}

function columnStations(column: Column, add: (station: Station) => void): void {
  for (const pod of column.pods) {
    add({ id: pod.station, netns: pod.netns, kind: 'pod', name: `Pod ${pod.name}`, box: pod.box, dot: pod.dot });
    const { connect, veth } = pod;
    if (connect) {
      const name = `Pod ${pod.name}, programs of its sockets`;
      add({ id: connect.station, netns: pod.netns, kind: 'connect', name, box: connect.box, dot: connect.dot });
    }
    if (!veth) continue;
    const box = { x: veth.dot.x - 8, y: veth.dot.y - 9, width: veth.labelWidth + 12, height: 18 };
    add({
      id: veth.station,
      netns: column.netns,
      kind: 'veth',
      name: `${column.name}, ${veth.name}`,
      box,
      dot: veth.dot,
    });
  }
  if (column.fold) {
    const { box, station, names } = column.fold;
    add({
      id: station,
      netns: column.netns,
      kind: 'fold',
      name: `${names.length} more Pods on ${column.name}`,
      box,
      dot: { x: box.x + 14, y: box.y + box.height - 13 },
    });
  }
  for (const block of column.blocks) {
    for (const row of block.rows) {
      for (const lane of LANES) {
        const face = row.faces[lane];
        if (!face) continue;
        const dot = { x: column.laneX[lane], y: row.box.y + row.box.height / 2 };
        add({ id: face.station, netns: column.netns, kind: face.kind, lane, name: face.name, box: row.box, dot });
      }
    }
  }
}
