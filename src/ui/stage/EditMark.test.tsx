// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EditView } from '../../datamodel/cluster/view.ts';
import { makeCluster } from '../../scene/testing/cluster.ts';
import { editCounts } from './EditMark.tsx';
import { Stage } from './Stage.tsx';

let width = 786;

beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly #tell: ResizeObserverCallback;
      constructor(tell: ResizeObserverCallback) {
        this.#tell = tell;
      }
      observe(): void {
        const contentRect = { width, height: 634 } as DOMRectReadOnly;
        this.#tell([{ contentRect } as ResizeObserverEntry], this as unknown as ResizeObserver);
      }
      disconnect(): void {}
    },
  );
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const playhead = { get: () => 0, subscribe: () => () => undefined };

function show(netns: readonly string[], shape = makeCluster({ nodes: 3, pods: [2] })): void {
  const edits = netns.map((each, id): EditView => ({ id, netns: each, line: 'ip route', owners: [] }));
  render(
    <Stage
      cluster={{ ...shape, edits }}
      level="plumbing"
      selectedStep={undefined}
      onSelectStep={vi.fn()}
      playhead={playhead}
    />,
  );
}

it('counts command lines per namespace', () => {
  const edits = ['a', 'b', 'a'].map((netns, id): EditView => ({ id, netns, line: '', owners: [] }));
  expect([...editCounts(edits)]).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
  expect(editCounts(undefined).size).toBe(0);
});

it('marks nodes, Pods and hosts outside, to be seen and heard, and no others', () => {
  const cluster = makeCluster({ nodes: 3, pods: [2] });
  const [pod] = cluster.pods.filter((each) => !each.hostNetwork);
  const [host] = cluster.outside;
  show(['node/worker-01', 'node/worker-01', pod?.netns ?? '', ...(host ? [host.netns] : [])], cluster);
  expect(
    screen.getByRole('button', { name: /^Node worker-01,.*, 2 changes$/ }).querySelector('.stage-edited title')
      ?.textContent,
  ).toBe('2 changes by your commands');
  expect(screen.getByRole('button', { name: new RegExp(`^Pod ${pod?.name},.*, 1 change$`) })).toBeDefined();
  if (host) expect(screen.getByRole('button', { name: /^Host outside.*, 1 change$/ })).toBeDefined();
  expect(document.querySelectorAll('.stage-edited')).toHaveLength(host ? 3 : 2);
});

it.each([390, 786, 1400])('takes its room from no word beside it on a stage of %i pixels', (pixels) => {
  width = pixels;
  const cluster = makeCluster({ nodes: 12, pods: [3] });
  show(
    [...cluster.nodes, ...cluster.pods, ...cluster.outside].map(({ netns }) => netns),
    cluster,
  );
  const marks = [...document.querySelectorAll('.stage-edited')];
  expect(marks.length).toBeGreaterThan(4);
  for (const mark of marks) {
    const number = mark.querySelector('text');
    const left = Number(/^M([\d.]+)/.exec(mark.querySelector('path')?.getAttribute('d') ?? '')?.[1]);
    const y = number?.getAttribute('y');
    for (const text of mark.parentElement?.querySelectorAll(':scope > text') ?? []) {
      if (text.getAttribute('y') !== y || text.textContent === '') continue;
      const [from, to] = extent(text);
      const right = Number(number?.getAttribute('x'));
      expect(to <= left || from >= right, `${text.textContent} at ${from}-${to}, mark at ${left}-${right}`).toBe(true);
    }
  }
});

/** As narrow as its characters can be: what overlaps so overlaps in any browser. */
function extent(text: Element): readonly [number, number] {
  const shown = text.lastChild?.textContent ?? '';
  const size = Number(text.getAttribute('font-size')) * (text.classList.contains('stage-terminal') ? 0.6 : 0.45);
  const x = Number(text.getAttribute('x'));
  const length = shown.length * size;
  const anchor = text.getAttribute('text-anchor');
  if (anchor === 'end') return [x - length, x];
  return anchor === 'middle' ? [x - length / 2, x + length / 2] : [x, x + length];
}
