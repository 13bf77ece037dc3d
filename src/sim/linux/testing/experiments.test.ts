import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../datamodel/flow/flow.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../../../datamodel/network/runtime.ts';
import { ipAddress } from '../../../wire/address.ts';
import { EthernetView } from '../../../wire/ethernet.ts';
import { Icmpv4View } from '../../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { NOTHING_LEARNED } from '../learned.ts';
import { iptablesRestore as readTables } from '../netfilter/testing/iptablesRestore.ts';
import { type RunResult, run } from '../run.ts';
import { CLIENT, type LabSettings, lab, warmNeighbors } from './lab.ts';

/** Experiments on the captured cluster whose results its findings tell in words. */

const texts = [1, 2].map((node) =>
  readFileSync(new URL(`../netfilter/captured/node${node}.iptables-save.txt`, import.meta.url), 'utf8'),
);
const WEB = '10.96.42.10';
const P1A = 'pod/default/p1a';
const P1B = 'pod/default/p1b';

interface Experiment extends Partial<LabSettings> {
  readonly cold?: boolean;
  readonly pick?: string;
}

function send(flow: Partial<Flow>, to: string, { cold = false, pick, ...settings }: Experiment = {}): RunResult {
  const namespaces = lab({ cni: 'vxlan', netfilter: (node) => readTables(texts[node - 1] ?? ''), ...settings });
  const learned = new Map<NetnsId, RuntimeTables>();
  if (!cold) {
    for (const netns of namespaces.values()) learned.set(netns.id, { ...NOTHING_LEARNED, ...warmNeighbors(netns) });
  }
  const chosen = pick === undefined ? {} : { pick: { address: ipAddress(pick), port: 8080 } };
  const rest = { from: P1A, as: 'http', port: 80, payload: 0, repeat: 1, warm: false, ...chosen, ...flow } as const;
  const full: Flow = { ...rest, to: { type: 'address', address: ipAddress(to) } };
  return run({ flow: full, netns: (id) => namespaces.get(id), learned, seed: 3, start: 0 });
}

/** The IPv4 packets at the interfaces of one namespace: `device in|out source>destination ttl smac>dmac`. */
function seen(result: RunResult, netns: string): readonly string[] {
  return result.captures
    .filter((capture) => capture.netns === netns && new EthernetView(capture.bytes).etherType === 0x800)
    .map(({ device, direction, bytes }) => {
      const ip = new Ipv4View(bytes, 14);
      return `${device} ${direction} ${ip.source}>${ip.destination} ttl=${ip.ttl} ${short(bytes, 6)}>${short(bytes, 0)}`;
    });
}

/** Last two bytes of a MAC. */
function short(bytes: Uint8Array, at: number): string {
  return [bytes[at + 4], bytes[at + 5]].map((byte) => (byte ?? 0).toString(16).padStart(2, '0')).join(':');
}

function changeLink(node: string, name: string, change: (link: Link) => Link): (netns: Netns) => Netns {
  return (netns) =>
    netns.id === node
      ? { ...netns, links: netns.links.map((link) => (link.name === name ? change(link) : link)) }
      : netns;
}

const noHairpin = changeLink('node/node1', 'veth1b', (link) => ({
  ...link,
  port: { bridge: 'cni0', hairpin: false, learning: true, flood: true },
}));

