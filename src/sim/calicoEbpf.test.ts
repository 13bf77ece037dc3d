import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import type { Tool } from '../datamodel/cluster/printed.ts';
import type { Destination, TrafficKind } from '../datamodel/flow/flow.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { sampleSources } from '../manifests/sample.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { conversationProblems } from './testing/traceProblems.ts';

const CLIENT = '192.168.1.100';
const SERVICE_VNI = 0xca11c0;
const MTU = 1500;

function sample(settings: Partial<ClusterSettings> = {}): Simulation {
  const created = createSimulation(sampleSources(), { cni: 'calico-ebpf', ...settings });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  return created.value;
}

interface Ask {
  readonly as?: TrafficKind;
  readonly payload?: number;
  readonly warm?: boolean;
}

function ask(
  simulation: Simulation,
  from: string,
  to: string,
  { as = 'ping', payload = 56, warm = false }: Ask = {},
): Conversation {
  const target = simulation.resolve(to, 'to');
  if (!target.ok) throw new Error(target.message);
  return send(simulation, from, target.to, { as, payload, warm }, target.port);
}

function send(
  simulation: Simulation,
  from: string,
  to: Destination,
  { as = 'http', payload = 56, warm = false }: Ask,
  port?: number,
): Conversation {
  const flow = { from, to, as, ...(port !== undefined && { port }), payload, repeat: 1, warm };
  const conversation = simulation.send(flow);
  expect(conversationProblems(conversation)).toEqual([]);
  return conversation;
}

function answered(conversation: Conversation): string {
  const [outcome] = conversation.outcomes;
  expect(outcome?.type, outcome?.text).toBe('answered');
  return outcome?.text ?? '';
}

function steps(conversation: Conversation, label?: string): readonly Step[] {
  return conversation.traces
    .filter((trace) => label === undefined || trace.label === label)
    .flatMap(({ hops }) => hops.flatMap((hop) => hop.steps));
}

/** Where packets left or arrived, as `netns device direction`. */
function taps(conversation: Conversation, label: string): readonly string[] {
  return steps(conversation, label).flatMap(({ type, netns, device }) =>
    type === 'transmit' || type === 'receive' ? [`${netns} ${device} ${type === 'transmit' ? 'out' : 'in'}`] : [],
  );
}

function podsOf(simulation: Simulation) {
  const pods = simulation.cluster().pods.filter(({ hostNetwork, address }) => !hostNetwork && address !== undefined);
  const [first] = pods;
  const near = pods.find((pod) => pod !== first && pod.node === first?.node);
  const far = pods.findLast(({ node }) => node !== first?.node);
  if (!first || !near || !far) throw new Error('The sample has too few Pods');
  return { pods, first, near, far };
}

describe('between Pods', () => {
  it('hands packets of a connection that both ends know straight into the Pod, past the near end of its cable', () => {
    const simulation = sample();
    const { first, near } = podsOf(simulation);
    const cold = ask(simulation, first.netns, near.netns);
    answered(cold);
    const [out, into] = [first.hostDevice, near.hostDevice];
    expect(taps(cold, 'echo request')).toEqual([
      `${first.netns} eth0 out`,
      `node/${first.node} ${out} in`,
      `node/${first.node} ${into} out`,
      `${near.netns} eth0 in`,
    ]);
    const warm = ask(simulation, first.netns, near.netns);
    for (const label of ['echo request', 'echo reply']) {
      const from = label === 'echo request' ? first : near;
      const to = from === first ? near : first;
      expect(taps(warm, label)).toEqual([
        `${from.netns} eth0 out`,
        `node/${first.node} ${from.hostDevice} in`,
        `${to.netns} eth0 in`,
      ]);
    }
  });

  it('passes no hook of netfilter on any node', () => {
    const simulation = sample();
    const { first, far } = podsOf(simulation);
    const conversation = ask(simulation, first.netns, `${far.netns}:8080`, { as: 'http' });
    const hooks = steps(conversation).filter(({ type, netns }) => type === 'hook' && netns.startsWith('node/'));
    expect(hooks).toEqual([]);
  });

  it.each(['l2', 'two-subnets', 'leaf-spine'] as const)(
    'on %s every Pod sees every other under its own address',
    (underlay) => {
      const simulation = sample({ underlay });
      const { pods } = podsOf(simulation);
      for (const from of pods) {
        for (const to of pods.filter((pod) => pod !== from)) {
          const conversation = ask(simulation, from.netns, to.netns);
          answered(conversation);
          expect(steps(conversation, 'echo request').some(({ type }) => type === 'translate')).toBe(false);
        }
      }
    },
  );

  it('wraps only what crosses subnets, as its pool says, by a key that a program sets', () => {
    const simulation = sample({ underlay: 'two-subnets' });
    const { pods } = podsOf(simulation);
    const tunneled = (from: string, to: string): readonly number[] =>
      pods
        .filter(({ node }) => node === from)
        .slice(0, 1)
        .flatMap((pod) => {
          const other = pods.find(({ node }) => node === to);
          const conversation = ask(simulation, pod.netns, other?.netns ?? '');
          return steps(conversation, 'echo request').flatMap((step) =>
            step.type === 'encapsulate' ? [step.vni ?? 0] : [],
          );
        });
    expect(tunneled('worker-01', 'worker-02')).toEqual([]);
    expect(tunneled('worker-01', 'worker-03')).toEqual([4096]);
  });
});

