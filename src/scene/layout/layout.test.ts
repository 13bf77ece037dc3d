import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, contains, overlaps } from '../geometry.ts';
import { NOBODY } from '../involved.ts';
import { makeCluster } from '../testing/cluster.ts';
import { anyLayoutInput } from '../testing/shapes.ts';
import { type LayoutInput, layoutScene } from './layout.ts';
import type { Column, SceneLayout } from './model.ts';

const STAGE: Omit<LayoutInput, 'cluster'> = {
  level: 'plumbing',
  width: 786,
  height: 634,
  involved: NOBODY,
  chosen: [],
};

function expectApart(boxes: readonly Box[]): void {
  const touching = boxes.flatMap((box, i) => boxes.slice(i + 1).filter((other) => overlaps(box, other)));
  expect(touching).toEqual([]);
}

function expectInside(outer: Box, boxes: readonly Box[]): void {
  expect(boxes.filter((box) => !contains(outer, box))).toEqual([]);
}

function partsOf(column: Column): Box[] {
  return [
    ...column.pods.map((pod) => pod.box),
    ...(column.fold ? [column.fold.box] : []),
    ...column.blocks.map((block) => block.box),
  ];
}

function topLevelBoxes(layout: SceneLayout): Box[] {
  return [
    ...layout.columns.map((column) => column.box),
    layout.underlay.box,
    ...layout.outside.map((host) => host.box),
    ...layout.tiles.map((tile) => tile.box),
    ...(layout.tileFold ? [layout.tileFold.box] : []),
  ];
}