describe('bridge-nf-call-iptables', () => {
  it('[BN1] on: a Service’s endpoint on the same bridge is reached without a router, MACs aside', () => {
    const result = send({}, WEB, { pick: '10.244.0.3' });
    expect(result.outcomes[0]?.type).toBe('answered');
    expect(seen(result, 'node/node1').slice(0, 4)).toEqual([
      `veth1a in 10.244.0.2>${WEB} ttl=64 00:02>00:01`,
      'veth1b out 10.244.0.2>10.244.0.3 ttl=64 00:02>00:03',
      'veth1b in 10.244.0.3>10.244.0.2 ttl=64 00:03>00:02',
      `veth1a out ${WEB}>10.244.0.2 ttl=64 00:03>00:02`,
    ]);
  });

  it('[BN2] off: the request is routed, the answer bridged past conntrack, and the sender resets it', () => {
    const result = send({}, WEB, { pick: '10.244.0.3', bridgeNetfilter: false });
    expect(result.outcomes[0]?.type).toBe('timeout');
    const frames = seen(result, 'node/node1').filter((frame) => !frame.includes('10.244.0.1>'));
    expect(frames.slice(0, 6)).toEqual([
      `veth1a in 10.244.0.2>${WEB} ttl=64 00:02>00:01`,
      `cni0 in 10.244.0.2>${WEB} ttl=64 00:02>00:01`,
      'cni0 out 10.244.0.2>10.244.0.3 ttl=63 00:01>00:03',
      'veth1b out 10.244.0.2>10.244.0.3 ttl=63 00:01>00:03',
      'veth1b in 10.244.0.3>10.244.0.2 ttl=64 00:03>00:02',
      'veth1a out 10.244.0.3>10.244.0.2 ttl=64 00:03>00:02',
    ]);
    expect(result.traces.map((trace) => trace.label)).toContain('RST');
  });

  it('[BN3] on: a hairpin keeps its own MAC as source and destination', () => {
    const result = send({ from: P1B }, WEB, { pick: '10.244.0.3' });
    const [, out] = seen(result, 'node/node1');
    expect(out).toMatch(/^veth1b out 10\.244\.0\.1>10\.244\.0\.3 ttl=64 00:03>00:03$/);
    expect(result.outcomes[0]?.type).toBe('answered');
  });

  it('[BN3] the port’s hairpin flag is needed only while the bridge itself translates', () => {
    const on = send({ from: P1B }, WEB, { pick: '10.244.0.3', change: noHairpin });
    expect(on.outcomes[0]?.type).toBe('timeout');
    expect(new Set(on.captures.map(({ netns, device }) => `${netns} ${device}`))).toEqual(
      new Set([`${P1B} eth0`, 'node/node1 veth1b']),
    );
    const off = send({ from: P1B }, WEB, { pick: '10.244.0.3', change: noHairpin, bridgeNetfilter: false });
    expect(off.outcomes[0]?.type).toBe('answered');
    expect(seen(off, 'node/node1')).toContainEqual(
      expect.stringMatching(/^veth1b out 10\.244\.0\.1>10\.244\.0\.3 ttl=63 00:01>00:03$/),
    );
  });

  it('[BN4] an unconfirmed neighbour takes the frame through the bridge device, with the bridge’s MAC for a moment', () => {
    const result = send({}, WEB, { pick: '10.244.0.3', cold: true });
    expect(result.outcomes[0]?.type).toBe('answered');
    expect(seen(result, 'node/node1').slice(0, 3)).toEqual([
      `veth1a in 10.244.0.2>${WEB} ttl=64 00:02>00:01`,
      'cni0 out 10.244.0.2>10.244.0.3 ttl=64 00:01>00:03',
      'veth1b out 10.244.0.2>10.244.0.3 ttl=64 00:02>00:03',
    ]);
  });

  it('[BN5] translates an answer at the port, so that cni0 sees the client’s address already', () => {
    const result = send({ from: CLIENT, port: 30080 }, '192.168.1.11', { pick: '10.244.0.3' });
    expect(result.outcomes[0]?.type).toBe('answered');
    const frames = seen(result, 'node/node1');
    expect(frames.find((frame) => frame.startsWith('cni0 in'))).toMatch(
      /^cni0 in 10\.244\.0\.3>192\.168\.1\.100 ttl=64/,
    );
  });

  it('[BN6] runs FORWARD and POSTROUTING inside the bridge with the bridge as both interfaces', () => {
    const steps = send({ as: 'ping' }, '10.244.0.3').traces[0]?.hops.flatMap((hop) => hop.steps) ?? [];
    const hooks = steps.filter((step) => step.type === 'hook').map((step) => `${step.hook} ${step.pass}`);
    expect(new Set(hooks)).toEqual(new Set(['PREROUTING bridge', 'FORWARD bridge', 'POSTROUTING bridge']));
  });
});

