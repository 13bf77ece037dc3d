import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../../datamodel/flow/trace.ts';
import { stopsOf } from '../../scene/stops.ts';
import { openSample } from '../../sim/createSimulation.ts';
import { ipAddress } from '../../wire/address.ts';
import { dissect } from '../../wire/layers.ts';
import { byteRuns, hexRows } from './byteRuns.ts';
import { rewrittenIn } from './changes.ts';
import { colorsOf } from './colors.ts';
import { deviceAtHand } from './device.ts';
import { summaryOf } from './summary.ts';

let view: ClusterView;
let conversation: Conversation;
let syn: Trace;

beforeAll(() => {
  const simulation = openSample();
  view = simulation.cluster();
  const from = view.pods.find((pod) => pod.owner?.includes('frontend'))?.netns ?? '';
  conversation = simulation.send({
    from,
    to: { type: 'address', address: ipAddress('10.96.42.10') },
    port: 80,
    as: 'http',
    payload: 0,
    repeat: 1,
    warm: true,
    pick: { address: ipAddress('10.244.2.47'), port: 8080 },
  });
  syn = conversation.traces.find((trace) => trace.label === 'SYN') ?? conversation.traces[0]!;
});

function steps(trace: Trace): readonly Step[] {
  return trace.hops.flatMap((hop) => hop.steps);
}

describe('what was rewritten', () => {
  it('is found in the inner packet after a tunnel was closed around it', () => {
    const wrapped = steps(syn).find((step) => step.type === 'encapsulate')!;
    const layers = dissect(wrapped.bytes, wrapped.link);
    const found = [...rewrittenIn(syn, wrapped, layers).values()];
    const destination = found.find(({ field }) => field.path === 'ipv4.destination');
    expect(destination).toMatchObject({ was: '10.96.42.10', is: '10.244.2.47', isNat: true });
    const inner = layers.findIndex((layer) => layer.fields.includes(destination!.field));
    expect(layers[inner]?.depth).toBe(1);
    expect(summaryOf(layers[inner]!, rewrittenIn(syn, wrapped, layers))[2]).toMatchObject({
      text: '10.244.2.47',
      was: '10.96.42.10',
    });
  });

  it('is forgotten in the next namespace', () => {
    const hop = syn.hops.find((each) => each.netns === 'underlay')!;
    const [first] = hop.steps;
    expect(rewrittenIn(syn, first!, dissect(first!.bytes, first!.link)).size).toBe(0);
  });

  it('tells apart what NAT rewrites from what changes at every hop', () => {
    const forwarded = steps(syn).find((step) => step.type === 'forward')!;
    const found = [...rewrittenIn(syn, forwarded, dissect(forwarded.bytes, forwarded.link)).values()];
    expect(found.find(({ field }) => field.path === 'ipv4.ttl')).toMatchObject({ isNat: false, was: '64', is: '63' });
  });
});

describe('bytes', () => {
  it('belong to exactly one run each, whatever the packet', () => {
    for (const trace of conversation.traces) {
      for (const step of steps(trace)) {
        const runs = byteRuns(dissect(step.bytes, step.link));
        expect(runs[0]?.start).toBe(0);
        expect(runs.at(-1)?.end).toBe(step.bytes.length);
        expect(runs.slice(1).map((run) => run.start)).toEqual(runs.slice(0, -1).map((run) => run.end));
      }
    }
  });

  it('are laid in rows without losing one', () => {
    const step = steps(syn).at(-1)!;
    const rows = hexRows(byteRuns(dissect(step.bytes, step.link)), 16, step.bytes.length);
    const pieces = rows.flatMap((row) => row.pieces);
    expect(pieces.reduce((sum, piece) => sum + piece.to - piece.from, 0)).toBe(step.bytes.length);
    for (const row of rows) {
      expect(row.offset % 16).toBe(0);
      for (const { from, to } of row.pieces) expect(from >= row.offset && to <= row.offset + 16).toBe(true);
    }
  });

  it("of a tunnel's UDP have the tunnel's colour", () => {
    const wrapped = steps(syn).find((step) => step.type === 'encapsulate')!;
    const layers = dissect(wrapped.bytes, wrapped.link);
    const colors = colorsOf(layers);
    expect(colors[layers.findIndex(({ protocol }) => protocol === 'UDP')]).toBe('tun');
    expect(colors[layers.findIndex(({ protocol }) => protocol === 'TCP')]).toBe('l4');
  });
});

describe('the device at hand', () => {
  it('is the one below, once a tunnel device has wrapped the packet', () => {
    const wrapped = steps(syn).find((step) => step.type === 'encapsulate')!;
    expect(deviceAtHand(view, syn, wrapped)).toMatchObject({ name: 'eth0', mtu: 1500 });
  });

  it('is the one that a route leads to', () => {
    const routed = steps(syn).find(
      (step) => step.type === 'route' && step.dev === 'flannel.1' && step.pass === 'host',
    )!;
    expect(deviceAtHand(view, syn, routed)).toMatchObject({ name: 'flannel.1', mtu: 1450 });
  });
});

describe('stops', () => {
  it('hold every step of a packet once, in order, and number its hops', () => {
    for (const trace of conversation.traces) {
      const stops = stopsOf(trace);
      expect(stops.flatMap((stop) => stop.steps.map(({ id }) => id))).toEqual(steps(trace).map(({ id }) => id));
      expect(stops.filter((stop) => stop.entersHop).map((stop) => stop.hop)).toEqual(trace.hops.map((_, i) => i + 1));
    }
  });
});