describe('Calico’s IPIP pools', () => {
  it.each(['IPIP', 'IPIPCrossSubnet'])('%s goes by tunl0 to the node that a program names', (encapsulation) => {
    const installation =
      'apiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {calicoNetwork: ' +
      `{linuxDataplane: BPF, ipPools: [{cidr: 10.48.0.0/16, encapsulation: ${encapsulation}}]}}\n---\n`;
    const pod = (node: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: on-${node}}\nspec: {nodeName: ${node}, containers: [{name: c, image: i}]}\n---\n`;
    const nodes = ['a', 'b', 'c'].map((name) => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n---\n`);
    const text = `${installation}${nodes.join('')}${['a', 'b', 'c'].map(pod).join('')}`;
    const created = createSimulation([{ name: 'ipip.yaml', text }], { underlay: 'two-subnets' });
    if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
    const simulation = created.value;
    expect(simulation.cluster().cni).toBe('calico-ebpf');
    const tunneled = ['b', 'c'].map((node) => {
      const cold = ask(simulation, 'pod/default/on-a', `pod/default/on-${node}`);
      answered(cold);
      const warm = ask(simulation, 'pod/default/on-a', `pod/default/on-${node}`);
      answered(warm);
      return steps(warm).filter((step) => step.type === 'encapsulate' && step.tunnel === 'ipip').length;
    });
    expect(tunneled).toEqual(encapsulation === 'IPIP' ? [2, 2] : [0, 2]);
    const hooks = steps(ask(simulation, 'pod/default/on-a', 'pod/default/on-c'));
    expect(hooks.filter(({ type, pass, netns }) => type === 'hook' && pass === 'host' && netns === 'node/a')).toEqual(
      [],
    );
  });
});

describe('services', () => {
  it('gives TCP its backend at connect(), UDP at the cable', () => {
    const simulation = sample();
    const { first } = podsOf(simulation);
    const conversation = send(simulation, first.netns, { type: 'name', name: 'backend' }, { as: 'http' }, 80);
    expect(answered(conversation)).toContain(`saw=${first.address}:`);
    const programs = steps(conversation).flatMap((step) => (step.type === 'program' && step.service ? [step] : []));
    const dns = programs.find(({ service }) => service === '10.96.0.10:53/UDP');
    expect(dns).toMatchObject({ attach: 'tc ingress', action: 'translate', device: first.hostDevice });
    const tcp = programs.find(({ service }) => service?.startsWith('10.96.42.10:80'));
    expect(tcp).toMatchObject({ attach: 'cgroup/connect4', action: 'translate' });
    expect(steps(conversation, 'SYN').some(({ type }) => type === 'translate')).toBe(false);
  });

  it('takes the host’s own UDP for a Service round by bpfout.cali', () => {
    const simulation = sample();
    const udp = ask(simulation, 'node/worker-01', 'svc/kube-system/kube-dns:53', { as: 'udp' });
    expect(taps(udp, 'UDP datagram').slice(0, 3)).toEqual([
      'node/worker-01 bpfin.cali out',
      'node/worker-01 bpfout.cali in',
      'node/worker-01 eth0 out',
    ]);
  });

  it.each([undefined, 'dsr'] as const)(
    'reaches a NodePort’s backend on another node with the client’s address (%s)',
    (dsr) => {
      const simulation = sample({ ...(dsr && { ebpf: { dsr } }) });
      const [asked, has] = ['node/worker-02', 'node/worker-01'];
      const conversation = ask(simulation, CLIENT, `${asked}:30080`, { as: 'http' });
      expect(answered(conversation)).toContain(`saw=${CLIENT}:`);
      const wraps = (label: string) =>
        steps(conversation, label).flatMap((step) =>
          step.type === 'encapsulate' ? [`${step.netns} ${step.vni} ${step.overhead}`] : [],
        );
      expect(wraps('SYN')).toEqual([`${asked} ${SERVICE_VNI} 50`]);
      expect(wraps('SYN ACK')).toEqual(dsr ? [] : [`${has} ${SERVICE_VNI} 50`]);
      const back = taps(conversation, 'SYN ACK');
      expect(back.includes(`${asked} eth0 out`)).toBe(!dsr);
      const hooks = steps(conversation).filter(({ type, netns }) => type === 'hook' && netns.startsWith('node/'));
      expect(hooks).toEqual([]);
    },
  );

  it('tells who sends what no longer fits when it is wrapped', () => {
    const simulation = sample({ podMtu: MTU });
    const conversation = ask(simulation, CLIENT, 'node/worker-02:30080', { as: 'http', payload: 4000 });
    answered(conversation);
    const dropped = steps(conversation).flatMap((step) => (step.type === 'drop' ? [step.icmp] : []));
    expect(dropped).toContainEqual({ type: 3, code: 4, mtu: MTU - 50 });
  });

  it('reaches NodePorts from Pods, nodes and outside, by any node', () => {
    const simulation = sample();
    const { first, far } = podsOf(simulation);
    for (const from of [first.netns, far.netns, 'node/worker-01', 'node/worker-03', CLIENT]) {
      for (const node of ['worker-01', 'worker-02', 'worker-03']) {
        answered(ask(simulation, from, `node/${node}:30080`, { as: 'http' }));
      }
    }
  });
});

