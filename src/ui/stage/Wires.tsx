import { memo } from 'react';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Column, SceneLayout } from '../../scene/layout/model.ts';
import type { Lane } from '../../scene/place.ts';

interface Props {
  readonly layout: SceneLayout;
  readonly lanes: ReadonlyMap<NetnsId, Lane>;
}

/** What packets could ride on: Pods' cables, both lanes of every node, the underlay. */
export const Wires = memo(function Wires({ layout, lanes }: Props) {
  const { underlay, outside, columns } = layout;
  const ends = columns.map((column) => column.laneX.down);
  const right = outside.length > 0 ? (outside[0]?.box.x ?? 0) - 13 : Math.max(...ends, underlay.box.x + 20);
  const left = Math.min(...ends, right);
  const lowest = Math.max(underlay.lineY, ...outside.map((host) => host.dot.y));
  const highest = Math.min(underlay.lineY, ...outside.map((host) => host.dot.y));
  const fabric = layout.routers.length > 0 ? fabricCables(layout, right) : undefined;
  return (
    <g className="stage-wires">
      {!fabric && <path className="stage-wire" d={`M${left} ${underlay.lineY}H${right}`} />}
      {fabric && <path className="stage-wire" d={fabric} />}
      {outside.length > 0 && (
        <path
          className="stage-wire"
          d={`M${right} ${highest}V${lowest}${outside.map((host) => `M${right} ${host.dot.y}H${host.dot.x}`).join('')}`}
        />
      )}
      {columns.map((column) => (
        <g key={column.netns} className={column.onPath || lanes.size === 0 ? undefined : 'stage-dimmed'}>
          <path className="stage-wire" d={cables(column)} />
          {(['down', 'up'] as const).map((lane) => (
            <path
              key={lane}
              className={`stage-wire${(lanes.get(column.netns) ?? 'down') === lane ? '' : ' stage-folded'}`}
              d={`M${column.laneX[lane]} ${column.jogY}V${column.lineY}`}
            />
          ))}
        </g>
      ))}
    </g>
  );
});

/** Nodes' cables to the tops of their racks, hosts' to the first of them, and those between routers. */
function fabricCables({ columns, routers, outside, underlay }: SceneLayout, right: number): string {
  const edge = routers.find(({ role }) => role !== 'spine');
  return [
    ...columns.flatMap(({ laneX, lineY, router }) =>
      router
        ? [
            `M${Math.min(laneX.down, laneX.up)} ${lineY}H${Math.max(laneX.down, laneX.up)}M${laneX.down} ${lineY}H${router.dot.x}V${router.dot.y}`,
          ]
        : [],
    ),
    ...(edge && outside.length > 0 ? [`M${right} ${underlay.lineY}H${edge.dot.x}V${edge.dot.y}`] : []),
    ...routers.flatMap(({ dot, box, cables: ends }) =>
      ends.map((end) => `M${dot.x} ${box.y + box.height}L${end.x} ${end.y}`),
    ),
  ].join('');
}

function cables(column: Column): string {
  const wired = column.pods.filter((pod) => pod.wired).map((pod) => pod.dot);
  if (column.fold) wired.push({ x: column.fold.box.x + 14, y: column.fold.box.y + column.fold.box.height });
  const { down, up } = column.laneX;
  const right = Math.max(up, ...wired.map((dot) => dot.x));
  const left = Math.min(down, ...wired.map((dot) => dot.x));
  return `M${left} ${column.jogY}H${right}${wired.map((dot) => `M${dot.x} ${dot.y}V${column.jogY}`).join('')}`;
}
