import './testing/allModes.ts';
import { describe, expect, it } from 'vitest';
import type { ProxyMode } from '../datamodel/cluster/command.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';

const NODES = ['a', 'b', 'c'];

/** Three nodes; a Pod on two of them behind a Service with a balancer on the nodes' subnet, or far from it. */
function cluster(spec: string, ingress: string, proxyMode: ProxyMode = 'iptables'): Simulation {
  const nodes = NODES.map((name) => `apiVersion: v1\nkind: Node\nmetadata: { name: ${name} }\n---\n`);
  const pods = ['a', 'b'].map(
    (name) => `
apiVersion: v1
kind: Pod
metadata: { name: web-${name}, labels: { app: web } }
spec: { nodeName: ${name}, containers: [{ name: web, image: web, ports: [{ containerPort: 8080 }] }] }
---`,
  );
  const service = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }]${spec} }
status: { loadBalancer: { ingress: [{ ${ingress} }] } }
`;
  const created = createSimulation([{ name: 'cluster.yaml', text: [...nodes, ...pods, service].join('') }], {
    proxyMode,
  });
  if (!created.ok) throw new Error(created.error[0]?.message);
  return created.value;
}

/** What a client outside hears from the balancer, and the nodes that its requests came by. */
function visit(simulation: Simulation, address: string) {
  const client = simulation.cluster().outside.find(({ kind }) => kind === 'host')?.netns ?? '';
  const to = simulation.resolve(address, 'to');
  if (!to.ok) throw new Error(to.message);
  const conversation = simulation.send({
    from: client,
    to: to.to,
    port: 80,
    as: 'http',
    payload: 0,
    repeat: 12,
    warm: true,
  });
  const nodes = new Set<string>();
  for (const { steps } of conversation.traces.flatMap(({ hops }) => hops)) {
    for (const step of steps) {
      if (step.type === 'translate' && step.kind === 'dnat' && step.netns.startsWith('node/')) nodes.add(step.netns);
    }
  }
  return { conversation, outcomes: conversation.outcomes, nodes: [...nodes].sort() };
}

describe.each([
  ['on the nodes’ subnet', '192.168.1.200'],
  ['behind the router', '203.0.113.80'],
])('a load balancer %s', (_where, address) => {
  it('is a host outside of its own kind, and names its Services', () => {
    const balancer = cluster('', `ip: ${address}`)
      .cluster()
      .outside.find(({ kind }) => kind === 'load-balancer');
    expect(balancer).toMatchObject({ address, services: ['default/web'] });
  });

  it('spreads clients over all nodes', () => {
    const { outcomes, nodes } = visit(cluster('', `ip: ${address}`), address);
    expect(new Set(outcomes.map(({ type }) => type))).toEqual(new Set(['answered']));
    expect(nodes).toEqual(['node/a', 'node/b', 'node/c']);
  });

  it.each(['VIP', 'Proxy'])('goes round nodes without endpoints under Local policy, ipMode %s', (ipMode) => {
    const simulation = cluster(', externalTrafficPolicy: Local', `ip: ${address}, ipMode: ${ipMode}`);
    const { outcomes, nodes } = visit(simulation, address);
    expect(new Set(outcomes.map(({ type }) => type))).toEqual(new Set(['answered']));
    expect(nodes).toEqual(['node/a', 'node/b']);
  });
});

const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs', 'ebpf'];
const PLACES = ['192.168.1.200', '203.0.113.80'];
const CLIENT = '192.168.1.100';

describe.each(MODES.flatMap((mode) => PLACES.map((address) => [mode, address] as const)))(
  'in %s mode, at %s',
  (mode, address) => {
    it('ipMode VIP hands on what clients send, and under Local policy the Pod sees them', () => {
      const simulation = cluster(', externalTrafficPolicy: Local', `ip: ${address}`, mode);
      const { conversation, nodes } = visit(simulation, address);
      expect(nodes).toEqual(['node/a', 'node/b']);
      for (const { text } of conversation.outcomes) expect(text).toContain(`saw=${CLIENT}:`);
      const hops = conversation.traces.flatMap((trace) => trace.hops);
      const balancing = hops.filter(({ netns }) => netns === address).flatMap(({ steps }) => steps);
      expect(balancing.some(({ type }) => type === 'ipvs')).toBe(true);
      expect(balancing.filter(({ type }) => type === 'translate')).toEqual([]);
      // answers do not come by the balancer
      const answers = conversation.traces.filter(({ role, exchange }) => role === 'reply' && exchange === 'flow');
      expect(answers.length).toBeGreaterThan(0);
      for (const answer of answers) expect(answer.hops.map(({ netns }) => netns)).not.toContain(address);
    });

    it('ipMode Proxy speaks for its clients, whatever the policy', () => {
      const simulation = cluster(', externalTrafficPolicy: Local', `ip: ${address}, ipMode: Proxy`, mode);
      const { conversation, nodes } = visit(simulation, address);
      expect(nodes).toEqual(['node/a', 'node/b']);
      for (const { text } of conversation.outcomes) expect(text).toContain(`saw=${address}:`);
    });

    it('the nodes turn away whom the source ranges leave out, and let in the others', () => {
      const left = cluster(', loadBalancerSourceRanges: [198.51.100.0/24]', `ip: ${address}`, mode);
      const turned = visit(left, address).conversation;
      expect(new Set(turned.outcomes.map(({ type }) => type))).toEqual(new Set(['timeout']));
      const requests = turned.traces.filter(({ role, exchange }) => role === 'forward' && exchange === 'flow');
      expect(requests.length).toBeGreaterThan(0);
      for (const { disposition } of requests)
        expect(disposition).toMatchObject({ type: 'dropped', netns: expect.stringMatching(/^node\//) });
      const admitted = cluster(`, loadBalancerSourceRanges: [${CLIENT}/32]`, `ip: ${address}`, mode);
      expect(visit(admitted, address).outcomes.map(({ type }) => type)).not.toContain('timeout');
    });
  },
);

it('turns away at a balancer of ipMode Proxy whom the source ranges leave out', () => {
  const simulation = cluster(', loadBalancerSourceRanges: [198.51.100.0/24]', 'ip: 192.168.1.200, ipMode: Proxy');
  const { outcomes, nodes } = visit(simulation, '192.168.1.200');
  expect(new Set(outcomes.map(({ type }) => type))).toEqual(new Set(['timeout']));
  expect(nodes).toEqual([]);
});

it('shows the nodes that it hands packets to as ipvsadm does', () => {
  const simulation = cluster(', externalTrafficPolicy: Local', 'ip: 192.168.1.200');
  const lines = simulation.print('192.168.1.200', 'ipvsadm').map(({ text }) => text);
  expect(lines).toContain('TCP  192.168.1.200:80 rr');
  expect(lines.filter((line) => line.includes('Route'))).toHaveLength(2);
});

it('is not drawn for an address that a node has', () => {
  const simulation = cluster('', 'ip: 192.168.1.11');
  expect(simulation.cluster().nodes[0]?.address).toBe('192.168.1.11');
  expect(simulation.cluster().outside.map(({ kind }) => kind)).toEqual(['host']);
});
