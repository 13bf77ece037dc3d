import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../../../../datamodel/cluster/command.ts';
import { sampleSources } from '../../../../manifests/sample.ts';
import { createSimulation } from '../../../createSimulation.ts';
import type { Simulation } from '../../../simulation.ts';
import { conversationProblems } from '../../../testing/traceProblems.ts';

const NEAR = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'near', namespace: 'default' },
  spec: {
    type: 'NodePort',
    externalTrafficPolicy: 'Local',
    selector: { app: 'backend' },
    ports: [{ port: 80, targetPort: 8080, nodePort: 30091 }],
  },
});

function sample(settings: Partial<ClusterSettings> = {}): Simulation {
  const sources = [...sampleSources(), { name: 'near.json', text: NEAR }];
  const created = createSimulation(sources, { underlay: 'cloud-vpc', ...settings });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  const flipped = created.value.apply({ type: 'configure', settings: { cni: 'aws-vpc' } });
  if (!flipped.ok) throw new Error('aws-vpc was refused');
  return created.value;
}

function ask(simulation: Simulation, from: string, to: string, as: 'ping' | 'http' = 'ping') {
  const target = simulation.resolve(to, 'to');
  if (!target.ok) throw new Error(target.message);
  const { port } = target;
  const flow = { from, to: target.to, as, ...(port !== undefined && { port }), payload: 56, repeat: 1, warm: false };
  const conversation = simulation.send(flow);
  expect(conversationProblems(conversation)).toEqual([]);
  return conversation;
}

function podsOf(simulation: Simulation) {
  const pods = simulation.cluster().pods.filter(({ hostNetwork, address }) => !hostNetwork && address !== undefined);
  const [first] = pods;
  const far = pods.findLast(({ node }) => node !== first?.node);
  if (!first || !far) throw new Error('The sample has Pods on one node only');
  return { first, far, backend: pods.find(({ labels }) => labels.app === 'backend') ?? far };
}

function lines(simulation: Simulation, netns: string, line: string): readonly string[] {
  const done = simulation.apply({ type: 'exec', netns, line });
  if (!done.ok) throw new Error(`${line} failed`);
  return done.output?.lines.map(({ text }) => text) ?? [];
}

describe('the AWS VPC CNI', () => {
  it('lets the VPC deliver to Pods at their own addresses, in jumbo frames', () => {
    const simulation = sample();
    const { first, far } = podsOf(simulation);
    expect(simulation.cluster()).toMatchObject({ podMtu: 9001, warnings: [] });
    const [request] = ask(simulation, first.netns, far.netns).traces.filter(({ role }) => role === 'forward');
    expect(request?.disposition.type).toBe('delivered');
    expect(request?.hops.map(({ netns }) => netns)).toContain('router/vpc');
    const table = simulation.print('router/vpc', 'ip-route').map(({ text }) => text);
    expect(table.some((line) => line.startsWith(`${far.address} via `))).toBe(true);
  });

  it('routes by policy: to Pods by main, from Pods by the table of their interface', () => {
    const simulation = sample();
    const { first } = podsOf(simulation);
    const node = `node/${first.node}`;
    const rules = lines(simulation, node, 'ip rule');
    expect(rules[0]).toBe('20:\tfrom all lookup local');
    expect(rules).toContain(`512:\tfrom all to ${first.address} lookup main`);
    expect(rules).toContain('1024:\tfrom all fwmark 0x80/0x80 lookup main');
    expect(rules).toContain(`1536:\tfrom ${first.address} lookup 2`);
    expect(lines(simulation, node, 'ip route show table 2')).toEqual([
      'default via 10.244.0.1 dev eth1 ',
      '10.244.0.1 dev eth1 scope link ',
    ]);
    expect(
      simulation
        .print(first.netns, 'ip-neigh')
        .map(({ text }) => text)
        .join(),
    ).toMatch(/169\.254\.1\.1 .*PERMANENT/);
  });

  it('gives what leaves the VPC the node’s address, and keeps the Pod’s within it', () => {
    const simulation = sample();
    const { first } = podsOf(simulation);
    const node = simulation.cluster().nodes.find(({ name }) => name === first.node);
    const [outside] = simulation.cluster().outside;
    const inside = ask(simulation, first.netns, `${outside?.address}:80`, 'http');
    expect(inside.outcomes[0]?.text).toContain(`saw=${first.address}:`);
    const out = ask(simulation, first.netns, '8.8.8.8:80', 'http');
    expect(out.outcomes[0]?.text).toContain(`saw=${node?.address}:`);
  });

  it('answers node ports of policy Local by the interface that they came in by, and not without the marks', () => {
    const simulation = sample();
    const { backend } = podsOf(simulation);
    const node = simulation.cluster().nodes.find(({ name }) => name === backend.node);
    const [outside] = simulation.cluster().outside;
    const from = outside?.netns ?? '';
    expect(ask(simulation, from, `${node?.address}:30091`, 'http').outcomes[0]?.type).toBe('answered');
    expect(lines(simulation, node?.netns ?? '', 'ip rule del pref 1024')).toEqual([]);
    expect(ask(simulation, from, `${node?.address}:30091`, 'http').outcomes[0]?.type).toBe('timeout');
    expect(lines(simulation, node?.netns ?? '', 'ip rule add fwmark 0x80/0x80 lookup main pref 1024')).toEqual([]);
    expect(ask(simulation, from, `${node?.address}:30091`, 'http').outcomes[0]?.type).toBe('answered');
  });

  it('leaves Pods of other nodes out of reach where nobody is that would deliver to them', () => {
    const simulation = sample({ underlay: 'l2' });
    const { first, far } = podsOf(simulation);
    expect(simulation.cluster().warnings.join()).toContain('ipamd finds no EC2');
    expect(ask(simulation, first.netns, far.netns).outcomes[0]?.type).not.toBe('answered');
  });
});
