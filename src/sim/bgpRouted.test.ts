import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import { type IpAddress, ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';

const text = readFileSync(new URL('captured/cluster.yaml', import.meta.url), 'utf8');
const POD_1 = 'pod/default/p1a';
const POD_3 = ipAddress('10.244.2.2');

function open(settings: Partial<ClusterSettings>): Simulation {
  const created = createSimulation([{ name: 'cluster.yaml', text }], { cni: 'calico-bgp', ...settings });
  if (!created.ok) throw new Error(created.error[0]?.message);
  return created.value;
}

function ping(simulation: Simulation, to: IpAddress) {
  const destination = { type: 'address', address: to } as const;
  const { traces } = simulation.send({ from: POD_1, to: destination, as: 'ping', payload: 56, repeat: 1, warm: true });
  const pings = traces.filter(({ role }) => role === 'forward' || role === 'reply');
  return pings.map(({ disposition, hops }) => ({ disposition, way: hops.map(({ netns }) => netns) }));
}

function birdRoutes(simulation: Simulation, netns: string): readonly string[] {
  const lines = simulation.print(netns, 'ip-route').map(({ text: line }) => line.trim());
  return lines.filter((line) => line.includes('proto bird') || line.startsWith('nexthop'));
}

describe('BGP in a leaf-spine fabric', () => {
  const simulation = open({ underlay: 'leaf-spine' });

  it('gives every router the way to every block, over both spines where there are two', () => {
    expect(birdRoutes(simulation, 'node/node1')).toEqual([
      'blackhole 10.244.0.0/26 proto bird',
      '10.244.1.0/26 via 10.255.101.0 dev eth0 proto bird',
      '10.244.2.0/26 via 10.255.101.0 dev eth0 proto bird',
    ]);
    expect(birdRoutes(simulation, 'router/t1').slice(0, 3).join('|')).toMatch(
      /^10\.244\.0\.0\/26 via 10\.255\.101\.1 dev to-node1 proto bird metric 32\|10\.244\.1\.0\/26 via/,
    );
    expect(birdRoutes(simulation, 'router/s1')).toEqual([
      '10.244.0.0/26 via 10.255.11.1 dev to-t1 proto bird metric 32',
      '10.244.1.0/26 via 10.255.11.1 dev to-t1 proto bird metric 32',
      '10.244.2.0/26 via 10.255.12.1 dev to-t2 proto bird metric 32',
    ]);
  });

  it('carries Pods’ packets as they are from rack to rack', () => {
    const [there, back] = ping(simulation, POD_3);
    expect(there?.way.join(' ')).toMatch(
      /^pod\/default\/p1a node\/node1 router\/t1 router\/s[12] router\/t2 node\/node3 pod/,
    );
    expect(back?.way.at(-1)).toBe(POD_1);
  });
});

describe('a cable that somebody takes down in a fabric', () => {
  const simulation = open({ underlay: 'leaf-spine' });
  const run = (netns: string, line: string) => {
    const applied = simulation.apply({ type: 'exec', netns, line });
    expect(simulation.apply({ type: 'wait', until: 'converged' })).toMatchObject({ ok: true });
    return applied;
  };

  it('is gone round by both racks, and by nobody when the command is taken back', () => {
    const before = birdRoutes(simulation, 'router/t2');
    expect(before).toContain('nexthop via 10.255.12.0 dev to-s1 weight 1');
    expect(run('router/t1', 'ip link set to-s1 down')).toMatchObject({ ok: true });
    expect(birdRoutes(simulation, 'router/t2')).toContain(
      '10.244.0.0/26 via 10.255.22.0 dev to-s2 proto bird metric 32',
    );
    expect(birdRoutes(simulation, 'router/t1')).toContain(
      '10.244.2.0/26 via 10.255.21.0 dev to-s2 proto bird metric 32',
    );
    expect(birdRoutes(simulation, 'router/s1').join()).not.toContain('10.244.0.0/26');
    expect(ping(simulation, POD_3).map(({ way }) => way.at(-1))).toEqual(['pod/default/p3a', POD_1]);
    expect(run('router/t1', 'ip link set to-s1 up')).toMatchObject({ ok: true });
    expect(birdRoutes(simulation, 'router/t2')).toEqual(before);
  });

  it('takes a node’s block out of all routers when it is the node’s only one', () => {
    expect(run('node/node3', 'ip link set eth0 down')).toMatchObject({ ok: true });
    for (const router of ['router/t1', 'router/t2', 'router/s1', 'router/s2'])
      expect(birdRoutes(simulation, router).join()).not.toContain('10.244.2.0/26');
  });
});

describe('BGP among the nodes', () => {
  it('leaves a router between two subnets without a way to the Pods', () => {
    const simulation = open({ underlay: 'two-subnets' });
    const [there] = ping(simulation, POD_3);
    expect(there?.way.at(-1)).not.toMatch(/^pod\/default\/p3/);
  });

  it('tells nobody anything where the network lets no port 179 through', () => {
    const simulation = open({ underlay: 'filtered', underlayOptions: { passes: ['icmp', 'udp', 'tcp/80'] } });
    expect(birdRoutes(simulation, 'node/node1')).toEqual(['blackhole 10.244.0.0/26 proto bird']);
    const open179 = open({ underlay: 'filtered', underlayOptions: { passes: ['icmp', 'tcp/100-200'] } });
    expect(birdRoutes(open179, 'node/node1')).toHaveLength(3);
  });

  it('gives every node of a full mesh the way to every other node’s block', () => {
    expect(birdRoutes(open({}), 'node/node2')).toEqual([
      '10.244.0.0/26 via 192.168.1.11 dev eth0 proto bird',
      'blackhole 10.244.1.0/26 proto bird',
      '10.244.2.0/26 via 192.168.1.13 dev eth0 proto bird',
    ]);
  });
});
