import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BgpDeed } from '../datamodel/bgp/operation.ts';
import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { conversationProblems } from './testing/traceProblems.ts';

const text = readFileSync(new URL('captured/cluster.yaml', import.meta.url), 'utf8');
const POD_1 = 'pod/default/p1a';
const POD_3 = ipAddress('10.244.2.2');
const BLOCK_3 = '10.244.2.0/26';

function open(settings: Partial<ClusterSettings> = {}): Simulation {
  const created = createSimulation([{ name: 'cluster.yaml', text }], { cni: 'calico-bgp', ...settings });
  if (!created.ok) throw new Error(created.error[0]?.message);
  return created.value;
}

function ping(simulation: Simulation, repeat = 1): Conversation {
  const to = { type: 'address', address: POD_3 } as const;
  return simulation.send({ from: POD_1, to, as: 'ping', payload: 56, repeat, warm: true });
}

function outcomes({ outcomes: all }: Conversation): readonly string[] {
  return all.map(({ type }) => type);
}

function cut(simulation: Simulation, does: BgpDeed): void {
  expect(simulation.apply({ type: 'cut', does })).toMatchObject({ ok: true });
}

function wait(simulation: Simulation, until: number | 'converged'): void {
  expect(simulation.apply({ type: 'wait', until })).toMatchObject({ ok: true });
}

/** The routers and nodes that have a route of BIRD's to the third node's block. */
function knowing(simulation: Simulation, ...names: readonly string[]): readonly string[] {
  return names.filter((netns) =>
    simulation.print(netns, 'ip-route').some(({ text: line }) => line.startsWith(BLOCK_3) && line.includes('bird')),
  );
}

/** The spine that the request and its answer go by. */
function spineOf({ traces }: Conversation): string {
  const [request] = traces.filter(({ role }) => role === 'forward');
  return request?.hops.map(({ netns }) => netns).find((netns) => netns.startsWith('router/s')) ?? 'none';
}

describe('a link that fails silently', () => {
  it('loses packets until the hold timer of its session runs out, and carries none afterwards', () => {
    const simulation = open({ underlay: 'leaf-spine' });
    const spine = spineOf(ping(simulation)).replace('router/', '');
    cut(simulation, { kind: 'drop', link: `t1-${spine}` });
    wait(simulation, 1);
    const lost = ping(simulation);
    expect(outcomes(lost)).not.toContain('answered');
    expect(
      lost.traces.flatMap(({ disposition }) => (disposition.type === 'dropped' ? disposition.because : [])),
    ).toContain(`The cable between to-${spine} and to-t1 of router/${spine} loses everything; nobody is told`);
    wait(simulation, 'converged');
    const after = ping(simulation);
    expect(outcomes(after)).toEqual(['answered']);
    expect(spineOf(after)).not.toBe(`router/${spine}`);
  });

  it('is gone round in the midst of a conversation, once the routes have changed', () => {
    const simulation = open({ underlay: 'leaf-spine' });
    const spine = spineOf(ping(simulation)).replace('router/', '');
    cut(simulation, { kind: 'drop', link: `t1-${spine}` });
    wait(simulation, 1);
    const conversation = ping(simulation, 8);
    const seen = outcomes(conversation);
    expect(seen[0]).not.toBe('answered');
    expect(seen.at(-1)).toBe('answered');
    expect(seen.lastIndexOf('unreachable')).toBeLessThan(seen.indexOf('answered'));
    expect(conversationProblems(conversation)).toEqual([]);
    const [change] = (conversation.changes ?? []).filter(({ time }) => time > conversation.start);
    const lastLost = conversation.traces.findLast(({ disposition }) => disposition.type === 'dropped');
    expect(lastLost?.hops[0]?.steps[0]?.time).toBeLessThan(change?.time ?? 0);
  });

  it('lets time go back to the cut, and the same packets are lost again', () => {
    const simulation = open({ underlay: 'leaf-spine' });
    const spine = spineOf(ping(simulation)).replace('router/', '');
    cut(simulation, { kind: 'drop', link: `t1-${spine}` });
    wait(simulation, 'converged');
    expect(outcomes(ping(simulation))).toEqual(['answered']);
    wait(simulation, 0.5);
    expect(outcomes(ping(simulation))).not.toContain('answered');
  });

  it('is mended by taking the cut back: all routes come back in their time', () => {
    const simulation = open({ underlay: 'leaf-spine' });
    const names = ['router/t1', 'router/s1', 'router/s2'];
    const before = names.map((name) => simulation.print(name, 'ip-route'));
    cut(simulation, { kind: 'drop', link: 't1-s1' });
    wait(simulation, 'converged');
    expect(names.map((name) => simulation.print(name, 'ip-route'))).not.toEqual(before);
    const [edit] = simulation.cluster().edits ?? [];
    expect(edit).toMatchObject({ line: 'link t1-s1 drops everything silently' });
    expect(simulation.apply({ type: 'undo', edit: edit?.id ?? 0 })).toMatchObject({ ok: true });
    expect(names.map((name) => simulation.print(name, 'ip-route'))).not.toEqual(before);
    wait(simulation, 'converged');
    expect(names.map((name) => simulation.print(name, 'ip-route'))).toEqual(before);
    expect(simulation.cluster().edits).toBeUndefined();
  });
});

