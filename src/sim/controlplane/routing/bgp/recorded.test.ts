import { describe, expect, it } from 'vitest';
import type { BgpDeed } from '../../../../datamodel/bgp/operation.ts';
import type { BgpPlan } from '../../../../datamodel/bgp/plan.ts';
import type { BgpSpeakerState } from '../../../../datamodel/bgp/state.ts';
import { printBgpKernelRoute } from '../../../../print/bgpKernelRoute.ts';
import { printBirdProtocols } from '../../../../print/birdProtocols.ts';
import { printBirdRoutes } from '../../../../print/birdRoutes.ts';
import { ControlPlane } from './controlPlane.ts';
import { type RecordedChange, type RecordedPhases, recordedChanges, recordedPhases } from './testing/recorded.ts';
import { recordedLeafSpine, recordedMesh } from './testing/recordedPlans.ts';
import { recordedRedundantReflectors, recordedReflectors, recordedSubnets } from './testing/reflectorPlans.ts';

interface Step {
  readonly at: number;
  readonly does?: BgpDeed;
  /** The recording of this moment. */
  readonly shows?: string;
}

/** What was done to the recorded mesh and when, seconds after the first BIRD was started. */
const meshSteps: readonly Step[] = [
  { at: 2.9, shows: 'converged' },
  { at: 3.73, does: { kind: 'shutdown', speaker: 'n3' } },
  { at: 3.79, shows: 'n3_clean_shutdown' },
  { at: 3.845, does: { kind: 'start', speaker: 'n3' } },
  { at: 8.772, does: { kind: 'crash', speaker: 'n3' } },
  { at: 10.78, shows: 'n3_crashed_graceful_restart' },
  { at: 18.82, does: { kind: 'start', speaker: 'n3' } },
  { at: 26.443, does: { kind: 'crash', speaker: 'n3' } },
  { at: 148.03, shows: 'n3_crashed_gone' },
  { at: 148.06, does: { kind: 'start', speaker: 'n3' } },
  { at: 151.98, does: { kind: 'drop', link: 'lan', speaker: 'n2' } },
  { at: 330.2, shows: 'n2_silent' },
  { at: 330.25, does: { kind: 'pass', link: 'lan', speaker: 'n2' } },
];

const leafSpineSteps: readonly Step[] = [
  { at: 3.13, shows: 'converged' },
  { at: 3.14, does: { kind: 'interface-down', speaker: 't1', interface: 'to-s1' } },
  { at: 4.18, shows: 't1_s1_link_down' },
  { at: 4.26, does: { kind: 'interface-up', speaker: 't1', interface: 'to-s1' } },
  { at: 12.6, does: { kind: 'drop', link: 't1-s1' } },
  { at: 27.27, shows: 't1_s1_silent' },
  { at: 27.37, does: { kind: 'pass', link: 't1-s1' } },
  { at: 33.155, does: { kind: 'interface-down', speaker: 'n3', interface: 'to-t2' } },
  { at: 35.17, shows: 'n3_link_down' },
];

/** A node of the mesh whose interface goes down, and with it the default route that BIRD had learned from the kernel. */
const interfaceSteps: readonly Step[] = [
  { at: 8.31, does: { kind: 'interface-down', speaker: 'n3', interface: 'eth0' } },
  { at: 9.3, shows: 'n3_interface_down' },
  { at: 11.77, does: { kind: 'interface-up', speaker: 'n3', interface: 'eth0' } },
  { at: 16, shows: 'n3_interface_up' },
];

/** Runs the steps and gives what every recorded speaker says at the recorded moments. */
function play(plan: BgpPlan, steps: readonly Step[], seed: number, until: number) {
  const controlPlane = new ControlPlane(plan, seed);
  const shown = new Map<string, ReadonlyMap<string, BgpSpeakerState>>();
  for (const { at, does } of steps) if (does) controlPlane.plan({ at, does });
  for (const { at, shows } of steps) {
    controlPlane.runUntil(at);
    if (!shows) continue;
    const states = plan.speakers.map(({ name }) => [name, controlPlane.stateOf(name)] as const);
    shown.set(shows, new Map(states.filter((state): state is readonly [string, BgpSpeakerState] => !!state[1])));
  }
  controlPlane.runUntil(until);
  return { controlPlane, shown };
}

/** What a speaker prints, in the form of the recordings. */
function printed(state: BgpSpeakerState): Readonly<Record<string, readonly string[]>> {
  return {
    'birdc show protocols': masked(printBirdProtocols(state)),
    'birdc show route all': masked(printBirdRoutes(state, true)),
    'ip route': masked(state.kernel.flatMap(printBgpKernelRoute)),
  };
}

function masked(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/\d\d:\d\d:\d\d\.\d{3}/, '00:00:00.000').trimEnd());
}

