import { describe, expect, it } from 'vitest';
import type { BgpHappening } from '../../../../datamodel/bgp/event.ts';
import type { BgpDeed } from '../../../../datamodel/bgp/operation.ts';
import type { BgpPlan } from '../../../../datamodel/bgp/plan.ts';
import { formatPrefix } from '../../../../wire/address.ts';
import { ControlPlane } from './controlPlane.ts';
import { recordedLeafSpine, recordedMesh } from './testing/recordedPlans.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const AT = 10;
/** Keepalives so rare that none falls into the seconds that are looked at. */
const SLOW = { holdTime: 240, keepaliveTime: 80 } as const;

/** Lets a plan converge for ten seconds, then does something. */
function runAfter(plan: BgpPlan, seed: number, deed: BgpDeed, until: number): ControlPlane {
  const controlPlane = new ControlPlane(plan, seed);
  controlPlane.plan({ at: AT, does: deed });
  expect(controlPlane.runUntil(AT + until)).toBe(true);
  return controlPlane;
}

/** Seconds from the deed to each change of a speaker's kernel route. */
function changesOf(
  controlPlane: ControlPlane,
  speaker: string,
  destination: string,
): readonly { at: number; hops: number }[] {
  return controlPlane.events.flatMap(({ at, what }) =>
    at >= AT * 1e9 &&
    what.kind === 'kernel' &&
    what.speaker === speaker &&
    formatPrefix(what.destination) === destination
      ? [{ at: at / 1e9 - AT, hops: what.route?.nextHops.length ?? 0 }]
      : [],
  );
}

function routesOf(controlPlane: ControlPlane, speaker: string): readonly string[] {
  const state = controlPlane.stateOf(speaker);
  return (state?.kernel ?? [])
    .filter(({ protocol, type }) => protocol === 'bird' && type === 'unicast')
    .map(({ destination }) => formatPrefix(destination));
}

describe.each(SEEDS)('whatever the dice say (seed %i), in a full mesh', (seed) => {
  it('all sessions are up after a few seconds, each begun by the higher address', () => {
    const controlPlane = new ControlPlane(recordedMesh(), seed);
    controlPlane.runUntil(AT);
    for (const name of ['n1', 'n2', 'n3']) {
      const sessions = controlPlane.stateOf(name)?.protocols.flatMap(({ session }) => session ?? []) ?? [];
      expect(sessions.map(({ state }) => state)).toEqual(['Established', 'Established']);
      expect(routesOf(controlPlane, name)).toHaveLength(2);
    }
    const connecting = controlPlane.events.flatMap(({ what }) =>
      what.kind === 'session' && what.state === 'Connect' ? `${what.speaker} ${what.protocol}` : [],
    );
    expect([...new Set(connecting)].sort()).toEqual([
      'n2 Mesh_192_168_1_11',
      'n3 Mesh_192_168_1_11',
      'n3 Mesh_192_168_1_12',
    ]);
  });

  it('a clean shutdown is said and acted upon at once, and leaves its own kernel routes', () => {
    const controlPlane = runAfter(recordedMesh(), seed, { kind: 'shutdown', speaker: 'n3' }, 1);
    expect(changesOf(controlPlane, 'n1', '10.244.2.0/26')).toEqual([{ at: expect.closeTo(0.03, 1), hops: 0 }]);
    expect(routesOf(controlPlane, 'n3')).toEqual(['10.244.0.0/26', '10.244.1.0/26']);
  });

  it('a crash is waited for: the route stays for the restart time, and goes with the next turn of the loop', () => {
    const [gone, ...more] = changesOf(
      runAfter(recordedMesh(), seed, { kind: 'crash', speaker: 'n3' }, 130),
      'n1',
      '10.244.2.0/26',
    );
    expect(more).toEqual([]);
    expect(gone?.at).toBeGreaterThan(120);
    expect(gone?.at).toBeLessThan(122.1);
  });

  it('a crash that is over in ten seconds costs the route for less than a scan', () => {
    const controlPlane = new ControlPlane(recordedMesh(), seed);
    controlPlane.plan({ at: AT, does: { kind: 'crash', speaker: 'n3' } });
    controlPlane.plan({ at: AT + 10, does: { kind: 'start', speaker: 'n3' } });
    controlPlane.runUntil(AT + 20);
    const [gone, back, ...more] = changesOf(controlPlane, 'n1', '10.244.2.0/26');
    expect(more).toEqual([]);
    expect([gone?.hops, back?.hops]).toEqual([0, 1]);
    expect((back?.at ?? 0) - (gone?.at ?? 0)).toBeLessThan(2.1);
    expect(gone?.at).toBeGreaterThan(11.4);
  });

  it('silence ends with the hold timer, which counts from the last message', () => {
    const silent = { kind: 'drop', link: 'lan', speaker: 'n2' } as const;
    const [gone] = changesOf(runAfter(recordedMesh(), seed, silent, 245), 'n1', '10.244.1.0/26');
    // 240 s less up to a quarter, less what has passed since a keepalive of at most 80 s, and a scan of 2 s.
    expect(gone?.at).toBeGreaterThan(100);
    expect(gone?.at).toBeLessThan(242);
  });
});