describe('a device that somebody takes down', () => {
  const routers = ['router/t1', 'router/t2', 'router/s1', 'router/s2'];

  it('is heard of router by router', () => {
    const simulation = open({ underlay: 'leaf-spine' });
    expect(knowing(simulation, ...routers)).toEqual(routers);
    expect(simulation.apply({ type: 'exec', netns: 'node/node3', line: 'ip link set eth0 down' })).toMatchObject({
      ok: true,
    });
    expect(knowing(simulation, ...routers)).toEqual(routers);
    const seen = new Set<string>();
    for (let at = 0; at < 0.01; at += 0.00005) {
      wait(simulation, at);
      seen.add(knowing(simulation, ...routers).join(' '));
    }
    // the rack of the node first, then the spines, the other rack last
    const steps = [...seen];
    expect(steps.length).toBeGreaterThan(2);
    expect(steps[1]).not.toContain('router/t2');
    expect(steps.at(-1)).toBe('');
  });

  it('changes at a moment of a conversation what its packets meet from then on', () => {
    const simulation = open({ underlay: 'leaf-spine' });
    const first = ping(simulation, 3);
    const spine = spineOf(first);
    const [, second] = first.traces.filter(({ role }) => role === 'forward');
    const step = second?.hops[0]?.steps[0]?.id ?? 0;
    const line = `ip link set to-${spine.replace('router/', '')} down`;
    const applied = simulation.apply({
      type: 'exec',
      netns: 'router/t1',
      line,
      at: { conversation: first.id, step },
    });
    const again = applied.ok ? applied.conversation : undefined;
    expect(again?.outcomes[0]).toEqual(first.outcomes[0]);
    const ways = again?.traces.filter(({ role }) => role === 'forward') ?? [];
    expect(ways.map(({ hops }) => hops.some(({ netns }) => netns === spine))).toEqual([true, false, false]);
  });

  it('goes unnoticed behind a switch until the hold timers run out', () => {
    const simulation = open();
    expect(simulation.apply({ type: 'exec', netns: 'node/node3', line: 'ip link set eth0 down' })).toMatchObject({
      ok: true,
    });
    wait(simulation, 60);
    expect(knowing(simulation, 'node/node1', 'node/node2')).toEqual(['node/node1', 'node/node2']);
    wait(simulation, 'converged');
    expect(knowing(simulation, 'node/node1', 'node/node2')).toEqual([]);
  });
});

describe('a BIRD that is ended and started again at once', () => {
  it('comes back with all that it knew', () => {
    const simulation = open();
    const others = ['node/node1', 'node/node2'];
    cut(simulation, { kind: 'shutdown', speaker: 'node3' });
    expect(simulation.apply({ type: 'undo', edit: 'all' })).toMatchObject({ ok: true });
    wait(simulation, 1);
    expect(knowing(simulation, ...others)).toEqual([]);
    wait(simulation, 'converged');
    expect(knowing(simulation, ...others)).toEqual(others);
  });
});

describe('what cannot be cut or waited for', () => {
  it('is refused with the reason, and changes nothing', () => {
    const simulation = open({ underlay: 'leaf-spine' });
    const before = simulation.cluster();
    const refused = (does: BgpDeed): string => {
      const applied = simulation.apply({ type: 'cut', does });
      return applied.ok ? 'done' : (applied.problems[0]?.message ?? '');
    };
    expect(refused({ kind: 'link-down', link: 'x' })).toMatch(/^There is no link "x": there are t1-s1,/);
    expect(refused({ kind: 'link-up', link: 't1-s1' })).toBe('A cut is mended by taking it back');
    expect(refused({ kind: 'power-off', speaker: 'nobody' })).toBe('There is no machine "nobody"');
    expect(refused({ kind: 'interface-down', speaker: 't1', interface: 'eth9' })).toBe('t1 has no device "eth9"');
    expect(simulation.apply({ type: 'wait', until: 1 })).toMatchObject({ ok: false });
    expect(simulation.cluster()).toBe(before);
    const plain = open({ cni: 'flannel-vxlan' });
    expect(plain.apply({ type: 'cut', does: { kind: 'crash', speaker: 'node1' } })).toMatchObject({ ok: false });
  });
});

const DEEDS: readonly BgpDeed[] = [
  { kind: 'link-down', link: 't1-s1' },
  { kind: 'drop', link: 't2-s2' },
  { kind: 'link-down', link: 'node3-t2' },
  { kind: 'power-off', speaker: 's2' },
  { kind: 'interface-down', speaker: 't2', interface: 'to-s1' },
  { kind: 'crash', speaker: 's1' },
  { kind: 'shutdown', speaker: 'node2' },
];

describe('any cuts, at any times', () => {
  it('leave traces that hold together, and nothing once all are taken back', () => {
    const step = fc.record({
      does: fc.constantFrom(...DEEDS),
      until: fc.oneof(fc.constant('converged' as const), fc.double({ min: 0, max: 20, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 3 }), (steps) => {
        const simulation = open({ underlay: 'leaf-spine' });
        const machines = ['node/node1', 'node/node2', 'node/node3', 'router/t1', 'router/t2', 'router/s1', 'router/s2'];
        const before = machines.map((name) => simulation.print(name, 'ip-route'));
        for (const { does, until } of steps) {
          simulation.apply({ type: 'cut', does });
          wait(simulation, until);
          expect(conversationProblems(ping(simulation, 2))).toEqual([]);
        }
        expect(simulation.apply({ type: 'undo', edit: 'all' })).toMatchObject({ ok: true });
        wait(simulation, 'converged');
        expect(machines.map((name) => simulation.print(name, 'ip-route'))).toEqual(before);
        expect(outcomes(ping(simulation))).toEqual(['answered']);
      }),
      { numRuns: 12 },
    );
  });
});