/** Each recorded command of each speaker and phase as a case of its own. */
function casesOf(recorded: RecordedPhases) {
  return [...recorded].flatMap(([phase, speakers]) =>
    [...speakers].flatMap(([speaker, commands]) =>
      [...commands].map(([command, lines]) => ({ phase, speaker, command, lines })),
    ),
  );
}

/** Kernel changes by BIRD, and subnets that come back with their interface, as `ip monitor route` prints them. */
function monitored(controlPlane: ControlPlane): readonly RecordedChange[] {
  const changes: RecordedChange[] = [];
  for (const { at, what } of controlPlane.events) {
    if (what.kind !== 'kernel' || (what.by === 'kernel' && (!what.route || what.old))) continue;
    const route = what.route ?? what.old;
    if (!route) continue;
    const text = printBgpKernelRoute(route)
      .map((line) => line.trim())
      .join(' ');
    changes.push({ at: at / 1e9, speaker: what.speaker, text: what.route ? text : `Deleted ${text}` });
  }
  return changes;
}

function between(changes: readonly RecordedChange[], from: number, to: number): readonly RecordedChange[] {
  return changes.filter(({ at }) => at >= from && at < to);
}

/** Whatever was recorded clearly before something else also comes before it here. */
function expectOrder(changes: readonly RecordedChange[], recorded: readonly RecordedChange[], clearly: number): void {
  const name = ({ speaker, text }: RecordedChange) => `${speaker}: ${text}`;
  const order = changes.map(name);
  expect([...order].sort()).toEqual(recorded.map(name).sort());
  for (const first of recorded) {
    const after = recorded.filter(({ at }) => at - first.at > clearly);
    for (const second of after) expect(order.indexOf(name(first))).toBeLessThan(order.indexOf(name(second)));
  }
}

// The seeds with which the dice fell as they did when it was recorded: who connects first, whose timer is a second shorter.
const MESH_SEED = 2;
const LEAF_SPINE_SEED = 24;

describe('a full mesh, as recorded of BIRD 2.0.12', () => {
  const { shown } = play(recordedMesh(), meshSteps, MESH_SEED, 340);

  it.each(casesOf(recordedPhases('mesh')))('$phase: $speaker says the same to $command', (recorded) => {
    const state = shown.get(recorded.phase)?.get(recorded.speaker);
    expect(state && printed(state)[recorded.command]).toEqual(recorded.lines);
  });
});

describe('a node of the mesh without its interface, as recorded of BIRD 2.0.12', () => {
  const { shown } = play(recordedMesh(), interfaceSteps, 1, 17);

  it.each(casesOf(recordedPhases('interfaceDown')))('$phase: $speaker says the same to $command', (recorded) => {
    const state = shown.get(recorded.phase)?.get(recorded.speaker);
    expect(state && printed(state)[recorded.command]).toEqual(recorded.lines);
  });
});

describe('a leaf-spine fabric, as recorded of BIRD 2.0.12', () => {
  const { controlPlane, shown } = play(recordedLeafSpine(), leafSpineSteps, LEAF_SPINE_SEED, 40);
  const changes = monitored(controlPlane);
  const recording = recordedChanges('leafspine');

  it.each(casesOf(recordedPhases('leafspine')))('$phase: $speaker says the same to $command', (recorded) => {
    const state = shown.get(recorded.phase)?.get(recorded.speaker);
    expect(state && printed(state)[recorded.command]).toEqual(recorded.lines);
  });

  it.each([
    { what: 'a link goes down that both ends see', from: 3.13, to: 4.2, clearly: 0.0004 },
    { what: 'it comes up again', from: 4.2, to: 12, clearly: 0.5 },
    { what: 'it drops everything', from: 12.6, to: 27, clearly: 0.5 },
    { what: 'the only link of a node goes down', from: 33.15, to: 40, clearly: 0.0004 },
  ])('kernels change in the order of the recording when $what', ({ from, to, clearly }) => {
    expectOrder(between(changes, from, to), between(recording, from, to), clearly);
  });
});

describe.each([
  { name: 'reflectors', what: 'two route reflectors, each with its clients', plan: recordedReflectors() },
  { name: 'redundant', what: 'two route reflectors of one cluster', plan: recordedRedundantReflectors() },
  { name: 'subnets', what: 'a mesh over a router that speaks no BGP', plan: recordedSubnets() },
])('$what, as recorded of BIRD 2.0.12', ({ name, plan }) => {
  const { shown } = play(plan, [{ at: 8, shows: 'converged' }], 1, 8);

  it.each(casesOf(recordedPhases(name)))('$speaker says the same to $command', (recorded) => {
    const state = shown.get(recorded.phase)?.get(recorded.speaker);
    expect(state && printed(state)[recorded.command]).toEqual(recorded.lines);
  });
});
