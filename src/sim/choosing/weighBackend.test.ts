import { beforeAll, describe, expect, it } from 'vitest';
import type { CniBackend } from '../../datamodel/cluster/command.ts';
import type { UnderlayName } from '../../datamodel/cluster/underlay.ts';
import type { Weighing } from '../../datamodel/cluster/weighing.ts';
import { openSample } from '../createSimulation.ts';
import { readdress } from '../readdress.ts';
import type { Simulation } from '../simulation.ts';
import { weighBackend } from './weighBackend.ts';

let simulation: Simulation;
beforeAll(() => {
  simulation = openSample();
});

function weigh(cni: CniBackend, underlay: UnderlayName = 'l2'): Weighing {
  return weighBackend(simulation.built(), cni, underlay, readdress);
}

describe('on one segment', () => {
  it.each([
    ['flannel-vxlan', 50, 1450, 'UDP 8472'],
    ['flannel-host-gw', 0, 1500, 'the Pods’ own packets'],
    ['flannel-ipip', 20, 1480, 'IP protocol 4'],
    ['calico-bgp', 0, 1500, 'the Pods’ own packets'],
    ['calico-vxlan', 50, 1450, 'UDP 4789'],
  ] as const)('%s works, for %i bytes', (cni, overhead, podMtu, passes) => {
    const weighing = weigh(cni);
    expect(weighing).toMatchObject({ overhead, podMtu, passes, source: { isOwn: true }, nat: [] });
    expect(weighing.answered).toBe(weighing.tried);
    expect(weighing.tried).toBeGreaterThan(0);
    expect(weighing.mtus).toContainEqual({ nic: 9001, pod: 9001 - overhead });
  });

  it('says who speaks BGP, who enforces policies, and what a Pod’s packets become outside', () => {
    expect(weigh('calico-bgp')).toMatchObject({ speaksBgp: true, enforcers: ['felix'] });
    const { natOutside, ...flannel } = weigh('flannel-vxlan');
    expect(flannel).toMatchObject({ speaksBgp: false, enforcers: [] });
    expect(natOutside).toContainEqual(expect.stringMatching(/^masquerade on node/));
  });
});

it('host-gw fails across subnets where the packet is, and says so', () => {
  const weighing = weigh('flannel-host-gw', 'two-subnets');
  expect(weighing.answered).toBeLessThan(weighing.tried);
  expect(weighing.failure?.because).not.toBe('');
  expect(weighing.warnings.join()).toContain('network is unreachable');
  expect(weigh('flannel-host-gw').acrossSubnets).toBe(false);
  expect(weigh('flannel-vxlan').acrossSubnets).toBe(true);
});

it('a cloud drops IPIP', () => {
  const { failure } = weigh('flannel-ipip', 'cloud-vpc');
  expect(failure?.where).toMatch(/^router/);
});

it('routers of a leaf-spine learn the blocks of those that tell them by BGP alone', () => {
  const learned = (cni: CniBackend) =>
    weigh(cni, 'leaf-spine').routerRoutes.reduce((sum, { routes }) => sum + routes, 0);
  expect(learned('flannel-vxlan')).toBe(0);
  expect(learned('calico-bgp')).toBeGreaterThan(0);
});

it('leaves the cluster as it is', () => {
  const before = simulation.cluster();
  weigh('calico-vxlan', 'cloud-vpc');
  expect(simulation.cluster()).toEqual(before);
});
