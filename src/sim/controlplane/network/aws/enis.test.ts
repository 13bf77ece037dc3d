import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../../datamodel/cluster/operation.ts';
import { parseIpPrefix, prefixContains } from '../../../../wire/address.ts';
import { addressSpace } from '../../../addressSpace.ts';
import type { Simulation } from '../../../simulation.ts';
import { ask, ownPods } from '../../../testing/askPods.ts';
import { type AwsCluster, awsCluster } from './testing/awsCluster.ts';

type Interface = readonly { readonly device: string; readonly pods: number; readonly warm: number }[];

/** By node, what its interfaces have. */
function interfaces(simulation: Simulation): Readonly<Record<string, Interface>> {
  const { ranges } = addressSpace(simulation.cluster(), simulation.addressing());
  return Object.fromEntries(
    ranges.flatMap(({ groups = [] }) =>
      groups.map((node) => [
        node.name,
        node.groups.map(({ name, uses, blocks }) => {
          const all = [...uses, ...blocks.flatMap((block) => block.uses)];
          const count = (state: string): number => all.filter((use) => use.state === state).length;
          return { device: name, pods: count('pod'), warm: count('warm') };
        }),
      ]),
    ),
  );
}

function operate(simulation: Simulation, operation: Operation): void {
  const done = simulation.apply({ type: 'operate', operation });
  if (!done.ok) throw new Error(done.problems.map(({ message }) => message).join());
}

function scale(simulation: Simulation, replicas: number): void {
  operate(simulation, { type: 'scale', namespace: 'default', workload: 'Deployment/web', replicas });
}

function stateOf(simulation: Simulation, address: string | undefined): string | undefined {
  const { ranges } = addressSpace(simulation.cluster(), simulation.addressing());
  const uses = ranges.flatMap((range) => [...range.uses, ...range.blocks.flatMap((block) => block.uses)]);
  return uses.find((use) => use.address === address)?.state;
}

const SMALL: AwsCluster = { nodes: 1, type: 't3.small', replicas: 2 };

