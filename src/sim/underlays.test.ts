import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import { UNDERLAYS, type UnderlayName } from '../datamodel/cluster/underlay.ts';
import type { ClusterView, NodeView } from '../datamodel/cluster/view.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { sampleSources } from '../manifests/sample.ts';
import type { IpAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { conversationProblems } from './testing/traceProblems.ts';

function sample(settings: Partial<ClusterSettings>): Simulation {
  const created = createSimulation(sampleSources(), settings);
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  return created.value;
}

function send(simulation: Simulation, from: string, to: IpAddress, more: Partial<Flow> = {}): Conversation {
  const as = more.as ?? 'ping';
  const base: Flow = { from, to: { type: 'address', address: to }, as, payload: 56, repeat: 1, warm: false };
  const conversation = simulation.send({ ...base, ...more });
  expect(conversationProblems(conversation)).toEqual([]);
  return conversation;
}

function podOn(view: ClusterView, node: NodeView | undefined) {
  const pod = view.pods.find((each) => !each.hostNetwork && each.node === node?.name && each.address !== undefined);
  if (pod?.address === undefined) throw new Error(`${node?.name} has no Pod`);
  return { netns: pod.netns, address: pod.address };
}

/** From the first node to the last: these are never on one subnet where there are several. */
function farPods(view: ClusterView) {
  return { from: podOn(view, view.nodes[0]), to: podOn(view, view.nodes.at(-1)) };
}

function request({ traces }: Conversation) {
  const trace = traces.find(({ role }) => role === 'forward');
  if (!trace) throw new Error('Nothing was sent');
  return trace;
}

function outcome({ outcomes }: Conversation): string | undefined {
  return outcomes[0]?.type;
}

describe.each(UNDERLAYS)('on the underlay %s', (underlay) => {
  it('every node, and whoever is outside, reaches every node', () => {
    const simulation = sample({ underlay });
    const { nodes, outside } = simulation.cluster();
    for (const { netns } of [...nodes, ...outside])
      for (const { address } of nodes) expect(outcome(send(simulation, netns, address)), netns).toBe('answered');
    for (const { address } of outside)
      expect(outcome(send(simulation, nodes.at(-1)?.netns ?? '', address)), address).toBe('answered');
  });

  it('has every Service, the API server’s too, where its endpoints are', () => {
    const simulation = sample({ underlay });
    const view = simulation.cluster();
    const endpoints = view.services.flatMap((service) => service.endpoints.map(({ address }) => address));
    const known = new Set([...view.nodes, ...view.pods, ...view.outside].map(({ address }) => address));
    expect(endpoints.filter((address) => !known.has(address))).toEqual([]);
  });
});

describe('two subnets', () => {
  it('keep the nodes’ places: the second subnet is the next one', () => {
    const { nodes, underlay } = sample({ underlay: 'two-subnets' }).cluster();
    expect(nodes.map(({ address }) => address)).toEqual(['192.168.1.11', '192.168.1.12', '192.168.2.13']);
    expect(underlay.subnets).toEqual(['192.168.1.0/24', '192.168.2.0/24']);
  });

  it('let host-gw reach Pods of its own subnet alone, and flanneld say so', () => {
    const simulation = sample({ underlay: 'two-subnets', cni: 'flannel-host-gw' });
    const view = simulation.cluster();
    expect(view.warnings.join()).toContain('worker-01 cannot add its routes to worker-03: network is unreachable');
    const [near, far] = [podOn(view, view.nodes[1]), podOn(view, view.nodes[2])];
    const { netns } = podOn(view, view.nodes[0]);
    expect(outcome(send(simulation, netns, near.address))).toBe('answered');
    const lost = request(send(simulation, netns, far.address));
    expect(lost.disposition).toMatchObject({ type: 'dropped', netns: 'router/r1' });
    const table = simulation.print('node/worker-01', 'ip-route').map(({ text }) => text);
    expect(table.some((line) => line.startsWith('10.244.3.0/24'))).toBe(false);
    const refused = simulation.apply({
      type: 'exec',
      netns: 'node/worker-01',
      line: 'ip route add 10.244.3.0/24 via 192.168.2.13 dev eth0',
    });
    expect(refused).toMatchObject({ ok: false, output: { errors: 'Error: Nexthop has invalid gateway.' } });
  });

  it('are bridged by VXLAN, and only across them with DirectRouting', () => {
    for (const cni of ['flannel-vxlan', 'flannel-vxlan-directrouting', 'calico-vxlan-crosssubnet'] as const) {
      const simulation = sample({ underlay: 'two-subnets', cni });
      const view = simulation.cluster();
      const { from, to } = farPods(view);
      const encapsulated = (conversation: Conversation): boolean =>
        request(conversation).hops.some(({ steps }) => steps.some(({ type }) => type === 'encapsulate'));
      const far = send(simulation, from.netns, to.address);
      expect(outcome(far), cni).toBe('answered');
      expect(encapsulated(far), cni).toBe(true);
      const near = send(simulation, from.netns, podOn(view, view.nodes[1]).address);
      expect(encapsulated(near), cni).toBe(cni === 'flannel-vxlan');
    }
  });
});

describe('a leaf-spine fabric', () => {
  const fabric = (cni?: ClusterSettings['cni']) => sample({ underlay: 'leaf-spine', ...(cni && { cni }) });

  it('has the first nodes in the first rack, each on a cable of its own, in an autonomous system of its own', () => {
    const { nodes, underlay } = fabric().cluster();
    expect(nodes.map(({ address, router }) => `${address} ${router}`)).toEqual([
      '10.255.101.1 router/t1',
      '10.255.102.1 router/t1',
      '10.255.103.1 router/t2',
    ]);
    expect(underlay.routers.map(({ name, as }) => `${name} ${as}`)).toEqual([
      't1 65101',
      't2 65102',
      's1 65000',
      's2 65000',
    ]);
    expect(underlay.cables).toHaveLength(4);
  });

  it('answers a packet whose TTL is used up from where it came in: top of rack, spine, top of rack', () => {
    const simulation = fabric();
    const { nodes } = simulation.cluster();
    const answers = [1, 2, 3].map((ttl) => {
      const { traces } = send(simulation, 'node/worker-01', nodes[2]?.address as IpAddress, { ttl });
      const error = traces.find(({ role }) => role === 'error');
      return error?.hops[0]?.netns;
    });
    expect([answers[0], answers[2]]).toEqual(['router/t1', 'router/t2']);
    expect(['router/s1', 'router/s2']).toContain(answers[1]);
    const { captures } = send(simulation, 'node/worker-01', nodes[2]?.address as IpAddress, { ttl: 1 });
    const text = captures.map(({ bytes }) => Array.from(bytes.subarray(26, 30)).join('.'));
    expect(text).toContain('10.255.101.0');
  });

  it('spreads flows over the spines, and keeps each on one', () => {
    const simulation = fabric();
    const { from, to } = farPods(simulation.cluster());
    const spines = new Set<string>();
    for (let flow = 0; flow < 12; flow++) {
      const { traces } = send(simulation, from.netns, to.address, { as: 'http', port: 8080 });
      const used = new Set(
        traces
          .filter(({ role }) => role === 'forward')
          .flatMap(({ hops }) => hops.map(({ netns }) => netns))
          .filter((netns) => netns.startsWith('router/s')),
      );
      expect(used.size).toBe(1);
      const routes = traces
        .flatMap(({ hops }) => hops.flatMap(({ steps }) => steps))
        .filter(({ type }) => type === 'route');
      const spread = routes.flatMap((step) =>
        step.type === 'route' && step.netns === 'router/t1' && step.dev?.startsWith('to-s') ? [step.via] : [],
      );
      expect(spread.length).toBeGreaterThan(0);
      for (const via of spread) expect(['10.255.11.0', '10.255.21.0']).toContain(via);
      for (const netns of used) spines.add(netns);
    }
    expect([...spines].sort()).toEqual(['router/s1', 'router/s2']);
  });

  it('goes by the other spine when a top-of-rack router’s own port is down', () => {
    const simulation = fabric();
    const { from, to } = farPods(simulation.cluster());
    for (const router of ['router/t1', 'router/t2'])
      expect(simulation.apply({ type: 'exec', netns: router, line: 'ip link set to-s1 down' }).ok).toBe(true);
    for (let flow = 0; flow < 6; flow++) {
      const conversation = send(simulation, from.netns, to.address, { as: 'http', port: 8080 });
      expect(outcome(conversation)).toBe('answered');
      expect(request(conversation).hops.some(({ netns }) => netns === 'router/s1')).toBe(false);
    }
  });

  it('knows nothing of Pods by itself: without a tunnel their packets are lost in it', () => {
    const simulation = fabric('flannel-host-gw');
    const { from, to } = farPods(simulation.cluster());
    expect(request(send(simulation, from.netns, to.address)).disposition).toMatchObject({
      type: 'dropped',
      netns: expect.stringMatching(/^router\/t/),
    });
  });

  it('has its next hops in its routers’ tables, as ip prints and takes them', () => {
    const simulation = fabric();
    const route = simulation.print('router/t1', 'ip-route').map(({ text }) => text);
    const at = route.indexOf('10.255.103.0/31 proto static ');
    expect(route.slice(at + 1, at + 3)).toEqual([
      '\tnexthop via 10.255.11.0 dev to-s1 weight 1 ',
      '\tnexthop via 10.255.21.0 dev to-s2 weight 1 ',
    ]);
    const line =
      'ip route replace 10.255.103.0/31 proto static nexthop via 10.255.11.0 nexthop via 10.255.21.0 weight 5';
    expect(simulation.apply({ type: 'exec', netns: 'router/t1', line }).ok).toBe(true);
    expect(simulation.print('router/t1', 'ip-route').map(({ text }) => text)).toContain(
      '\tnexthop via 10.255.21.0 dev to-s2 weight 5 ',
    );
  });
});

describe('a cloud’s VPC', () => {
  it('has jumbo frames, and answers ARP for every instance by itself', () => {
    const simulation = sample({ underlay: 'cloud-vpc' });
    const view = simulation.cluster();
    expect([view.underlay.mtu, view.podMtu]).toEqual([9001, 8951]);
    const { traces } = send(simulation, 'node/worker-01', view.nodes[1]?.address as IpAddress);
    const asked = traces.find(({ label }) => label === `ARP who-has ${view.nodes[1]?.address}`);
    expect(asked?.hops.map(({ netns }) => netns)).toEqual(['node/worker-01', 'router/vpc']);
  });

  it('drops what is not from an instance’s own address, unless told not to; then it has no route for Pods', () => {
    const dropped = (sourceDestinationCheck: boolean) => {
      const settings = { underlay: 'cloud-vpc', cni: 'flannel-host-gw' } as const;
      const simulation = sample({ ...settings, underlayOptions: { sourceDestinationCheck } });
      const { from, to } = farPods(simulation.cluster());
      return request(send(simulation, from.netns, to.address)).disposition;
    };
    expect(dropped(true)).toMatchObject({ type: 'dropped', netns: 'router/vpc', reason: 'NETFILTER_DROP' });
    expect(dropped(false)).toMatchObject({
      type: 'dropped',
      netns: 'router/vpc',
      because: expect.stringContaining('blackhole'),
    });
  });
});

describe('a filtered network', () => {
  it('loses VXLAN, carries what it passes, and VXLAN too when told so', () => {
    const reached = (settings: Partial<ClusterSettings>): string | undefined => {
      const simulation = sample({ underlay: 'filtered', ...settings });
      const { from, to } = farPods(simulation.cluster());
      return outcome(send(simulation, from.netns, to.address));
    };
    expect(reached({ cni: 'flannel-vxlan' })).toBe('timeout');
    expect(reached({ cni: 'flannel-host-gw' })).toBe('answered');
    expect(reached({ cni: 'flannel-vxlan', underlayOptions: { passes: ['icmp', 'udp/8472'] } })).toBe('answered');
    expect(reached({ cni: 'flannel-vxlan', underlayOptions: { passes: ['udp/1-8471', 'tcp'] } })).toBe('timeout');
  });
});

describe('what cannot be', () => {
  it('is refused with the reason, and changes nothing', () => {
    const wrong = (settings: object): string => {
      const created = createSimulation(sampleSources(), settings as Partial<ClusterSettings>);
      return created.ok ? 'built' : created.error.map(({ message }) => message).join();
    };
    expect(wrong({ underlay: 'token-ring' })).toContain('There is no underlay "token-ring": there are l2');
    expect(wrong({ underlayOptions: { mtu: 20 } })).toContain('20 is no MTU');
    expect(wrong({ underlay: 'filtered', underlayOptions: { passes: ['udp/99999'] } })).toContain('"udp/99999"');
    const simulation = sample({});
    const before = simulation.cluster();
    const applied = simulation.apply({ type: 'configure', settings: { underlay: 'nowhere' as UnderlayName } });
    expect(applied.ok).toBe(false);
    expect(simulation.cluster()).toBe(before);
  });
});

const placed = fc.record({
  nodes: fc.integer({ min: 2, max: 8 }),
  underlay: fc.constantFrom(...UNDERLAYS),
  subnets: fc.integer({ min: 1, max: 3 }),
  racks: fc.integer({ min: 0, max: 3 }),
});

describe('any cluster on any underlay', () => {
  it('lets every node reach every node, and Pods by VXLAN unless its port is filtered', () => {
    fc.assert(
      fc.property(placed, fc.nat(), fc.nat(), ({ nodes, underlay, subnets, racks }, a, b) => {
        const created = createSimulation([{ name: 'generated.json', text: manifest(nodes, subnets, racks) }], {
          underlay,
          cni: 'flannel-vxlan',
        });
        if (!created.ok) throw new Error(JSON.stringify(created.error));
        const simulation = created.value;
        const view = simulation.cluster();
        expect(new Set(view.nodes.map(({ address }) => address)).size).toBe(nodes);
        for (const from of view.nodes)
          for (const { address } of view.nodes) expect(outcome(send(simulation, from.netns, address))).toBe('answered');
        const [from, to] = [podOn(view, view.nodes[a % nodes]), podOn(view, view.nodes[b % nodes])];
        const isLost = underlay === 'filtered' && a % nodes !== b % nodes;
        expect(outcome(send(simulation, from.netns, to.address))).toBe(isLost ? 'timeout' : 'answered');
      }),
      { numRuns: 25 },
    );
  });
});

/** Nodes spread over so many subnets and racks (0: no labels), with a Pod on each. */
function manifest(nodes: number, subnets: number, racks: number): string {
  const items = Array.from({ length: nodes }, (_, i) => [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `n${i}`, ...(racks > 0 && { labels: { 'topology.kubernetes.io/zone': `z${i % racks}` } }) },
      status: { addresses: [{ type: 'InternalIP', address: `172.20.${i % subnets}.${i + 10}` }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p${i}`, namespace: 'default' },
      spec: { nodeName: `n${i}`, containers: [{ name: 'main', image: 'example' }] },
    },
  ]).flat();
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
