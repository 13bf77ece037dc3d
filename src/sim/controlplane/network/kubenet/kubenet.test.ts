import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../../../../datamodel/cluster/command.ts';
import { sampleSources } from '../../../../manifests/sample.ts';
import { createSimulation } from '../../../createSimulation.ts';
import type { Simulation } from '../../../simulation.ts';
import { ask, farPods } from '../../../testing/askPods.ts';

function sample(settings: Partial<ClusterSettings>): Simulation {
  const created = createSimulation(sampleSources(), { cni: 'kubenet', ...settings });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  return created.value;
}

describe('kubenet', () => {
  it('has a cloud’s router lead to every node’s Pods, and its checks turned off', () => {
    const simulation = sample({ underlay: 'cloud-vpc' });
    const { first, far } = farPods(simulation);
    const conversation = ask(simulation, first.netns, far.netns);
    expect(conversation.outcomes.map(({ type }) => type)).toEqual(['answered']);
    const [request] = conversation.traces.filter(({ role }) => role === 'forward');
    expect(request?.hops.map(({ netns }) => netns)).toContain('router/vpc');
    const table = simulation.print('router/vpc', 'ip-route').map(({ text }) => text);
    expect(table.find((line) => line.startsWith('10.244.2.0/24'))).toMatch(
      /^10\.244\.2\.0\/24 via 192\.168\.1\.12 dev /,
    );
    expect(simulation.cluster()).toMatchObject({ podMtu: 9001, warnings: [] });
  });

  it('leaves the Pods of other nodes out of reach where no router was told', () => {
    const simulation = sample({ underlay: 'l2' });
    const { first, far } = farPods(simulation);
    expect(simulation.cluster().podMtu).toBe(1500);
    expect(simulation.cluster().warnings.join()).toContain('The route controller has no cloud');
    const conversation = ask(simulation, first.netns, far.netns);
    expect(conversation.outcomes.map(({ type }) => type)).toEqual(['timeout']);
    const [request] = conversation.traces.filter(({ role }) => role === 'forward');
    expect(request?.disposition.type).toBe('dropped');
  });

  it('masquerades what leaves 10/8, and nothing else', () => {
    const simulation = sample({ underlay: 'cloud-vpc' });
    const { first } = farPods(simulation);
    const node = simulation.cluster().nodes.find(({ name }) => name === first.node);
    const [outside] = simulation.cluster().outside;
    const http = ask(simulation, first.netns, `${outside?.address}:80`, 'http');
    expect(http.outcomes[0]?.text).toContain(`saw=${node?.address}:`);
    const rules = simulation.print(node?.netns ?? '', 'iptables-save').map(({ text }) => text);
    expect(rules).toContain(
      '-A POSTROUTING ! -d 10.0.0.0/8 -m comment --comment "kubenet: SNAT for outbound traffic from cluster" -m addrtype ! --dst-type LOCAL -j MASQUERADE --random-fully',
    );
  });
});