describe('beyond the cluster', () => {
  it('leaves by the stack, which masquerades what the program has marked', () => {
    const simulation = sample();
    const { first } = podsOf(simulation);
    const node = simulation.cluster().nodes.find(({ name }) => name === first.node);
    const conversation = ask(simulation, first.netns, '8.8.8.8:80', { as: 'http' });
    expect(answered(conversation)).toContain(`saw=${node?.address}:`);
    expect(steps(conversation, 'SYN').some((step) => step.type === 'translate' && step.kind === 'masquerade')).toBe(
      true,
    );
  });

  it('reaches nodes, and nodes reach Pods', () => {
    const simulation = sample();
    const { first } = podsOf(simulation);
    for (const { netns } of simulation.cluster().nodes) {
      answered(ask(simulation, first.netns, netns));
      answered(ask(simulation, netns, first.netns));
      answered(ask(simulation, netns, `${first.netns}:80`, { as: 'http' }));
    }
    answered(ask(simulation, CLIENT, 'node/worker-01'));
  });
});

describe('settings', () => {
  it('says why kube-proxy’s modes cannot run beside it', () => {
    const created = createSimulation(sampleSources(), { cni: 'calico-ebpf', proxyMode: 'iptables' });
    expect(created).toMatchObject({
      ok: false,
      error: [{ message: expect.stringContaining('iptables mode cannot run') }],
    });
    const simulation = sample();
    expect(simulation.cluster().proxyMode).toBe('ebpf');
    const flipped = simulation.apply({ type: 'configure', settings: { proxyMode: 'ipvs' } });
    expect(flipped).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('ipvs mode cannot run') }],
    });
  });

  it('comes and goes as a flip, with kube-proxy back in the mode that it had', () => {
    const simulation = sample({ cni: 'calico-bgp', proxyMode: 'nftables' });
    for (const [cni, proxyMode] of [
      ['calico-ebpf', 'ebpf'],
      ['calico-bgp', 'nftables'],
    ] as const) {
      const flipped = simulation.apply({ type: 'configure', settings: { cni } });
      expect(flipped.ok).toBe(true);
      expect(simulation.cluster()).toMatchObject({ cni, proxyMode });
      const { first, far } = podsOf(simulation);
      answered(ask(simulation, first.netns, far.netns));
      answered(ask(simulation, first.netns, 'svc/default/backend', { as: 'http' }));
    }
  });

  it('is taken up in place by Pods that are there, and given up again', () => {
    const simulation = sample({ cni: 'calico-bgp' });
    const { first, far } = podsOf(simulation);
    for (const cni of ['calico-ebpf', 'calico-bgp'] as const) {
      const changed = simulation.apply({ type: 'configure', settings: { cni }, inPlace: {} });
      expect(changed.ok).toBe(true);
      answered(ask(simulation, first.netns, far.netns));
      const conversation = ask(simulation, first.netns, 'svc/default/backend', { as: 'http' });
      answered(conversation);
      const isEbpf = steps(conversation).some(({ type }) => type === 'program');
      expect(isEbpf).toBe(cni === 'calico-ebpf');
    }
  });

  it('rolled out on one node, works with the others but for what it sends them for service ports', () => {
    const simulation = sample({ cni: 'calico-bgp' });
    const { first, far } = podsOf(simulation);
    const changed = simulation.apply({
      type: 'configure',
      settings: { cni: 'calico-ebpf' },
      inPlace: { node: 'worker-02' },
    });
    expect(changed.ok).toBe(true);
    const programmed = simulation.cluster().nodes.flatMap(({ name, programmed: devices }) => (devices ? [name] : []));
    expect(programmed).toEqual(['worker-02']);
    const there = simulation.cluster().pods.find(({ node, hostNetwork }) => node === 'worker-02' && !hostNetwork);
    for (const pod of [first, far]) {
      answered(ask(simulation, pod.netns, there?.netns ?? ''));
      answered(ask(simulation, there?.netns ?? '', pod.netns));
    }
    answered(ask(simulation, there?.netns ?? '', 'svc/default/frontend', { as: 'http' }));
    answered(ask(simulation, first.netns, 'svc/default/backend', { as: 'http' }));
    // Nobody on worker-01 unwraps it.
    const lost = ask(simulation, CLIENT, 'node/worker-02:30080', { as: 'http' });
    expect(lost.outcomes[0]?.type).not.toBe('answered');
    answered(ask(simulation, CLIENT, 'node/worker-01:30080', { as: 'http' }));
  });

  it('leaves Pods the MTU that their pools’ encapsulation leaves: that of service ports is not counted', () => {
    expect(sample().cluster().podMtu).toBe(MTU - 50);
    const pool = (encapsulation: string): string =>
      'apiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {calicoNetwork: ' +
      `{linuxDataplane: BPF, ipPools: [{cidr: 10.48.0.0/16, encapsulation: ${encapsulation}}]}}\n`;
    for (const [encapsulation, podMtu] of [
      ['None', MTU],
      ['IPIP', MTU - 20],
    ] as const) {
      const created = createSimulation([{ name: 'calico.yaml', text: pool(encapsulation) }]);
      expect(created.ok && created.value.cluster()).toMatchObject({ cni: 'calico-ebpf', proxyMode: 'ebpf', podMtu });
    }
  });
});