describe.each(SEEDS)('whatever the dice say (seed %i), of a neighbour that cannot be heard', (seed) => {
  it('no route leads to who has been silent for longer than the kernel believes in it', () => {
    const silent = { kind: 'drop', link: 'lan', speaker: 'n2' } as const;
    const controlPlane = runAfter(recordedMesh(), seed, silent, 280);
    const session = controlPlane.stateOf('n3')?.protocols.find(({ name }) => name === 'Mesh_192_168_1_12')?.session;
    expect(session?.lastError).toBe('Socket: No route to host');
    expect(['Active', 'Connect']).toContain(session?.state);
  });

  it('what a router had to say before its port went down arrives when it is up again', () => {
    const { speakers, links } = recordedLeafSpine();
    // as Calico has it: a node does not watch its interface, and may only learn from the router that the session is over
    const multihop = speakers.map((speaker) =>
      speaker.name === 'n1'
        ? { ...speaker, peers: speaker.peers.map((peer) => ({ ...peer, multihop: true, ...SLOW })) }
        : { ...speaker, peers: speaker.peers.map((peer) => (peer.name === 'n1' ? { ...peer, ...SLOW } : peer)) },
    );
    const port = { speaker: 't1', interface: 'to-n1' };
    const controlPlane = new ControlPlane({ speakers: multihop, links }, seed);
    controlPlane.plan({ at: AT, does: { kind: 'interface-down', ...port } });
    controlPlane.plan({ at: AT + 4, does: { kind: 'interface-up', ...port } });
    controlPlane.runUntil(AT + 16);
    expect(changesOf(controlPlane, 't1', '10.244.0.0/26').map(({ hops }) => hops)).toEqual([0, 1]);
    const closed = controlPlane.events.find(
      ({ at, what }) =>
        at > AT * 1e9 && what.kind === 'log' && what.speaker === 'n1' && what.text === 'BGP session closed',
    );
    // 0.2 s and what acknowledgements took, doubled five times
    expect((closed?.at ?? 0) / 1e9 - AT).toBeGreaterThan(6.2);
    expect((closed?.at ?? 0) / 1e9 - AT).toBeLessThan(7.5);
  });
});

describe.each(SEEDS)('whatever the dice say (seed %i), in a fabric', (seed) => {
  it('a link that both ends see go takes its routes with it at once; a spine does not turn back', () => {
    const controlPlane = runAfter(recordedLeafSpine(), seed, { kind: 'link-down', link: 't1-s1' }, 1);
    expect(changesOf(controlPlane, 't1', '10.244.2.0/26')).toEqual([{ at: expect.closeTo(0, 1), hops: 1 }]);
    expect(changesOf(controlPlane, 's1', '10.244.0.0/26')).toEqual([{ at: expect.closeTo(0, 1), hops: 0 }]);
    expect(changesOf(controlPlane, 't2', '10.244.0.0/26')).toEqual([{ at: expect.closeTo(0, 1), hops: 1 }]);
  });

  it('the link is used again after the errors have been waited for', () => {
    const controlPlane = new ControlPlane(recordedLeafSpine(), seed);
    controlPlane.plan({ at: AT, does: { kind: 'link-down', link: 't1-s1' } });
    controlPlane.plan({ at: AT + 1, does: { kind: 'link-up', link: 't1-s1' } });
    controlPlane.runUntil(AT + 12);
    const back = changesOf(controlPlane, 't1', '10.244.2.0/26').at(-1);
    expect(back?.hops).toBe(2);
    expect(back?.at).toBeGreaterThan(1 + 3.7);
    expect(back?.at).toBeLessThan(1 + 9.5);
  });

  it('silence costs a next hop for the hold time of nine seconds at most', () => {
    const [gone] = changesOf(
      runAfter(recordedLeafSpine(), seed, { kind: 'drop', link: 't1-s1' }, 12),
      't1',
      '10.244.2.0/26',
    );
    expect(gone?.hops).toBe(1);
    expect(gone?.at).toBeGreaterThan(3.7);
    expect(gone?.at).toBeLessThan(11);
  });

  it("a node's only link: the withdrawal goes router by router, and is two ASes away in milliseconds", () => {
    const cut = { kind: 'interface-down', speaker: 'n3', interface: 'to-t2' } as const;
    const controlPlane = runAfter(recordedLeafSpine(), seed, cut, 1);
    const gone = (speaker: string) => changesOf(controlPlane, speaker, '10.244.2.0/26').at(-1)?.at ?? Number.NaN;
    expect(gone('t2')).toBeLessThan(Math.min(gone('s1'), gone('s2')));
    expect(Math.max(gone('s1'), gone('s2'))).toBeLessThan(gone('t1'));
    expect(gone('t1')).toBeLessThan(Math.min(gone('n1'), gone('n2')));
    expect(Math.max(gone('n1'), gone('n2'))).toBeLessThan(0.01);
    expect(routesOf(controlPlane, 'n3')).toEqual([]);
  });

  it('a spine without power is forgotten at once, and learned again', () => {
    const controlPlane = new ControlPlane(recordedLeafSpine(), seed);
    controlPlane.plan({ at: AT, does: { kind: 'power-off', speaker: 's1' } });
    controlPlane.plan({ at: AT + 2, does: { kind: 'power-on', speaker: 's1' } });
    controlPlane.runUntil(AT + 14);
    const changes = changesOf(controlPlane, 't1', '10.244.2.0/26');
    expect(changes[0]).toEqual({ at: expect.closeTo(0, 1), hops: 1 });
    expect(changes.at(-1)?.hops).toBe(2);
  });
});

describe('a run', () => {
  it('is the same again with the same seed, and another with another', () => {
    const run = (seed: number): readonly BgpHappening[] => {
      const controlPlane = new ControlPlane(recordedLeafSpine(), seed);
      controlPlane.runUntil(20);
      return controlPlane.events.map(({ what }) => what);
    };
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });

  it('spends no more than its budget', () => {
    const controlPlane = new ControlPlane(recordedMesh(), 1);
    expect(controlPlane.runUntil(600)).toBe(true);
  });
});
