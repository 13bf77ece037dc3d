import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../../../../datamodel/cluster/command.ts';
import type { TrafficKind } from '../../../../datamodel/flow/flow.ts';
import type { Conversation } from '../../../../datamodel/flow/trace.ts';
import { sampleSources } from '../../../../manifests/sample.ts';
import { createSimulation } from '../../../createSimulation.ts';
import type { Simulation } from '../../../simulation.ts';
import { conversationProblems } from '../../../testing/traceProblems.ts';

const TUNNELS = ['cilium-vxlan', 'cilium-geneve'] as const;
const ALL = [...TUNNELS, 'cilium-native'] as const;
const PROXIES = ['iptables', 'nftables', 'ipvs', 'ebpf'] as const;

function sample(settings: Partial<ClusterSettings>): Simulation {
  const created = createSimulation(sampleSources(), settings);
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  return created.value;
}

function ask(simulation: Simulation, from: string, to: string, as: TrafficKind = 'ping', payload = 56): Conversation {
  const target = simulation.resolve(to, 'to');
  if (!target.ok) throw new Error(target.message);
  const { port } = target;
  const conversation = simulation.send({
    from,
    to: target.to,
    as,
    ...(port !== undefined && { port }),
    payload,
    repeat: 1,
    warm: false,
  });
  expect(conversationProblems(conversation)).toEqual([]);
  return conversation;
}

function podsOf(simulation: Simulation) {
  const pods = simulation.cluster().pods.filter(({ hostNetwork, address }) => !hostNetwork && address !== undefined);
  const [first] = pods;
  const far = pods.findLast(({ node }) => node !== first?.node);
  if (!first || !far) throw new Error('The sample has Pods on one node only');
  return { first, far, near: pods.find((pod) => pod !== first && pod.node === first.node) };
}

function forwardSteps(conversation: Conversation) {
  const trace = conversation.traces.find(({ role }) => role === 'forward');
  return trace?.hops.flatMap(({ steps }) => steps) ?? [];
}

describe.each(ALL)('%s', (cni) => {
  it.each(PROXIES)('reaches Pods, Services, nodes and the world beside %s', (proxyMode) => {
    const simulation = sample({ cni, proxyMode });
    const { first, far, near } = podsOf(simulation);
    const view = simulation.cluster();
    for (const pod of [far, near].filter((each) => each !== undefined)) {
      expect(ask(simulation, first.netns, pod.netns).outcomes[0]?.type, 'ping').toBe('answered');
    }
    const clusterIp = view.services.find(({ name }) => name === 'backend') ?? view.services.at(-1);
    const asked = ask(simulation, first.netns, `svc/${clusterIp?.namespace}/${clusterIp?.name}`, 'http');
    expect(asked.outcomes[0]?.type, 'Service').toBe('answered');
    for (const node of view.nodes) {
      expect(ask(simulation, first.netns, node.netns).outcomes[0]?.type, 'node').toBe('answered');
      expect(ask(simulation, node.netns, first.netns).outcomes[0]?.type, 'from node').toBe('answered');
    }
    const own = view.nodes.find(({ name }) => name === first.node);
    const world = ask(simulation, first.netns, '8.8.8.8:80', 'http');
    expect(world.outcomes[0]?.text).toContain(`saw=${own?.address}:`);
  });
});

describe.each(TUNNELS)('%s', (cni) => {
  it('sends the sender’s identity as the VNI, set by a program', () => {
    const simulation = sample({ cni, proxyMode: 'ebpf' });
    const { first, far } = podsOf(simulation);
    const steps = forwardSteps(ask(simulation, first.netns, far.netns));
    const note = steps.flatMap((step) => (step.type === 'program' ? (step.note ?? []) : [])).join();
    const identity = Number(/identity (\d+) as VNI/.exec(note)?.[1]);
    expect(identity).toBeGreaterThanOrEqual(256);
    expect(steps.find(({ type }) => type === 'encapsulate')).toMatchObject({ vni: identity });
  });

  it('is known to all nodes by its identity and its node', () => {
    const simulation = sample({ cni });
    const { first, far } = podsOf(simulation);
    const done = simulation.apply({ type: 'exec', netns: `node/${first.node}`, line: 'cilium bpf ipcache list' });
    const text = done.ok ? (done.output?.lines.map((line) => line.text) ?? []) : [];
    const node = simulation.cluster().nodes.find(({ name }) => name === far.node);
    expect(text.find((line) => line.startsWith(`${far.address}/32 `))).toContain(`tunnelendpoint=${node?.address} `);
    expect(text.find((line) => line.startsWith(`${first.address}/32 `))).toContain('tunnelendpoint=0.0.0.0 ');
  });

  it('passes no hook of netfilter with a Pod’s packet on its way through a tunnel', () => {
    const simulation = sample({ cni, proxyMode: 'ebpf' });
    const { first, far } = podsOf(simulation);
    const steps = forwardSteps(ask(simulation, first.netns, far.netns));
    const hooks = steps.filter(({ type, pass }) => type === 'hook' && pass === 'host');
    expect(hooks.filter(({ netns }) => netns.startsWith('node/'))).toEqual([]);
  });

  it('has devices of the card’s MTU and routes of fifty bytes less', () => {
    const simulation = sample({ cni });
    const { first } = podsOf(simulation);
    expect(simulation.cluster().podMtu).toBe(1500);
    const routes = simulation.print(first.netns, 'ip-route').map(({ text }) => text);
    expect(routes[0]).toMatch(/^default via .* dev eth0 mtu 1450 $/);
    const host = simulation.print(`node/${first.node}`, 'ip-route').map(({ text }) => text);
    expect(host.some((line) => /dev cilium_host proto kernel src \S+ mtu 1450/.test(line))).toBe(true);
  });

  it('crosses subnets', () => {
    const simulation = sample({ cni, underlay: 'two-subnets' });
    const { first, far } = podsOf(simulation);
    expect(ask(simulation, first.netns, far.netns).outcomes[0]?.type).toBe('answered');
  });
});

describe('cilium-native', () => {
  it('leaves packets as they are, in whole frames', () => {
    const simulation = sample({ cni: 'cilium-native' });
    const { first, far } = podsOf(simulation);
    const steps = forwardSteps(ask(simulation, first.netns, far.netns));
    expect(steps.some(({ type }) => type === 'encapsulate')).toBe(false);
    const routes = simulation.print(first.netns, 'ip-route').map(({ text }) => text);
    expect(routes[0]).toMatch(/^default via \S+ dev eth0 $/);
  });

  it('needs one subnet, and says so', () => {
    const simulation = sample({ cni: 'cilium-native', underlay: 'two-subnets' });
    const { first } = podsOf(simulation);
    const far = simulation.cluster().pods.find(({ node, hostNetwork }) => node === 'worker-03' && !hostNetwork);
    expect(simulation.cluster().warnings.join()).toContain('cannot add direct routes to worker-03');
    expect(ask(simulation, first.netns, far?.netns ?? '').outcomes[0]?.type).not.toBe('answered');
  });
});