describe('what calico-node -bpf prints', () => {
  const print = (simulation: Simulation, tool: Tool, netns = 'node/worker-01'): readonly string[] =>
    simulation.print(netns, tool).map(({ text }) => text);

  it('has whose every address is', () => {
    const simulation = sample();
    const { first, far } = podsOf(simulation);
    const lines = print(simulation, 'calico-routes');
    const own = lines.find((line) => line.trimStart().startsWith(`${first.address}/32:`));
    expect(own).toMatch(/: local workload in-pool nat-out idx \d+$/);
    expect(lines).toContain('192.168.1.11/32: local host');
    expect(lines).toContain('192.168.1.12/32: remote host');
    const node = simulation.cluster().nodes.find(({ name }) => name === far.node);
    expect(lines.join()).toContain(`remote workload in-pool nat-out same-subnet tunneled nh ${node?.address}`);
  });

  it('has each service’s addresses with its backends, the node’s own first', () => {
    const lines = print(sample(), 'calico-nat');
    const at = lines.findIndex((line) => line.startsWith('10.96.118.64 port 80 proto 6 id '));
    expect(lines[at]).toMatch(/^10\.96\.118\.64 port 80 proto 6 id (\d+) count 1 local 1$/);
    const id = / id (\d+) /.exec(lines[at] ?? '')?.[1];
    expect(lines[at + 1]).toBe(`\t${id}:0\t 10.244.1.23:80`);
    expect(lines).toContain(`192.168.1.11 port 30080 proto 6 id ${id} count 1 local 1`);
    expect(lines).toContain(`255.255.255.255 port 30080 proto 6 id ${id} count 1 local 1`);
  });

  it('has connections, and how they came', () => {
    const simulation = sample();
    answered(ask(simulation, CLIENT, 'node/worker-02:30080', { as: 'http' }));
    const [line = ''] = print(simulation, 'calico-conntrack').filter((each) => each.includes(CLIENT));
    expect(line).toMatch(
      /^TCP 192\.168\.1\.100:\d+ -> 192\.168\.1\.12:30080 -> 10\.244\.1\.23:80 external client, service forwarded to\/from 192\.168\.1\.12 {2}Active ago \S+ CLOSED$/,
    );
    const exec = (command: string) => simulation.apply({ type: 'exec', netns: 'node/worker-01', line: command });
    const dumped = exec('calico-node -bpf conntrack dump');
    expect(dumped.ok && dumped.output?.lines.map(({ text }) => text)).toContain(line);
    expect(exec('cilium bpf lb list')).toMatchObject({ ok: false, output: { exitCode: 127 } });
  });
});
