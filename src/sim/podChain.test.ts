import { describe, expect, it } from 'vitest';
import type { PodChain, PodChainQuestion } from '../datamodel/cluster/podChain.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { sampleSources } from '../manifests/sample.ts';
import { printTool } from '../print/printTool.ts';
import { nodeBeforePods } from './controlplane/cni/clusterNode.ts';
import { createSimulation } from './createSimulation.ts';
import { makePods, podChain } from './podChain.ts';
import type { Simulation } from './simulation.ts';

function sample(changes: (text: string) => string = (text) => text): Simulation {
  const created = createSimulation(sampleSources().map(({ name, text }) => ({ name, text: changes(text) })));
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  return created.value;
}

function chainOf(simulation: Simulation, rest: Partial<PodChainQuestion> = {}): PodChain {
  const [first] = simulation.plan().pods.values();
  if (!first) throw new Error('no Pod has a sandbox');
  const { namespace, name } = first.pod.metadata;
  const chain = podChain(simulation.plan(), { namespace, name, ...rest });
  if (!chain.ok) throw new Error(chain.error);
  return chain.value;
}

const withHostPorts = (text: string): string =>
  text.replaceAll('containerPort: 80, protocol', 'containerPort: 80, hostPort: 8088, protocol');

describe('the chain and the compiler', () => {
  it.each([
    ['the sample', (text: string) => text],
    ['host ports', withHostPorts],
    ['host-gw', (text: string) => text.replace('"Type": "vxlan"', '"Type": "host-gw"')],
  ])('agree on every link, address, route and rule: %s', (_, changes) => {
    const simulation = sample(changes);
    const plan = simulation.plan();
    for (const node of plan.nodes.values()) {
      const machine = nodeBeforePods(plan, node);
      makePods(machine, plan, node);
      const host = simulation.netns(node.netns);
      if (!host) throw new Error('no such node');
      expect(written(machine.host.toNetns())).toEqual(written(host));
      for (const pod of node.pods) {
        const made = [...machine.sandboxes.values()].find(({ id }) => id === pod.netns);
        const compiled = simulation.netns(pod.netns);
        if (!made || !compiled) throw new Error(`${pod.netns} is missing`);
        expect(written(made.toNetns())).toEqual(written(compiled));
      }
    }
  });
});

/** What CNI wrote into a namespace. IPv6 on lo is the kernel's, and not simulated with the rest. */
function written({ links, addresses, routes, netfilter, sysctls }: Netns): unknown {
  const own = <T extends { readonly owner: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ owner }) => owner === 'cni');
  return {
    links: own(links),
    addresses: own(addresses).filter(({ address }) => address !== '::1'),
    routes: own(routes),
    rules: netfilter
      .flatMap(({ name, chains }) => chains.map((chain) => [name, chain.name, own(chain.rules)] as const))
      .filter(([, , rules]) => rules.length > 0)
      .sort(([, a], [, b]) => (a < b ? -1 : 1)),
    localnet: Object.entries(sysctls).filter(([key]) => key.endsWith('.route_localnet') && key.includes('cni0')),
  };
}

