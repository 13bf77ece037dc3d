import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { chipOf } from '../chip.ts';
import { contains } from '../geometry.ts';
import { NOBODY } from '../involved.ts';
import { namesOf } from '../names.ts';
import { narrate } from '../narration.ts';
import { placeOf } from '../place.ts';
import { makeCluster } from '../testing/cluster.ts';
import { layoutScene } from './layout.ts';

const plain = makeCluster({ nodes: 2, pods: [2] });
const programmed: ClusterView = { ...plain, pods: plain.pods.map((pod) => ({ ...pod, socketPrograms: true })) };
const LEAST_TARGET = 24;

function drawn(cluster: ClusterView) {
  return layoutScene({ width: 1200, height: 800, level: 'plumbing', cluster, involved: NOBODY, chosen: [] });
}

const base = {
  id: 0,
  time: 0,
  pass: 'host',
  direction: 'down',
  bytes: new Uint8Array(20).fill(0x45, 0, 1),
  link: 'ip',
} as const;
const PROGRAM = {
  ...base,
  type: 'program',
  name: 'cil_sock4_connect',
  lookups: 3,
  service: '10.96.42.10:80/TCP',
  socket: { before: '10.96.42.10:80', after: '10.244.2.47:8080' },
} as const;

function call(netns: string, attach: Extract<Step, { type: 'program' }>['attach'] = 'cgroup/connect4'): Step {
  return { ...PROGRAM, netns, attach, action: 'translate' };
}

describe('the programs of a Pod’s sockets', () => {
  it('have a mark of their own in its box, big enough for a finger, only where they are attached', () => {
    for (const pod of drawn(programmed).columns.flatMap(({ pods }) => pods)) {
      const { box } = pod.connect ?? { box: { x: 0, y: 0, width: 0, height: 0 } };
      expect(contains(pod.box, box)).toBe(true);
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(LEAST_TARGET);
    }
    expect(drawn(plain).columns.flatMap(({ pods }) => pods.flatMap(({ connect }) => connect ?? []))).toEqual([]);
  });

  it('are where their steps are drawn; elsewhere the Pod or the node’s local process is', () => {
    const pod = plain.pods[0]!;
    const node = plain.nodes[0]!;
    expect(drawn(programmed).stationOf(placeOf(call(pod.netns))).kind).toBe('connect');
    expect(drawn(plain).stationOf(placeOf(call(pod.netns))).id).toBe(pod.netns);
    expect(drawn(plain).stationOf(placeOf(call(node.netns))).kind).toBe('socket');
  });

  it('are told about in sentences: what was asked for, what it became, and that there is no packet yet', () => {
    const names = namesOf(plain);
    const trace = { label: 'SYN', role: 'forward' } as Trace;
    const here = plain.pods[0]!;
    const told = (step: Step): string => narrate(step, trace, names);
    expect(told(call(here.netns))).toBe(
      `The Pod ${here.name}'s connect() to the Service backend, 10.96.42.10:80 is rewritten to 10.244.2.47:8080 before a packet exists.`,
    );
    expect(told({ ...PROGRAM, netns: here.netns, attach: 'cgroup/connect4', action: 'refuse' })).toContain(
      'no packet is made',
    );
    const because = 'cil_sock4_connect lets the call fail';
    const entry = { netns: here.netns, table: 'ebpf', id: '10.96.42.10:80/TCP 0' } as const;
    const refused: Step = { ...base, netns: here.netns, type: 'drop', reason: 'NOT_SPECIFIED', because, entry };
    expect(told(refused)).toBe(`The Pod ${here.name} sends nothing: ${because}.`);
    expect(placeOf(refused).slot).toBe('connect');
    expect(told({ ...call(here.netns, 'tc ingress'), device: 'eth0' })).toContain('cil_sock4_connect at tc ingress of');
    expect(chipOf(call(here.netns), names).text).toBe('→ 10.244.2.47:8080');
  });
});