describe('packets too long for a bridge', () => {
  const mtu =
    (value: number) =>
    (link: Link): Link => ({ ...link, mtu: value });
  const lengths = (result: RunResult): readonly number[] =>
    result.captures
      .filter(({ netns, device, direction }) => netns === 'node/node1' && device === 'veth1b' && direction === 'out')
      .map(({ bytes }) => bytes.length - 14);
  const changes =
    (...list: ((netns: Netns) => Netns)[]) =>
    (netns: Netns): Netns =>
      list.reduce((changed, change) => change(changed), netns);

  it('[BN7] leave in the fragments they came in, though conntrack put them together', () => {
    const change = changeLink(P1A, 'eth0', mtu(1000));
    const result = send({ as: 'udp', port: 9000, payload: 1400, pathMtuDiscovery: 'dont' }, '10.244.0.3', { change });
    expect(result.outcomes[0]?.type).toBe('answered');
    expect(lengths(result)).toEqual([996, 452]);
    expect(result.traces.filter(({ disposition }) => disposition.type === 'merged')).toHaveLength(2);
  });

  it('[BN7] are cut for 1500 bytes, whatever the bridge’s MTU, and lost at a port that takes less', () => {
    const flow = { as: 'udp', port: 9000, pathMtuDiscovery: 'dont' } as const;
    const long = (port: number, bridge: number): ((netns: Netns) => Netns) =>
      changes(
        changeLink(P1A, 'eth0', mtu(2000)),
        changeLink('node/node1', 'veth1a', mtu(2000)),
        changeLink('node/node1', 'cni0', mtu(bridge)),
        changeLink('node/node1', 'veth1b', mtu(port)),
        changeLink(P1B, 'eth0', mtu(2000)),
      );
    expect(lengths(send({ ...flow, payload: 1772 }, '10.244.0.3', { change: long(1500, 1450) }))).toEqual([1500, 320]);
    for (const bridge of [1450, 1500]) {
      const lost = send({ ...flow, payload: 1472 }, '10.244.0.3', { change: long(1450, bridge) });
      expect(lengths(lost)).toEqual([]);
      expect(lost.traces).toHaveLength(1);
    }
  });

  it('[BN7] are lost without a word if they may not be cut', () => {
    const long = changes(changeLink(P1A, 'eth0', mtu(1500)), changeLink('node/node1', 'veth1a', mtu(1500)));
    const flow = { as: 'udp', port: 9000, payload: 1472, pathMtuDiscovery: 'do' } as const;
    const result = send(flow, '10.244.0.3', { change: long });
    expect(lengths(result)).toEqual([]);
    expect(result.traces).toHaveLength(1);
  });
});

describe('ICMP errors and nat', () => {
  const icmpAt = (result: RunResult, netns: string): readonly Icmpv4View[] =>
    result.captures
      .filter((capture) => capture.netns === netns && capture.direction === 'in')
      .filter(({ bytes }) => new Ipv4View(bytes, 14).protocol === IpProtocol.icmp)
      .map(({ bytes }) => new Icmpv4View(bytes, 34));

  it('[IC5] no redirect leaves for a packet that was translated, the first one included', () => {
    const result = send({ from: CLIENT, port: 30080 }, '192.168.1.11', { pick: '10.244.1.3', cni: 'hostgw' });
    expect(result.outcomes[0]?.type).toBe('answered');
    expect(icmpAt(result, CLIENT)).toEqual([]);
    const [redirect] = result.traces.filter(({ label }) => label === 'ICMP redirect');
    expect(redirect?.disposition).toMatchObject({ type: 'dropped', netns: 'node/node1', reason: 'NETFILTER_DROP' });
  });

  it('[IC5] an error about a Service’s first packet names the Service, though its connection was never confirmed', () => {
    const wide = (netns: Netns): Netns => ({
      ...netns,
      links: netns.links.map((link) =>
        link.kind === 'veth' || link.kind === 'bridge' ? { ...link, mtu: 1500 } : link,
      ),
    });
    const echo = readTables(
      '*nat\n:PREROUTING ACCEPT\n-A PREROUTING -d 10.96.42.12/32 -j DNAT --to-destination 10.244.1.3\nCOMMIT\n',
    );
    const flow = { as: 'udp', port: 9000, payload: 1472, pathMtuDiscovery: 'do' } as const;
    const result = send(flow, '10.96.42.12', { change: wide, netfilter: (node) => (node === 1 ? echo : []) });
    const [error] = icmpAt(result, P1A);
    expect(error).toMatchObject({ type: 3, code: 4, nextHopMtu: 1450 });
    expect(new Ipv4View(error?.bytes ?? new Uint8Array(0), 42)).toMatchObject({ destination: '10.96.42.12', ttl: 64 });
    expect(new Ipv4View(error?.bytes ?? new Uint8Array(0), 14).source).toBe('10.96.42.12');
  });
});

describe('what flanneld has not written yet', () => {
  const without =
    (part: 'neighbors' | 'fdb') =>
    (netns: Netns): Netns =>
      netns.id === 'node/node1' ? { ...netns, [part]: [] } : netns;

  it('[VX5] a missing neighbour is asked for on flannel.1, where nobody hears it', () => {
    const result = send({ as: 'ping' }, '10.244.1.3', { change: without('neighbors') });
    const taps = result.captures.filter(({ device }) => device === 'flannel.1' || device === 'eth0');
    const outside = taps.filter(({ netns }) => netns === 'node/node1').map(({ device }) => device);
    expect(outside).toEqual(['flannel.1', 'flannel.1', 'flannel.1']);
    expect(result.outcomes[0]?.type).toBe('unreachable');
  });

  it('[VX5] a missing forwarding entry loses the frame behind flannel.1', () => {
    const result = send({ as: 'ping' }, '10.244.1.3', { change: without('fdb') });
    expect(result.captures.filter(({ netns }) => netns === 'node/node1').map(({ device }) => device)).toEqual([
      'veth1a',
      'cni0',
      'flannel.1',
    ]);
    expect(result.outcomes[0]?.type).toBe('timeout');
  });
});

