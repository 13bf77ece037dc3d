import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../../../datamodel/flow/trace.ts';
import { sampleSources } from '../../../../manifests/sample.ts';
import { formatPrefix } from '../../../../wire/address.ts';
import { addressSpace } from '../../../addressSpace.ts';
import { createSimulation } from '../../../createSimulation.ts';
import type { Simulation } from '../../../simulation.ts';

const POOL = { ipam: 'cluster-pool', 'cluster-pool-ipv4-cidr': '10.0.0.0/8', 'cluster-pool-ipv4-mask-size': '24' };
const FALLBACK = 'Falling back to legacy host routing (enable-host-legacy-routing=true).';

const NODES = ['worker-01', 'worker-02', 'worker-03'];

/** Three nodes with two Pods each, which have no addresses yet, and a cilium-config. */
function configured(data: Readonly<Record<string, string>>, subnet = '192.168.1'): Simulation {
  const config = { name: 'cilium-config', namespace: 'kube-system' };
  const spec = (nodeName: string) => ({ nodeName, containers: [{ name: 'a', image: 'nginx' }] });
  const items = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: config, data },
    ...NODES.map((name, i) => {
      const addresses = [{ type: 'InternalIP', address: `${subnet}.${i + 11}` }];
      return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { addresses } };
    }),
    ...NODES.flatMap((node) =>
      ['a', 'b'].map((name) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${name}-${node}` },
        spec: spec(node),
      })),
    ),
  ];
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const created = createSimulation([{ name: 'cilium.json', text }]);
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  return created.value;
}

function pods(simulation: Simulation) {
  return simulation.cluster().pods.filter(({ hostNetwork, address }) => !hostNetwork && address !== undefined);
}

function ask(simulation: Simulation, to: string, as: 'ping' | 'http' = 'ping'): Conversation {
  const target = simulation.resolve(to, 'to');
  if (!target.ok) throw new Error(target.message);
  const { port } = target;
  const from = pods(simulation)[0]?.netns ?? '';
  const base = { from, to: target.to, as, payload: 56, repeat: 1, warm: false } as const;
  return simulation.send({ ...base, ...(port !== undefined && { port }) });
}

function redirects(conversation: Conversation): readonly string[] {
  const steps = conversation.traces.flatMap(({ hops }) => hops.flatMap((hop) => hop.steps));
  return steps.flatMap((step) => (step.type === 'program' ? (step.helper ?? []) : []));
}

describe('host routing', () => {
  const full = { 'kube-proxy-replacement': 'true', 'enable-bpf-masquerade': 'true' };

  it.each([
    ['past netfilter, with eBPF for Services and for masquerading', full, true, ''],
    [
      'past netfilter, without masquerading',
      { ...full, 'enable-bpf-masquerade': 'false', 'enable-ipv4-masquerade': 'false' },
      true,
      '',
    ],
    ['by the stack when told so', { ...full, 'enable-host-legacy-routing': 'true' }, false, ''],
    [
      'by the stack where iptables masquerades',
      { 'kube-proxy-replacement': 'true' },
      false,
      `BPF host routing requires enable-bpf-masquerade. ${FALLBACK}`,
    ],
    ['by the stack beside kube-proxy', {}, false, `BPF host routing requires kube-proxy-replacement. ${FALLBACK}`],
    [
      'by the stack beside kube-proxy, whatever else is asked for',
      { 'enable-bpf-masquerade': 'true' },
      false,
      'BPF masquerade requires NodePort (--enable-node-port="true"). Falling back to iptables-based masquerading.',
    ],
  ])('is %s', (_, data, past, warning) => {
    const simulation = configured({ ...POOL, ...data });
    const far = pods(simulation).findLast(({ node }) => node !== pods(simulation)[0]?.node);
    const conversation = ask(simulation, far?.netns ?? '');
    expect(conversation.outcomes[0]?.type).toBe('answered');
    expect(redirects(conversation).includes('bpf_redirect_peer')).toBe(past);
    const said = simulation.cluster().warnings.filter((text) => text.startsWith('cilium-agent:'));
    if (warning === '') expect(said).toEqual([]);
    else expect(said.join('\n')).toContain(warning);
  });

  it('masquerades by iptables where eBPF does not', () => {
    const natOf = (data: Readonly<Record<string, string>>): string =>
      configured({ ...POOL, ...data })
        .print('node/worker-01', 'iptables-save')
        .map(({ text }) => text)
        .filter((text) => text.startsWith('-A CILIUM_POST_nat'))
        .join('\n');
    expect(natOf({ 'kube-proxy-replacement': 'true' })).toContain('MASQUERADE');
    expect(natOf(full)).toBe('');
    expect(natOf({ 'enable-ipv4-masquerade': 'false' })).toBe('');
  });
});

describe('routes', () => {
  const routes = (data: Readonly<Record<string, string>>): readonly string[] =>
    configured({ ...POOL, ...data })
      .print('node/worker-01', 'ip-route')
      .map(({ text }) => text);

  it('lead to each Pod only with endpoint routes', () => {
    expect(routes({}).filter((line) => line.includes(' dev lxc'))).toEqual([]);
    const simulation = configured({ ...POOL, 'enable-endpoint-routes': 'true' });
    const own = pods(simulation).filter(({ node }) => node === 'worker-01');
    const lines = simulation.print('node/worker-01', 'ip-route').map(({ text }) => text);
    expect(lines.filter((line) => line.includes(' dev lxc'))).toHaveLength(own.length);
    for (const { netns } of pods(simulation).slice(1)) {
      expect(ask(simulation, netns).outcomes[0]?.type).toBe('answered');
    }
  });

  it('lead to other nodes’ Pods without a tunnel only if the agent is to write them', () => {
    const native = { 'routing-mode': 'native', 'ipv4-native-routing-cidr': '10.0.0.0/8' };
    const toOthers = (data: Readonly<Record<string, string>>): readonly string[] =>
      routes({ ...native, ...data }).filter((line) => /^10\.0\.\d+\.0\/24 via 192/.test(line));
    expect(toOthers({})).toEqual([]);
    expect(toOthers({ 'auto-direct-node-routes': 'true' })).toHaveLength(2);
  });
});

describe('nodes’ ranges', () => {
  it('come out of the operator’s pool, and Pods’ addresses out of them', () => {
    const simulation = configured(POOL);
    const view = simulation.cluster();
    expect(view.nodes.map(({ podBlocks }) => podBlocks)).toEqual([['10.0.0.0/24'], ['10.0.1.0/24'], ['10.0.2.0/24']]);
    for (const { address, node } of pods(simulation)) {
      const at = view.nodes.findIndex(({ name }) => name === node);
      expect(address).toMatch(new RegExp(`^10\\.0\\.${at}\\.`));
    }
  });

  it('are cut as long as the pool says, and are the podCIDRs with ipam kubernetes', () => {
    const cut = configured({ ...POOL, 'cluster-pool-ipv4-cidr': '172.20.0.0/16', 'cluster-pool-ipv4-mask-size': '26' });
    expect(cut.cluster().nodes.map(({ podBlocks }) => podBlocks?.[0])).toEqual([
      '172.20.0.0/26',
      '172.20.0.64/26',
      '172.20.0.128/26',
    ]);
    const { nodes } = configured({ ipam: 'kubernetes' }).cluster();
    expect(nodes.map(({ podBlocks }) => podBlocks?.[0])).toEqual(nodes.map(({ podCidr }) => podCidr));
  });

  it('are warned of where nodes’ own addresses lie in them', () => {
    const simulation = configured({ ...POOL, 'cluster-pool-ipv4-cidr': '10.0.0.0/8' }, '10.0.0');
    expect(simulation.cluster().warnings.join('\n')).toContain('the pool must not overlap with it');
  });

  it('run out, and Pods of the node without one are not made', () => {
    const simulation = configured({ ...POOL, 'cluster-pool-ipv4-cidr': '172.20.0.0/23' });
    expect(simulation.cluster().warnings.join('\n')).toContain('no range is left for worker-03: allocator full');
    const left = simulation.cluster().pods.filter(({ node, hostNetwork }) => node === 'worker-03' && !hostNetwork);
    expect(left.every(({ address }) => address === undefined)).toBe(true);
  });

  it('are in the address space, one a node, with what is next', () => {
    const simulation = configured(POOL);
    const space = addressSpace(simulation.cluster(), simulation.addressing());
    const range = space.ranges.find(({ name }) => name === 'Pods');
    expect(range && formatPrefix(range.prefix)).toBe('10.0.0.0/8');
    expect(range?.blocks.map(({ prefix, node }) => `${node} ${formatPrefix(prefix)}`)).toEqual([
      'worker-01 10.0.0.0/24',
      'worker-02 10.0.1.0/24',
      'worker-03 10.0.2.0/24',
    ]);
    expect(range?.blocks.every(({ next }) => next !== undefined)).toBe(true);
  });
});

describe('a host port', () => {
  it.each(['ebpf', 'iptables'] as const)(
    '[EB29] is answered from outside and from other nodes, beside %s',
    (proxyMode) => {
      const text = JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          ...NODES.map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })),
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'web' },
            spec: {
              nodeName: 'worker-02',
              containers: [{ name: 'a', image: 'nginx', ports: [{ containerPort: 80, hostPort: 8088 }] }],
            },
          },
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'client' },
            spec: { nodeName: 'worker-01', containers: [{ name: 'a', image: 'nginx' }] },
          },
        ],
      });
      const created = createSimulation([{ name: 'ports.json', text }], { cni: 'cilium-vxlan', proxyMode });
      if (!created.ok) throw new Error(JSON.stringify(created.error));
      const simulation = created.value;
      const node = simulation.cluster().nodes.find(({ name }) => name === 'worker-02');
      for (const from of [simulation.cluster().outside[0]?.address ?? '', 'node/worker-01', 'pod/default/client']) {
        const target = simulation.resolve(`${node?.address}:8088`, 'to');
        if (!target.ok) throw new Error(target.message);
        const sent = { from, to: target.to, as: 'http', port: 8088, payload: 0, repeat: 1, warm: false } as const;
        expect(`${from} ${simulation.send(sent).outcomes[0]?.type}`).toBe(`${from} answered`);
      }
      const rules = simulation.print('node/worker-02', 'iptables-save').map(({ text }) => text);
      expect(rules.some((line) => line.includes('CNI-HOSTPORT-DNAT'))).toBe(proxyMode === 'iptables');
    },
  );
});

describe('beside kube-proxy', () => {
  it.each(['cilium-vxlan', 'cilium-native'] as const)('Pods’ ClusterIPs are the agent’s, with %s', (cni) => {
    const created = createSimulation(sampleSources(), { cni, proxyMode: 'iptables' });
    if (!created.ok) throw new Error('The sample is wrong');
    const simulation = created.value;
    const conversation = ask(simulation, 'svc/default/backend', 'http');
    expect(conversation.outcomes[0]?.type).toBe('answered');
    const steps = conversation.traces.flatMap(({ hops }) => hops.flatMap((hop) => hop.steps));
    const changed = steps.flatMap((step) => (step.type === 'translate' ? [`${step.kind} ${step.by}`] : []));
    expect(new Set(changed)).toEqual(new Set(['dnat ebpf', 'undo-dnat ebpf']));
  });
});
