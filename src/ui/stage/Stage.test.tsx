// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { Profiler } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCluster } from '../../scene/testing/cluster.ts';
import { articleCluster, TO_SERVICE } from '../../scene/testing/flows.ts';
import { buildTimeline, settledTime } from '../../scene/timeline.ts';
import type { Playhead } from './playhead.ts';
import { Stage, type StageProps } from './Stage.tsx';

const { view, send } = articleCluster();
send(TO_SERVICE);
const conversation = send(TO_SERVICE);
const timeline = buildTimeline(conversation);
const dnat = timeline.segments.find((segment) => segment.step.type === 'translate')!;

class Hand implements Playhead {
  time = 0;
  readonly listeners = new Set<() => void>();
  get = (): number => this.time;
  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  seek(time: number): void {
    this.time = time;
    for (const listener of this.listeners) listener();
  }
}

let calm = false;

beforeEach(() => {
  calm = false;
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly #tell: ResizeObserverCallback;
      constructor(tell: ResizeObserverCallback) {
        this.#tell = tell;
      }
      observe(): void {
        const contentRect = { width: 786, height: 634 } as DOMRectReadOnly;
        this.#tell([{ contentRect } as ResizeObserverEntry], this as unknown as ResizeObserver);
      }
      disconnect(): void {}
    },
  );
  vi.stubGlobal('matchMedia', () => ({ matches: calm }));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show(props: Partial<StageProps> = {}) {
  const playhead = new Hand();
  const commits = vi.fn();
  const all: StageProps = {
    cluster: view,
    conversation,
    timeline,
    level: 'plumbing',
    selectedStep: 0,
    onSelectStep: vi.fn(),
    playhead,
    ...props,
  };
  render(
    <Profiler id="stage" onRender={commits}>
      <Stage {...all} />
    </Profiler>,
  );
  return { playhead, commits };
}

describe('the stage', () => {
  it('moves the capsule by the playhead, without a React commit', () => {
    const { playhead, commits } = show();
    const before = commits.mock.calls.length;
    const capsule = screen.getByTestId('capsule');
    const moving = timeline.segments.find((segment) => segment.step.type === 'bridge')!;
    const places = [0.05, 0.2, 0.4].map((share) => {
      act(() => playhead.seek(moving.start + (moving.end - moving.start) * share));
      return capsule.getAttribute('transform');
    });
    expect(new Set(places).size).toBeGreaterThan(1);
    expect(commits.mock.calls.length).toBe(before);
  });

  it('says whether the capsule moves, and lets it rest when the playhead does', () => {
    vi.useFakeTimers();
    const { playhead } = show();
    const capsule = screen.getByTestId('capsule');
    act(() => playhead.seek(timeline.segments.find((segment) => segment.step.type === 'bridge')!.start + 5));
    expect(capsule.dataset.moving).toBe('true');
    act(() => void vi.advanceTimersByTime(500));
    expect(capsule.dataset.moving).toBe('false');
    vi.useRealTimers();
  });

  it('carries its destination, which DNAT changes', () => {
    const { playhead } = show();
    const label = () => screen.getByTestId('capsule').querySelector('.stage-capsule-label')?.textContent;
    act(() => playhead.seek(0));
    expect(label()).toBe('10.96.42.10:80');
    act(() => playhead.seek(settledTime(dnat)));
    expect(label()).toBe('10.244.2.47:8080');
  });

  it('steps instead of sliding where motion is unwelcome', () => {
    calm = true;
    const { playhead } = show();
    const moving = timeline.segments.find((segment) => segment.step.type === 'encapsulate')!;
    const places = [0.05, 0.5, 0.95].map((share) => {
      act(() => playhead.seek(moving.start + (moving.end - moving.start) * share));
      return screen.getByTestId('capsule').getAttribute('transform');
    });
    expect(new Set(places).size).toBe(1);
  });

  it('lights the station of the step and says what it decided', () => {
    show({ selectedStep: dnat.step.id });
    const station = screen.getByRole('button', { current: 'step' });
    expect(station.getAttribute('aria-label')).toBe('worker-01, prerouting at the bridge port: DNAT → backend-r8m3q');
  });

  it('selects a step by Enter, by click, and tells what is pointed at', () => {
    const onSelectStep = vi.fn();
    const onHover = vi.fn();
    show({ selectedStep: dnat.step.id, onSelectStep, onHover });
    const station = screen.getByRole('button', { name: /^worker-02, flannel\.1/ });
    fireEvent.keyDown(station, { key: 'Enter' });
    fireEvent.click(station);
    expect(onSelectStep).toHaveBeenCalledTimes(2);
    expect(timeline.bySteps.get(onSelectStep.mock.calls[0]?.[0])?.step.netns).toBe('node/worker-02');
    fireEvent.focus(screen.getByRole('button', { current: 'step' }));
    expect(onHover).toHaveBeenLastCalledWith({ netns: 'node/worker-01', step: dnat.step.id, entry: dnat.step.entry });
    fireEvent.blur(screen.getByRole('button', { current: 'step' }));
    expect(onHover).toHaveBeenLastCalledWith(undefined);
  });

  it('swaps a tile in when it is chosen', () => {
    const onSelectNode = vi.fn();
    show({
      cluster: makeCluster({ nodes: 12, pods: [2] }),
      conversation: undefined,
      timeline: undefined,
      selectedStep: undefined,
      onSelectNode,
    });
    expect(screen.queryByRole('button', { name: /^Node worker-09/ })).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Show node worker-09' }));
    expect(onSelectNode).toHaveBeenCalledWith('node/worker-09');
    expect(screen.getByRole('button', { name: /^Node worker-09/ })).toBeDefined();
    expect(screen.queryByRole('button', { name: 'Show node worker-09' })).toBeNull();
  });

  it('has no text under 11 pixels', () => {
    for (const level of ['cluster', 'plumbing', 'kernel'] as const) {
      show({ level, selectedStep: dnat.step.id });
      const sizes = [...document.querySelectorAll('.stage svg text')].map((text) =>
        Number(text.getAttribute('font-size')),
      );
      expect(sizes.length).toBeGreaterThan(20);
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
      cleanup();
    }
  });
});
