import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import type { Operation } from '../datamodel/cluster/operation.ts';
import type { Tool } from '../datamodel/cluster/printed.ts';
import type { Step } from '../datamodel/flow/step.ts';
import { openSample } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { sampleRequest, stepsInOrder } from './testing/sampleRequest.ts';

const NODE = 'node/worker-01';

describe('flipping the mode of kube-proxy', () => {
  it('cleans up what the former mode wrote', () => {
    const simulation = openSample();
    for (const proxyMode of ['nftables', 'ipvs', 'iptables'] as const) {
      configure(simulation, { proxyMode });
      expect(simulation.cluster().nodes.every(({ leftovers }) => leftovers === undefined)).toBe(true);
      expect(printed(simulation, 'nft').includes('table ip kube-proxy')).toBe(proxyMode === 'nftables');
      expect(printed(simulation, 'ipvsadm').includes('10.96.42.10:80')).toBe(proxyMode === 'ipvs');
      expect(printed(simulation, 'ip-addr').includes('kube-ipvs0')).toBe(proxyMode === 'ipvs');
      expect(printed(simulation, 'iptables-save').includes('-A KUBE-SVC')).toBe(proxyMode === 'iptables');
    }
  });

  it('leaves it where a person says so, and of two nat chains of one priority the kernel asks the newer first', () => {
    const simulation = openSample();
    configure(simulation, { leaveOldRules: true });
    configure(simulation, { proxyMode: 'nftables' });
    expect(leftovers(simulation)).toEqual(['iptables']);
    expect(printed(simulation, 'nft')).toContain('table ip kube-proxy');
    expect(printed(simulation, 'iptables-save')).toContain('-A KUBE-SVC');
    expect(deciding(simulation)).toMatchObject({ entry: { table: 'nft' } });
  });

  it('lets leftovers of nftables lose against iptables that came later, as long as both know the Service', () => {
    const simulation = openSample();
    configure(simulation, { proxyMode: 'nftables', leaveOldRules: true });
    configure(simulation, { proxyMode: 'iptables' });
    expect(leftovers(simulation)).toEqual(['nftables']);
    expect(deciding(simulation)).toMatchObject({ entry: { table: 'rule' } });
  });

  it('serves from leftovers what the mode in force does not have: they go stale', () => {
    const simulation = openSample();
    configure(simulation, { proxyMode: 'nftables', leaveOldRules: true });
    configure(simulation, { proxyMode: 'iptables' });
    operate(simulation, { type: 'scale', namespace: 'default', workload: 'Deployment/backend', replicas: 0 });
    // iptables has nothing to translate, the old maps still have: the packet goes to a Pod that is gone
    const conversation = simulation.send(sampleRequest(simulation));
    const translated = stepsInOrder(conversation).find(isDecision);
    expect(translated).toMatchObject({ entry: { table: 'nft' } });
    operate(simulation, { type: 'cleanUpProxy' });
    expect(leftovers(simulation)).toBeUndefined();
    expect(printed(simulation, 'nft')).not.toContain('kube-proxy');
    expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('refused');
  });

  it('leaves the device, the addresses and the virtual servers of IPVS, which answer ping while iptables serves', () => {
    const simulation = openSample();
    configure(simulation, { proxyMode: 'ipvs', leaveOldRules: true });
    configure(simulation, { proxyMode: 'iptables' });
    expect(leftovers(simulation)).toEqual(['ipvs']);
    expect(printed(simulation, 'ip-addr')).toContain('kube-ipvs0');
    expect(printed(simulation, 'ipvsadm')).toContain('10.96.42.10:80');
    expect(deciding(simulation)).toMatchObject({ kind: 'dnat', entry: { table: 'rule' } });
    // the jumps of the old mode stay, its chains are rewritten where both modes use the name
    expect(printed(simulation, 'iptables-save')).toContain(
      '-A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER',
    );
    expect(printed(simulation, 'iptables-save')).toContain('-A KUBE-SVC');
  });

  it('remembers every table as it was before the last change', () => {
    const simulation = openSample();
    expect(simulation.printFormer(NODE, 'iptables-save')).toEqual([]);
    const before = simulation.print(NODE, 'iptables-save');
    configure(simulation, { proxyMode: 'nftables' });
    expect(simulation.printFormer(NODE, 'iptables-save')).toEqual(before);
    expect(simulation.printFormer(NODE, 'nft')).toEqual([]);
    const nft = simulation.print(NODE, 'nft');
    configure(simulation, { proxyMode: 'ipvs' });
    expect(simulation.printFormer(NODE, 'nft')).toEqual(nft);
    simulation.apply({ type: 'configure', settings: { cni: 'flannel-host-gw' } });
    expect(simulation.printFormer(NODE, 'nft')).toEqual([]);
  });

  it('forgets a mode as a leftover when it comes back, and all of them when a flip cleans up', () => {
    const simulation = openSample();
    configure(simulation, { proxyMode: 'nftables', leaveOldRules: true });
    configure(simulation, { proxyMode: 'ipvs' });
    expect(leftovers(simulation)).toEqual(['iptables', 'nftables']);
    configure(simulation, { proxyMode: 'nftables' });
    expect(leftovers(simulation)).toEqual(['iptables', 'ipvs']);
    configure(simulation, { leaveOldRules: false });
    expect(leftovers(simulation)).toEqual(['iptables', 'ipvs']);
    configure(simulation, { proxyMode: 'iptables' });
    expect(leftovers(simulation)).toBeUndefined();
  });

  it('changes nothing where kube-proxy is stopped, until it is started', () => {
    const simulation = openSample();
    operate(simulation, { type: 'stopProxy', node: 'worker-01' });
    const before = printed(simulation, 'iptables-save');
    configure(simulation, { proxyMode: 'nftables' });
    expect(printed(simulation, 'iptables-save')).toBe(before);
    expect(printed(simulation, 'nft')).not.toContain('kube-proxy');
    expect(printed(simulation, 'nft', 'node/worker-02')).toContain('kube-proxy');
    operate(simulation, { type: 'startProxy', node: 'worker-01' });
    expect(printed(simulation, 'iptables-save')).not.toContain('KUBE-SVC');
    expect(printed(simulation, 'nft')).toContain('kube-proxy');
  });

  it('in the midst of a request: what conntrack translates goes on, what IPVS scheduled needs its leftovers', () => {
    for (const [former, next] of [
      ['iptables', 'nftables'],
      ['nftables', 'iptables'],
      ['iptables', 'ipvs'],
      ['ipvs', 'nftables'],
    ] as const) {
      for (const leaveOldRules of [true, false]) {
        const simulation = openSample();
        configure(simulation, { proxyMode: former, leaveOldRules });
        const conversation = simulation.send(sampleRequest(simulation, { as: 'http', payload: 4000 }));
        const established = stepsInOrder(conversation).find(
          (step) => step.type === 'session' && step.state === 'ESTABLISHED',
        );
        const applied = simulation.apply({
          type: 'configure',
          settings: { proxyMode: next },
          at: { conversation: conversation.id, step: established?.id ?? -1 },
        });
        if (!applied.ok || !applied.conversation) throw new Error('nothing went on');
        const goesOn = former !== 'ipvs' || leaveOldRules;
        const [outcome] = applied.conversation.outcomes;
        expect(outcome?.type === 'answered', `${former} to ${next}, left: ${leaveOldRules}`).toBe(goesOn);
      }
    }
  });
});

function configure(simulation: Simulation, settings: Partial<ClusterSettings>): void {
  expect(simulation.apply({ type: 'configure', settings })).toMatchObject({ ok: true });
}

function operate(simulation: Simulation, operation: Operation): void {
  expect(simulation.apply({ type: 'operate', operation })).toMatchObject({ ok: true });
}

function printed(simulation: Simulation, tool: Tool, node = NODE): string {
  return simulation
    .print(node, tool)
    .map(({ text }) => text)
    .join('\n');
}

function leftovers(simulation: Simulation) {
  return simulation.cluster().nodes.find(({ netns }) => netns === NODE)?.leftovers;
}

function isDecision(step: Step): boolean {
  return step.type === 'translate' && step.by === 'rule' && step.kind === 'dnat';
}

function deciding(simulation: Simulation): Step | undefined {
  const conversation = simulation.send(sampleRequest(simulation));
  expect(conversation.outcomes[0]?.type).toBe('answered');
  return stepsInOrder(conversation).find(isDecision);
}
