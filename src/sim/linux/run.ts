import type { Flow } from '../../datamodel/flow/flow.ts';
import type { Conversation, TableChange } from '../../datamodel/flow/trace.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import { bootKernel } from './boot.ts';
import type { LaterChange, RunChange } from './change.ts';
import { runFlow } from './conversation.ts';
import { EventQueue, type Timer } from './eventQueue.ts';
import type { Kernel, World } from './kernel.ts';
import { lateParts } from './lateParts.ts';
import { learnedTables, NOTHING_LEARNED } from './learned.ts';
import { Recorder } from './recorder.ts';

/** Events (frames on cables, timers, program steps) that one run may take before it is stopped with a word. */
export const EVENT_BUDGET = 200_000;

export interface RunInput {
  readonly flow: Flow;
  /** A namespace's configuration, with what its kernel derives; undefined: nobody has the name. */
  readonly netns: (id: NetnsId) => Netns | undefined;
  readonly learned: ReadonlyMap<NetnsId, RuntimeTables>;
  readonly seed: number;
  /** The same in every run of a cluster: its kernels do not boot in between. Absent: as `seed`. */
  readonly bootSeed?: number;
  /** Virtual nanoseconds at which the sender begins. */
  readonly start: number;
  /** What changes in its midst, in order. */
  readonly changes?: readonly RunChange[];
  /** What is written into namespaces in its midst by itself, in order. */
  readonly later?: readonly LaterChange[];
  readonly budget?: number;
}

export interface RunResult extends Omit<Conversation, 'id' | 'flow' | 'revision'> {
  /** What every namespace that took part knows afterwards; others are as before. */
  readonly learned: ReadonlyMap<NetnsId, RuntimeTables>;
}

/**
 * Sends one flow through the namespaces and writes down everything that happens.
 *
 * Pure: the same input gives the same result, and nothing outside is changed. A warm run rehearses the flow first and keeps
 * what the neighbour tables, bridges and WireGuard's tunnels learned from it, as if the two had just talked.
 */
export function run(input: RunInput): RunResult {
  return perform(input.flow.warm ? { ...input, learned: rehearse(input) } : input);
}

function perform(input: RunInput): RunResult {
  const { flow, start, learned } = input;
  const queue = new EventQueue(start);
  const kernels = new Map<NetnsId, Kernel>();
  const due = [...(input.changes ?? [])];
  const changes: TableChange[] = [];
  let configuration = input.netns;
  const recorder = new Recorder(
    () => queue.now,
    (step) => {
      for (let change = due[0]; change !== undefined && change.after <= step; change = due[0]) {
        due.shift();
        for (const id of change.learned.keys()) world.kernel(id);
        configuration = change.netns;
        changes.push(lateParts().changeKernels(kernels.values(), change, queue.now));
        expect(change.later ?? []);
      }
    },
  );
  let expected: readonly Timer[] = [];
  /** Nobody's packet waits for it: it does not keep the run going. */
  const expect = (later: readonly LaterChange[]): void => {
    for (const timer of expected) queue.cancel(timer);
    expected = later.map(({ at, netns }) => {
      const write = (): void => {
        configuration = netns;
        const after = recorder.length - 1;
        changes.push(lateParts().changeKernels(kernels.values(), { after, netns, learned: NO_CHANGE }, queue.now));
      };
      return queue.schedule(Math.max(0, at - queue.now), write, true);
    });
  };
  const world: World = {
    queue,
    recorder,
    seed: input.seed,
    bootSeed: input.bootSeed ?? input.seed,
    ...(flow.pick && { pick: flow.pick }),
    kernel(id) {
      const running = kernels.get(id);
      if (running) return running;
      const netns = configuration(id);
      if (netns === undefined) return undefined;
      const kernel = bootKernel(world, netns, learned.get(id) ?? NOTHING_LEARNED);
      kernels.set(id, kernel);
      return kernel;
    },
  };
  expect(input.later ?? []);
  const sender = world.kernel(flow.from);
  if (sender === undefined) throw new Error(`There is no network namespace ${flow.from}`);
  const result = runFlow(world, sender, flow, input.budget ?? EVENT_BUDGET);
  const after = new Map(learned);
  for (const [id, kernel] of kernels) after.set(id, learnedTables(kernel));
  return {
    outcomes: result.outcomes,
    traces: recorder.finish(),
    captures: recorder.captures,
    start,
    end: queue.now,
    before: new Map([...kernels.keys()].map((id) => [id, learned.get(id) ?? NOTHING_LEARNED])),
    ...(changes.length > 0 && { changes }),
    budgetSpent: result.budgetSpent,
    learned: after,
  };
}

const NO_CHANGE: RunChange['learned'] = new Map();

/** Small enough for every MTU: who has talked before has not only sent what was too long. */
const REHEARSED_PAYLOAD = 64;

function rehearse(input: RunInput): ReadonlyMap<NetnsId, RuntimeTables> {
  const payload = Math.min(input.flow.payload, REHEARSED_PAYLOAD);
  const { learned } = perform({ ...input, changes: [], later: [], flow: { ...input.flow, repeat: 1, payload } });
  const warm = new Map<NetnsId, RuntimeTables>(input.learned);
  for (const [id, tables] of learned) {
    const known = input.learned.get(id) ?? NOTHING_LEARNED;
    const neighbors = tables.neighbors
      .filter((neighbor) => neighbor.mac !== undefined)
      .map((neighbor) => ({ ...neighbor, state: 'REACHABLE' as const }));
    const { fdb, wireguard } = tables;
    warm.set(id, { ...known, neighbors, fdb, ...(wireguard && { wireguard }) });
  }
  return warm;
}