describe('a Pod nobody has', () => {
  it.each([
    ['vxlan', '10.244.1.0'],
    ['hostgw', '192.168.1.12'],
  ] as const)('[IC2] with %s is reported by %s after three questions', (cni, from) => {
    const result = send({ as: 'ping' }, '10.244.1.77', { cni });
    const answer = result.captures.findLast(({ netns }) => netns === P1A);
    const ip = new Ipv4View(answer?.bytes ?? new Uint8Array(100), 14);
    expect(ip.source).toBe(from);
    expect(new Ipv4View(ip.bytes, ip.payloadOffset + 8)).toMatchObject({ destination: '10.244.1.77', ttl: 62 });
    expect(answer?.time).toBeGreaterThan(3e9);
  });
});

describe('every trace', () => {
  it.each([
    ['through a Service', {}, WEB],
    ['to a Pod', { as: 'udp', port: 9000, payload: 1400 }, '10.244.1.3'],
    ['to nobody', { as: 'ping' }, '10.244.1.77'],
    ['from outside', { from: CLIENT, port: 30080 }, '192.168.1.11'],
  ] as const)('[TR1] ends once, cold and warm: %s', (_, flow, to) => {
    for (const cold of [true, false]) {
      const { traces, budgetSpent } = send(flow, to, { cold });
      expect(budgetSpent).toBe(false);
      for (const { disposition, hops, id } of traces) {
        expect(disposition.type, `trace ${id}`).not.toBe('unfinished');
        const dropped = hops.flatMap((hop) => hop.steps).filter((step) => step.type === 'drop');
        expect(dropped, `trace ${id}`).toHaveLength(disposition.type === 'dropped' ? 1 : 0);
      }
    }
  });
});

describe('whatever the MTUs', () => {
  const links = [
    [P1A, 'eth0'],
    ['node/node1', 'veth1a'],
    ['node/node1', 'cni0'],
    ['node/node1', 'flannel.1'],
    ['node/node1', 'eth0'],
    ['node/node2', 'eth0'],
    ['node/node2', 'cni0'],
    ['node/node2', 'veth2b'],
    ['pod/default/p2b', 'eth0'],
  ] as const;
  const someMtus = fc.array(fc.integer({ min: 600, max: 1600 }), { minLength: links.length, maxLength: links.length });

  it('[TR1] frames fit their devices, headers are valid, and an answer is the whole answer', () => {
    const scenario = fc.record({
      mtus: someMtus,
      payload: fc.integer({ min: 1, max: 4000 }),
      pathMtuDiscovery: fc.constantFrom('do' as const, 'dont' as const),
    });
    fc.assert(
      fc.property(scenario, ({ mtus, payload, pathMtuDiscovery }) => {
        const sizes = new Map(links.map(([netns, device], i) => [`${netns} ${device}`, mtus[i] ?? 1500]));
        const change = (netns: Netns): Netns => ({
          ...netns,
          links: netns.links.map((link) => ({ ...link, mtu: sizes.get(`${netns.id} ${link.name}`) ?? link.mtu })),
        });
        const result = send({ as: 'udp', port: 9000, payload, pathMtuDiscovery }, '10.244.1.3', { change });
        for (const { netns, device, direction, bytes } of result.captures) {
          if (new EthernetView(bytes).etherType !== 0x800) continue;
          const ip = new Ipv4View(bytes, 14);
          expect(ip.checksumValid()).toBe(true);
          expect(ip.totalLength).toBe(bytes.length - 14);
          // A bridge hands up what conntrack has put together at its port.
          const size = device === 'cni0' && direction === 'in' ? undefined : sizes.get(`${netns} ${device}`);
          // A bridge port and a receiver leave room for a VLAN tag.
          if (size !== undefined) expect(ip.totalLength).toBeLessThanOrEqual(size + 4);
        }
        for (const { disposition } of result.traces) expect(disposition.type).not.toBe('unfinished');
        const [outcome] = result.outcomes;
        if (outcome?.type === 'answered') expect(outcome.text).toContain(`got=${payload}`);
      }),
      { numRuns: 60 },
    );
  });
});