describe('a Pod of the sample', () => {
  it('is made by flannel, bridge, host-local and portmap, with lo before', () => {
    const { operations, remarks } = chainOf(sample());
    expect(
      operations.map(({ calls }) => calls.map(({ plugin, delegateDepth }) => `${delegateDepth} ${plugin}`)),
    ).toEqual([['0 loopback'], ['0 flannel', '1 bridge', '2 host-local', '0 portmap']]);
    const changed = operations[1]?.calls.map(({ changes }) =>
      changes.map(({ where, what, sign }) => `${sign} ${where} ${what}`),
    );
    expect(changed?.[0]).toEqual(['+ node file']);
    expect(changed?.[1]).toContain('+ pod route');
    expect(changed?.[2]).toContain('+ node file');
    expect(changed?.[3]).toEqual([]);
    expect(remarks.join(' ')).toMatch(/Kubernetes asks for plugins that speak 0.4.0 or later/);
  });

  it('can be deleted again, and leaves its address free', () => {
    const { operations } = chainOf(sample(), { afterwards: ['DEL', 'DEL'] });
    const [, , del, again] = operations;
    expect(del?.calls.map(({ plugin }) => plugin)).toEqual(['portmap', 'flannel', 'bridge', 'host-local']);
    expect(again?.calls.map(({ plugin }) => plugin)).toEqual(['portmap', 'flannel']);
    expect(del?.calls.at(-1)?.changes.map(({ sign, what }) => `${sign} ${what}`)).toEqual(['- file']);
  });

  it('fails as kubelet tells when its node has no subnet', () => {
    const simulation = sample();
    const broken = { ...simulation.plan(), network: { ...simulation.plan().network, subnetEnv: () => undefined } };
    const [first] = simulation.plan().pods.values();
    const chain = podChain(broken, {
      namespace: first?.pod.metadata.namespace ?? '',
      name: first?.pod.metadata.name ?? '',
    });
    expect(chain.ok && chain.value.operations[1]?.event).toMatch(
      /^FailedCreatePodSandBox: .* failed to setup network for sandbox "[0-9a-f]{64}": plugin type="flannel" failed \(add\): loadFlannelSubnetEnv failed: open \/run\/flannel\/subnet.env: no such file or directory$/,
    );
  });

  it('waits while the list cannot be read, with libcni’s reason', () => {
    const { refusal, operations } = chainOf(sample(), { list: '{"name": "cbr0", "plugins": [' });
    expect(operations).toEqual([]);
    expect(refusal?.kubelet).toMatch(
      /NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized$/,
    );
    expect(refusal?.runtime).toMatch(
      /error parsing configuration list: unexpected end of JSON input: invalid cni config/,
    );
  });

  it('fails by the plugin that a list names and nobody installed', () => {
    const list = JSON.stringify({ name: 'x', cniVersion: '1.0.0', plugins: [{ type: 'weave-net' }] });
    expect(chainOf(sample(), { list }).operations[1]?.error).toBe(
      'plugin type="weave-net" failed (add): failed to find plugin "weave-net" in path [/opt/cni/bin]',
    );
  });
});

