import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOBODY } from './involved.ts';
import { layoutScene } from './layout/layout.ts';
import { placeKey, placeOf } from './place.ts';
import { articleCluster, CLIENT, TO_SERVICE } from './testing/flows.ts';
import { anyLayoutInput } from './testing/shapes.ts';
import { anyStep } from './testing/steps.ts';

describe('every step has one station', () => {
  it('whatever its kind, hook, pass, device and direction, and however much is drawn', () => {
    fc.assert(
      fc.property(
        anyLayoutInput.chain((input) => {
          const { nodes, pods, outside } = input.cluster;
          const spaces = [...nodes.slice(0, 70), ...pods.slice(0, 90), ...outside].map(({ netns }) => netns);
          const devices = ['eth0', 'cni0', 'flannel.1', 'lo', 'veth0x0', 'veth0x30'];
          const steps = fc.array(anyStep([...spaces, 'underlay', 'pod/gone/away'], devices), {
            minLength: 20,
            maxLength: 60,
          });
          return fc.tuple(fc.constant(input), steps);
        }),
        ([input, steps]) => {
          const layout = layoutScene(input);
          for (const step of steps) {
            const station = layout.stationOf(placeOf(step));
            expect(layout.stations.get(station.id)).toBe(station);
            expect(layout.stationOf(placeOf(step))).toBe(station);
          }
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('a request from a Pod to a ClusterIP', () => {
  const { send } = articleCluster();
  const syn = send(TO_SERVICE).traces.find((trace) => trace.label === 'SYN')!;
  const keys = syn.hops.flatMap((hop) => hop.steps.map((step) => placeKey(placeOf(step))));
  const stops = keys.filter((key, i) => key !== keys[i - 1]).map((key) => key.replace(/^\S+ /, '').trim());

  it('meets prerouting at the bridge port, the kernel, the tunnel, the outer hooks and the cable, in this order', () => {
    const node1 = stops.slice(
      0,
      stops.findIndex((stop) => stop.startsWith('up device u-')),
    );
    expect(node1.map((stop) => stop.replace(/veth\w+/, 'veth'))).toEqual([
      'down socket',
      'down output',
      'down device eth0',
      'down device veth',
      'down portPrerouting',
      'down device cni0',
      'down route',
      'down forward',
      'down postrouting',
      'down device flannel.1',
      'down outerOutput',
      'down outerPostrouting',
      'down device eth0',
    ]);
  });

  it('arrives the other way round', () => {
    const arrival = stops.slice(stops.lastIndexOf('up outerPrerouting'));
    expect(arrival.slice(0, 8)).toEqual([
      'up outerPrerouting',
      'up outerRoute',
      'up outerInput',
      'up device flannel.1',
      'up prerouting',
      'up route',
      'up forward',
      'up postrouting',
    ]);
  });
});

describe('a client outside', () => {
  it('is drawn, and turns round inside the node that forwards it', () => {
    const { send } = articleCluster();
    const conversation = send({
      ...TO_SERVICE,
      from: CLIENT,
      to: { type: 'address', address: '192.168.1.11' as never },
      port: 30080,
    });
    const syn = conversation.traces.find((trace) => trace.label === 'SYN')!;
    const lanes = syn.hops
      .filter((hop) => hop.netns === 'node/worker-01')
      .flatMap((hop) => hop.steps.map((step) => placeOf(step)));
    expect(lanes.find((place) => place.slot === 'route')?.lane).toBe('up');
    expect(new Set(lanes.filter((place) => place.slot === 'forward').map((place) => place.lane))).toEqual(
      new Set(['down']),
    );
  });
});

describe('a node with nftables', () => {
  const { send, view } = articleCluster('vxlan', { proxyMode: 'nftables' });
  const { traces } = send(TO_SERVICE);
  const layout = layoutScene({
    cluster: view,
    level: 'kernel',
    width: 1400,
    height: 1400,
    involved: { ...NOBODY, nodes: new Set(view.nodes.map(({ netns }) => netns)) },
    chosen: [],
  });

  it('has a row at each hook where nft’s base chains and what they rewrote have their station', () => {
    const met = traces
      .flatMap(({ hops }) => hops.flatMap(({ steps }) => steps))
      .filter(({ entry, pass }) => entry?.table === 'nft' && pass !== 'tunnel');
    expect(new Set(met.map(({ type }) => type))).toEqual(new Set(['rule', 'translate']));
    for (const step of met) {
      const place = placeOf(step);
      expect(place.part).toBe('nftables');
      expect(layout.stationOf(place).id).toMatch(/nftables$/);
    }
  });
});