describe('any cluster on any stage', () => {
  it('has no two boxes that overlap, and none that sticks out', () => {
    fc.assert(
      fc.property(anyLayoutInput, (input) => {
        const layout = layoutScene(input);
        const all = { x: 0, y: 0, width: layout.width, height: layout.height };
        expectApart(topLevelBoxes(layout));
        expectInside(all, topLevelBoxes(layout));
        for (const column of layout.columns) {
          expectApart(partsOf(column));
          expectInside(column.box, partsOf(column));
          for (const block of column.blocks) {
            const rows = block.rows.map((row) => row.box);
            expectApart(rows);
            expectInside(block.box, rows);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('draws everybody who takes part, and every node somewhere', () => {
    fc.assert(
      fc.property(anyLayoutInput, (input) => {
        const layout = layoutScene(input);
        const columns = new Set(layout.columns.map((column) => column.netns));
        for (const netns of input.involved.nodes) expect(columns.has(netns)).toBe(true);
        const latest = input.chosen[0];
        if (latest !== undefined) expect(columns.has(latest)).toBe(true);
        expect(columns.size + layout.tiles.length + (layout.tileFold?.count ?? 0)).toBe(input.cluster.nodes.length);
        for (const netns of input.involved.outside)
          expect(layout.outside.some((host) => host.netns === netns)).toBe(true);
        for (const column of layout.columns) {
          const own = input.cluster.pods.filter((pod) => pod.node === column.name);
          expect(column.pods.length + (column.fold?.names.length ?? 0)).toBe(own.length);
          const wanted = own.filter((pod) => input.involved.pods.has(pod.netns)).slice(0, 2);
          for (const pod of wanted) expect(column.pods.some((box) => box.netns === pod.netns && box.wired)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps wires where no label is', () => {
    fc.assert(
      fc.property(anyLayoutInput, (input) => {
        const layout = layoutScene(input);
        expect(layout.underlay.lineY).toBeLessThan(layout.underlay.box.y + layout.underlay.box.height - 22);
        for (const column of layout.columns) {
          const words = (column.blocks[0]?.box.x ?? column.box.x) + 40;
          expect(Math.max(column.laneX.down, column.laneX.up)).toBeLessThan(words - 8);
          expect(column.jogY).toBeLessThan(column.blocks[0]?.box.y ?? Number.POSITIVE_INFINITY);
          const podBottom = Math.max(...column.pods.map((pod) => pod.box.y + pod.box.height), 0);
          for (const { veth } of column.pods) if (veth) expect(column.jogY).toBeGreaterThan(veth.dot.y + 8);
          expect(column.jogY).toBeGreaterThan(podBottom);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('a node', () => {
  it('is drawn from its real devices', () => {
    const kinds = (shape: Parameters<typeof makeCluster>[0]): string[] =>
      layoutScene({ ...STAGE, cluster: makeCluster(shape) }).columns[0]!.blocks.map((block) => block.kind);
    expect(kinds({ nodes: 1, pods: [1] })).toEqual(['port', 'bridge', 'kernel', 'tunnel', 'outer', 'nic']);
    expect(kinds({ nodes: 1, pods: [1], backend: 'host-gw' })).toEqual(['port', 'bridge', 'kernel', 'nic']);
    expect(kinds({ nodes: 1, pods: [1], bridgeNetfilter: false })).toEqual([
      'bridge',
      'kernel',
      'tunnel',
      'outer',
      'nic',
    ]);
  });

  it('has each lane in the order in which packets meet the hooks', () => {
    const [column] = layoutScene({ ...STAGE, cluster: makeCluster({ nodes: 1, pods: [1] }) }).columns;
    const rows = column!.blocks.find((block) => block.kind === 'kernel')!.rows;
    expect(rows.map((row) => row.faces.down?.label)).toEqual([
      'prerouting',
      'route',
      'local process',
      'forward',
      'postrouting',
    ]);
    expect(rows.map((row) => row.faces.up?.label).reverse()).toEqual([
      'prerouting',
      'route',
      'local process',
      'forward',
      'postrouting',
    ]);
  });

  it("lets a forwarded packet change lanes without going back: beside each lane's route stands the other's forward", () => {
    const [column] = layoutScene({ ...STAGE, cluster: makeCluster({ nodes: 1, pods: [1] }) }).columns;
    const rows = column!.blocks.find((block) => block.kind === 'kernel')!.rows;
    const pairs = rows.map((row) => `${row.faces.down?.label} | ${row.faces.up?.label}`);
    expect(pairs).toContain('route | forward');
    expect(pairs).toContain('forward | route');
    expect(pairs).toContain('local process | local process');
  });

  it('shows at kernel level only tables that hold rules, conntrack where Linux runs it', () => {
    const cluster = makeCluster({ nodes: 1, pods: [1] });
    const [column] = layoutScene({ ...STAGE, level: 'kernel', cluster }).columns;
    const rows = column!.blocks.find((block) => block.kind === 'kernel')!.rows.map((row) => row.faces.down);
    expect(rows.slice(0, 4).map((face) => face?.label)).toEqual(['prerouting', 'conntrack', 'nat PREROUTING', 'route']);
    // arriving is read upwards: the hook itself is met before its tables
    const up = column!.blocks
      .find((block) => block.kind === 'kernel')!
      .rows.flatMap((row) => row.faces.up?.label ?? []);
    expect(up.slice(-4)).toEqual(['route', 'nat PREROUTING', 'conntrack', 'prerouting']);
    expect(
      new Set(column!.blocks.find((block) => block.kind === 'kernel')!.rows.map((row) => row.box.height)).size,
    ).toBe(1);
    expect(rows.some((face) => face?.label.startsWith('mangle'))).toBe(false);
  });
});

describe('the stage at 1440 by 900', () => {
  it('fits three nodes without scrolling', () => {
    const layout = layoutScene({ ...STAGE, cluster: makeCluster({ nodes: 3, pods: [2] }) });
    expect([layout.width, layout.height, layout.columns.length]).toEqual([786, 634, 3]);
  });

  it('keeps columns where they are when another Pod is asked', () => {
    const cluster = makeCluster({ nodes: 3, pods: [2] });
    const place = (nodes: readonly number[]) => {
      const involved = { ...NOBODY, nodes: new Set(nodes.map((at) => cluster.nodes[at]!.netns)) };
      return layoutScene({ ...STAGE, cluster, involved }).columns.map((column) => [column.netns, column.box]);
    };
    expect(place([0, 1])).toEqual(place([2]));
  });

  it('folds 40 Pods, and swaps a tile in when it is chosen', () => {
    const cluster = makeCluster({ nodes: 60, pods: [40] });
    const first = layoutScene({ ...STAGE, cluster });
    expect(first.columns[0]?.fold?.names).toHaveLength(38);
    const chosen = first.tiles.at(-1)!.netns;
    const second = layoutScene({ ...STAGE, cluster, chosen: [chosen] });
    expect(second.columns.map((column) => column.netns)).toContain(chosen);
    expect(second.columns).toHaveLength(first.columns.length);
  });
});