describe('releases', () => {
  const list = JSON.stringify({
    name: 'cbr0',
    cniVersion: '1.1.0',
    plugins: [
      { type: 'flannel', delegate: { isDefaultGateway: true } },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });

  it('1.1.1 does not know version 1.1.0; the newest does, with STATUS and GC', () => {
    expect(chainOf(sample(), { list }).operations[1]?.error).toBe(
      'plugin type="flannel" failed (add): incompatible CNI versions; config is "1.1.0", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0"]',
    );
    const { operations } = chainOf(sample(), { list, release: '1.9.1', afterwards: ['STATUS', 'GC', 'CHECK'] });
    expect(operations.map(({ command, error }) => [command, error])).toEqual([
      ['ADD', undefined],
      ['ADD', undefined],
      ['STATUS', undefined],
      ['GC', undefined],
      ['CHECK', undefined],
    ]);
    expect(operations[3]?.calls[0]?.stdin).toContain('"cni.dev/valid-attachments":[{"containerID":"');
  });
});

describe('other backends', () => {
  const LISTS = [
    ['calico-bgp', '10-calico.conflist', ['0 calico', '1 calico-ipam', '0 portmap']],
    ['calico-vxlan', '10-calico.conflist', ['0 calico', '1 calico-ipam', '0 portmap']],
    ['cilium-vxlan', '05-cilium.conflist', ['0 cilium-cni', '0 portmap']],
    ['cilium-native', '05-cilium.conflist', ['0 cilium-cni', '0 portmap']],
    ['aws-vpc', '10-aws.conflist', ['0 aws-cni', '0 egress-cni', '0 portmap']],
    ['kubenet', 'kubenet, in kubelet itself', ['0 bridge', '1 host-local', '0 portmap']],
  ] as const;

  it.each(LISTS)('%s: the calls come to what has been computed', (cni, file, calls) => {
    const created = createSimulation(sampleSources(), { cni });
    if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
    const simulation = created.value;
    for (const { pod, netns, address, hostVeth } of simulation.plan().pods.values()) {
      const { namespace, name } = pod.metadata;
      const chain = chainOf(simulation, { namespace, name });
      expect(chain.listPath.endsWith(file)).toBe(true);
      const [, add] = chain.operations;
      expect(add?.calls.map(({ plugin, delegateDepth }) => `${delegateDepth} ${plugin}`)).toEqual(calls);
      expect(add?.error).toBeUndefined();
      expect(add?.result).toContain(`"${address}/`);
      const changes = add?.calls.flatMap((call) => call.changes) ?? [];
      const has = (what: string, text: string): boolean =>
        changes.some((change) => change.sign === '+' && change.what === what && change.text.includes(text));
      expect(has('link', hostVeth)).toBe(true);
      for (const route of simulation.netns(netns)?.routes.filter(({ owner }) => owner === 'cni') ?? [])
        expect(has('route', route.destination.length === 0 ? 'default' : route.destination.address)).toBe(true);
    }
  });

  it.each(['calico-bgp', 'cilium-vxlan', 'aws-vpc', 'kubenet'] as const)(
    '%s: portmap’s rules are those of the node',
    (cni) => {
      const sources = sampleSources().map(({ name, text }) => ({ name, text: withHostPorts(text) }));
      const created = createSimulation(sources, { cni });
      if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
      const simulation = created.value;
      let count = 0;
      for (const node of simulation.plan().nodes.values()) {
        const netns = simulation.netns(node.netns);
        const lines = netns ? printTool('iptables-save', netns, undefined, 0).map(({ text }) => text) : [];
        for (const { pod } of node.pods) {
          const { namespace, name } = pod.metadata;
          const calls = chainOf(simulation, { namespace, name }).operations[1]?.calls ?? [];
          for (const { what, text } of calls.find(({ plugin }) => plugin === 'portmap')?.changes ?? []) {
            if (what !== 'rule') continue;
            count++;
            expect(lines).toContain(text.replace('nat ', ''));
          }
        }
      }
      expect(count).toBeGreaterThan(5);
    },
  );

  it('calico tells the runtime of the node’s end and of a single address', () => {
    const created = createSimulation(sampleSources(), { cni: 'calico-bgp' });
    if (!created.ok) throw new Error('the sample does not load');
    const [, add] = chainOf(created.value, { afterwards: ['DEL'] }).operations;
    const [calico, ipam] = add?.calls ?? [];
    expect(JSON.parse(ipam?.stdout ?? '')).toMatchObject({
      ips: [{ version: '4', address: expect.stringMatching(/\/26$/) }],
    });
    expect(JSON.parse(calico?.stdout ?? '')).toMatchObject({
      interfaces: [{ name: expect.stringMatching(/^cali/) }],
      ips: [{ address: expect.stringMatching(/\/32$/) }],
    });
    expect(JSON.parse(calico?.stdin ?? '')).toMatchObject({
      nodename: expect.any(String),
      mtu: 0,
      ipam: { type: 'calico-ipam' },
    });
  });

  it('none has no file, and calls nobody', () => {
    const created = createSimulation(sampleSources(), { cni: 'none' });
    if (!created.ok) throw new Error('the sample does not load');
    const pod = created.value.plan().objects.pods.find(({ hostNetwork }) => !hostNetwork);
    const { namespace = '', name = '' } = pod?.metadata ?? {};
    const chain = podChain(created.value.plan(), { namespace, name });
    expect(chain.ok).toBe(false);
  });
});