describe('ipamd on a live cluster', () => {
  it('gives Pods the own interface’s addresses first, and keeps a whole interface ready', () => {
    expect(interfaces(awsCluster(SMALL))).toEqual({
      n1: [
        { device: 'eth0', pods: 2, warm: 1 },
        { device: 'eth1', pods: 0, warm: 3 },
      ],
    });
  });

  it('keeps ready what WARM_IP_TARGET and MINIMUM_IP_TARGET say', () => {
    const env = { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '3' };
    expect(interfaces(awsCluster({ ...SMALL, replicas: 4, env })).n1).toEqual([
      { device: 'eth0', pods: 3, warm: 0 },
      { device: 'eth1', pods: 1, warm: 2 },
    ]);
  });

  it('puts sixteen addresses at a time on an interface with prefix delegation', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
    const simulation = awsCluster({ ...SMALL, replicas: 17, env });
    expect(interfaces(simulation).n1).toEqual([{ device: 'eth0', pods: 17, warm: 31 }]);
    const [range] = addressSpace(simulation.cluster(), simulation.addressing()).ranges;
    expect(range?.blocks.map(({ prefix, node }) => [prefix.length, node])).toEqual([
      [28, 'n1'],
      [28, 'n1'],
      [28, 'n1'],
    ]);
    expect(ask(simulation, ownPods(simulation)[16]?.netns ?? '', '192.168.1.11').outcomes[0]?.type).toBe('answered');
  });

  it('gives no prefixes to an instance that is none of Nitro’s', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true' };
    const simulation = awsCluster({ ...SMALL, type: 't2.small', env });
    const [range] = addressSpace(simulation.cluster(), simulation.addressing()).ranges;
    expect(range?.blocks).toEqual([]);
  });

  it('fails as kubelet reports it once the instance has all its interfaces and addresses', () => {
    const simulation = awsCluster({ ...SMALL, replicas: 10 });
    const pods = simulation.cluster().pods.filter(({ hostNetwork }) => !hostNetwork);
    expect(pods.filter(({ address }) => address !== undefined)).toHaveLength(9);
    const [left] = pods.filter(({ address }) => address === undefined);
    expect(left).toMatchObject({ phase: 'Pending', ready: false });
    expect(left?.message).toMatch(/^FailedCreatePodSandBox: Failed to create pod sandbox: /);
    expect(left?.message).toContain(
      'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
    );
    scale(simulation, 9);
    expect(simulation.cluster().pods.every(({ phase }) => phase === 'Running')).toBe(true);
  });

  it('attaches no more than MAX_ENI', () => {
    const simulation = awsCluster({ ...SMALL, replicas: 9, env: { MAX_ENI: '2' } });
    expect(ownPods(simulation)).toHaveLength(6);
  });

  it('lets an address rest for half a minute before another Pod gets it', () => {
    const simulation = awsCluster({ ...SMALL, env: { WARM_ENI_TARGET: '0', WARM_IP_TARGET: '1' } });
    const [, gone] = ownPods(simulation);
    operate(simulation, { type: 'deletePod', namespace: 'default', name: gone?.name ?? '' });
    expect(stateOf(simulation, gone?.address)).toBe('cooling');
    const made = ownPods(simulation).find(({ name }) => name === gone?.name)?.address;
    expect(made).not.toBe(gone?.address);
    scale(simulation, 3);
    expect(ownPods(simulation).map(({ address }) => address)).not.toContain(gone?.address);
    // a conversation every second
    for (let second = 0; second < 31; second++) ask(simulation, ownPods(simulation)[0]?.netns ?? '', '192.168.1.11');
    expect(stateOf(simulation, gone?.address)).toBe('warm');
    scale(simulation, 6);
    expect(ownPods(simulation).map(({ address }) => address)).toContain(gone?.address);
  });

  it('keeps Pods on their interfaces while others come and go, and the VPC delivers to them', () => {
    const simulation = awsCluster({ nodes: 2, type: 't3.small', replicas: 10 });
    const before = new Map(ownPods(simulation).map(({ name, address }) => [name, address]));
    const [first] = ownPods(simulation);
    operate(simulation, { type: 'deletePod', namespace: 'default', name: first?.name ?? '' });
    scale(simulation, 14);
    const pods = ownPods(simulation);
    for (const { name, address } of pods)
      if (name !== first?.name && before.has(name)) expect(address).toBe(before.get(name));
    expect(new Set(pods.map(({ address }) => address)).size).toBe(14);
    for (const { netns } of pods.slice(1)) {
      expect(ask(simulation, pods[0]?.netns ?? '', netns).outcomes[0]?.type).toBe('answered');
    }
  });

  it('takes over the addresses that a dump gives, on whatever interface there is room', () => {
    const given = ['192.168.1.77', '192.168.1.50', '192.168.1.201', '192.168.1.60'];
    const more = given.map((podIP, i) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `given-${i}` },
      spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'main' }] },
      status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
    }));
    const simulation = awsCluster({ ...SMALL, nodes: 2, more });
    const pods = simulation.cluster().pods.filter(({ name }) => name.startsWith('given'));
    expect(pods.map(({ address }) => address)).toEqual(given);
    for (const { netns } of pods) expect(ask(simulation, netns, '192.168.1.12').outcomes[0]?.type).toBe('answered');
    scale(simulation, 5);
    expect(
      simulation
        .cluster()
        .pods.filter(({ name }) => name.startsWith('given'))
        .map(({ address }) => address),
    ).toEqual(given);
  });
});

describe('custom networking', () => {
  const env = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' };
  const config = (name: string, subnet: string): object => ({
    apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
    kind: 'ENIConfig',
    metadata: { name },
    spec: { subnet, securityGroups: ['sg-1'] },
  });

  it('has Pods on further interfaces alone, in the subnet of the node’s ENIConfig', () => {
    const simulation = awsCluster({
      ...SMALL,
      nodes: 2,
      labels: { 'topology.kubernetes.io/zone': 'b' },
      env,
      more: [config('a', 'subnet-1'), config('b', 'subnet-2')],
    });
    const subnet = parseIpPrefix('10.244.128.0/17');
    const pods = ownPods(simulation);
    expect(pods).toHaveLength(2);
    for (const { address } of pods) expect(subnet && address && prefixContains(subnet, address)).toBe(true);
    const rules = simulation.apply({ type: 'exec', netns: 'node/n1', line: 'ip route show table 2' });
    expect(rules.ok && rules.output?.lines[0]?.text).toBe('default via 10.244.128.1 dev eth1 ');
    expect(ask(simulation, pods[0]?.netns ?? '', pods[1]?.netns ?? '').outcomes[0]?.type).toBe('answered');
    expect(ask(simulation, pods[0]?.netns ?? '', '192.168.1.12').outcomes[0]?.type).toBe('answered');
  });

  it('gives a node nothing that no ENIConfig holds for, and says so', () => {
    const simulation = awsCluster({ ...SMALL, env, more: [config('a', 'subnet-1')] });
    expect(ownPods(simulation)).toEqual([]);
    expect(simulation.cluster().warnings.join()).toContain('ipamd of n1: eniconfig: eniconfig is not available');
  });
});
