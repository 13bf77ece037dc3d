import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../../../../datamodel/cluster/command.ts';
import { sampleSources } from '../../../../manifests/sample.ts';
import { createSimulation } from '../../../createSimulation.ts';
import type { Simulation } from '../../../simulation.ts';
import { ask, farPods, ownPods } from '../../../testing/askPods.ts';
import { awsCluster } from './testing/awsCluster.ts';

function sample(settings: Partial<ClusterSettings> = {}): Simulation {
  const created = createSimulation(sampleSources(), { underlay: 'cloud-vpc', ...settings });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  const flipped = created.value.apply({ type: 'configure', settings: { cni: 'aws-vpc' } });
  if (!flipped.ok) throw new Error('aws-vpc was refused');
  return created.value;
}

function lines(simulation: Simulation, netns: string, line: string): readonly string[] {
  const done = simulation.apply({ type: 'exec', netns, line });
  if (!done.ok) throw new Error(`${line} failed`);
  return done.output?.lines.map(({ text }) => text) ?? [];
}

/** One node with a Pod on its own interface and one on a further one. */
function twoInterfaces(env: Readonly<Record<string, string>> = {}) {
  const simulation = awsCluster({ nodes: 1, type: 't3.nano', replicas: 2, env });
  const [own, further] = ownPods(simulation);
  const [outside] = simulation.cluster().outside;
  if (!own || !further || !outside) throw new Error('There are no two Pods');
  return { simulation, own, further, outside };
}

describe('the AWS VPC CNI', () => {
  it('lets the VPC deliver to Pods at their own addresses, in jumbo frames', () => {
    const simulation = sample();
    const { first, far } = farPods(simulation);
    expect(simulation.cluster()).toMatchObject({ podMtu: 9001, warnings: [] });
    const [request] = ask(simulation, first.netns, far.netns).traces.filter(({ role }) => role === 'forward');
    expect(request?.disposition.type).toBe('delivered');
    expect(request?.hops.map(({ netns }) => netns)).toContain('router/vpc');
    const table = simulation.print('router/vpc', 'ip-route').map(({ text }) => text);
    expect(table.some((line) => line.startsWith(`${far.address} via `))).toBe(true);
  });

  it('routes by policy: to Pods by main, from Pods of further interfaces by the interface’s table', () => {
    const { simulation, own, further } = twoInterfaces();
    expect(lines(simulation, 'node/n1', 'ip rule')).toEqual([
      '0:\tfrom all lookup local',
      `512:\tfrom all to ${own.address} lookup main`,
      `512:\tfrom all to ${further.address} lookup main`,
      '1024:\tfrom all fwmark 0x80/0x80 lookup main',
      `1536:\tfrom ${further.address} lookup 2`,
      expect.stringMatching(/^32765:\tfrom 192\.168\.1\.\d+ lookup 2$/),
      '32766:\tfrom all lookup main',
      '32767:\tfrom all lookup default',
    ]);
    expect(lines(simulation, 'node/n1', 'ip route show table 2')).toEqual([
      'default via 192.168.1.1 dev eth1 ',
      '192.168.1.1 dev eth1 scope link ',
    ]);
    const subnets = lines(simulation, 'node/n1', 'ip route').filter((line) => line.startsWith('192.168.1.0/24'));
    expect(subnets).toEqual([expect.stringContaining('dev eth0 ')]);
    const neighbors = simulation.print(own.netns, 'ip-neigh').map(({ text }) => text);
    expect(neighbors.join()).toMatch(/169\.254\.1\.1 .*PERMANENT/);
  });

  it('gives what leaves the VPC the node’s address, and keeps the Pod’s within it', () => {
    const { simulation, further, outside } = twoInterfaces();
    const inside = ask(simulation, further.netns, `${outside.address}:80`, 'http');
    expect(inside.outcomes[0]?.text).toContain(`saw=${further.address}:`);
    const out = ask(simulation, further.netns, '8.8.8.8:80', 'http');
    expect(out.outcomes[0]?.text).toContain('saw=192.168.1.11:');
  });

  it('leaves all that to a NAT gateway with an external SNAT, and answers to node ports nevertheless', () => {
    const { simulation, further, outside } = twoInterfaces({ AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true' });
    expect(ask(simulation, further.netns, '8.8.8.8:80', 'http').outcomes[0]?.text).toContain(`saw=${further.address}:`);
    const rules = simulation.print('node/n1', 'iptables-save').map(({ text }) => text);
    expect(rules.filter((line) => line.includes('AWS')).map((line) => line.split(' ')[1])).toEqual([
      'PREROUTING',
      'PREROUTING',
      'PREROUTING',
    ]);
    expect(ask(simulation, outside.netns, '192.168.1.11:30091', 'http').outcomes[0]?.type).toBe('answered');
  });

  it('answers node ports by the interface that they came in by, and not without the marks', () => {
    const { simulation, own, outside } = twoInterfaces();
    expect(
      simulation.apply({
        type: 'operate',
        operation: { type: 'setReady', namespace: 'default', name: own.name, ready: false },
      }).ok,
    ).toBe(true);
    const asked = (): string | undefined =>
      ask(simulation, outside.netns, '192.168.1.11:30091', 'http').outcomes[0]?.type;
    expect(asked()).toBe('answered');
    expect(lines(simulation, 'node/n1', 'ip rule del pref 1024')).toEqual([]);
    expect(asked()).toBe('timeout');
    expect(lines(simulation, 'node/n1', 'ip rule add fwmark 0x80/0x80 lookup main pref 1024')).toEqual([]);
    expect(asked()).toBe('answered');
  });

  it('gives interfaces and Pods the MTU that it is told', () => {
    const simulation = awsCluster({ nodes: 2, type: 't3.nano', replicas: 2, env: { AWS_VPC_ENI_MTU: '1500' } });
    expect(simulation.cluster().podMtu).toBe(1500);
    expect(lines(simulation, 'node/n1', 'ip link').filter((line) => line.includes('mtu 1500'))).toHaveLength(3);
  });

  it('does not have kube-proxy take Pods for strangers, whose addresses no podCIDR has', () => {
    const simulation = sample();
    const { first } = farPods(simulation);
    const service = simulation.cluster().services.find(({ name }) => name === 'backend');
    const http = ask(simulation, first.netns, `${service?.clusterIp}:80`, 'http');
    expect(http.outcomes[0]?.text).toContain(`saw=${first.address}:`);
  });

  it('leaves Pods of other nodes out of reach where nobody is that would deliver to them', () => {
    const simulation = sample({ underlay: 'l2' });
    const { first, far } = farPods(simulation);
    expect(simulation.cluster().warnings.join()).toContain('ipamd finds no EC2');
    expect(ask(simulation, first.netns, far.netns).outcomes[0]?.type).not.toBe('answered');
  });
});
