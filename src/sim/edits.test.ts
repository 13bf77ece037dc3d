import { describe, expect, it } from 'vitest';
import { openSample } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { exec, sampleRequest } from './testing/sampleRequest.ts';

const NODE = 'node/worker-01';
const ROUTE = '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink';

describe('what people change with commands', () => {
  it('is said with the command line, and whose entries it touched', () => {
    const simulation = openSample();
    exec(simulation, NODE, `ip route del ${ROUTE}`);
    exec(simulation, NODE, 'iptables -I FORWARD -s 10.244.0.0/16 -j DROP');
    expect(simulation.cluster().edits).toMatchObject([
      { netns: NODE, line: `ip route del ${ROUTE}`, owners: ['flanneld'] },
      { netns: NODE, line: 'iptables -I FORWARD -s 10.244.0.0/16 -j DROP', owners: [] },
    ]);
    expect(printed(simulation, 'ip-route')).not.toContain('10.244.2.0/24');
  });

  it('decides about the next packet', () => {
    const simulation = openSample();
    exec(simulation, NODE, 'iptables -I FORWARD -d 10.244.2.47 -p tcp -j REJECT --reject-with tcp-reset');
    expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('refused');
  });

  it('is undone singly, in any order, and all at once', () => {
    const simulation = openSample();
    const before = printed(simulation, 'ip-route') + printed(simulation, 'iptables-save');
    exec(simulation, NODE, `ip route del ${ROUTE}`);
    exec(simulation, NODE, 'ip route add blackhole 10.244.3.0/25');
    exec(simulation, NODE, 'iptables -P FORWARD DROP');
    const [first] = simulation.cluster().edits ?? [];
    expect(simulation.apply({ type: 'undo', edit: first?.id ?? 0 })).toMatchObject({ ok: true });
    expect(printed(simulation, 'ip-route')).toContain('10.244.2.0/24');
    expect(printed(simulation, 'ip-route')).toContain('blackhole 10.244.3.0/25');
    expect(simulation.apply({ type: 'undo', edit: 'all' })).toMatchObject({ ok: true });
    expect(simulation.cluster().edits).toBeUndefined();
    expect(printed(simulation, 'ip-route') + printed(simulation, 'iptables-save')).toBe(before);
    expect(simulation.apply({ type: 'undo', edit: 99 })).toMatchObject({ ok: false });
  });

  it('tells of what rested on what was taken back', () => {
    const simulation = openSample();
    exec(simulation, NODE, 'ip addr add 10.250.0.1/24 dev eth0');
    exec(simulation, NODE, 'ip route add 10.251.0.0/24 via 10.250.0.7');
    const [address] = simulation.cluster().edits ?? [];
    expect(simulation.apply({ type: 'undo', edit: address?.id ?? 0 })).toMatchObject({
      ok: true,
      takenBack: ['ip route add 10.251.0.0/24 via 10.250.0.7'],
    });
    expect(simulation.cluster().edits).toBeUndefined();
  });

  it('is written over by the agent that owns the entries, and by no other', () => {
    const simulation = openSample();
    exec(simulation, NODE, `ip route del ${ROUTE}`);
    exec(simulation, NODE, 'iptables -t nat -F KUBE-SERVICES');
    simulation.apply({ type: 'reconcile', netns: NODE, owner: 'flanneld' });
    expect(printed(simulation, 'ip-route')).toContain('10.244.2.0/24');
    expect(printed(simulation, 'iptables-save')).not.toContain('default/backend cluster IP');
    simulation.apply({ type: 'reconcile', netns: NODE, owner: 'kube-proxy' });
    expect(printed(simulation, 'iptables-save')).toContain('cluster IP');
  });

  it('gives back the connections that a command deleted, unless others have come', () => {
    const simulation = openSample();
    simulation.send(sampleRequest(simulation));
    const before = conntrackIds(simulation);
    expect(before.length).toBeGreaterThan(0);
    exec(simulation, NODE, 'conntrack -F');
    expect(conntrackIds(simulation)).toEqual([]);
    simulation.apply({ type: 'undo', edit: 'all' });
    expect(conntrackIds(simulation)).toEqual(before);
  });

  it('is refused in the tool’s own words, and changes nothing', () => {
    const simulation = openSample();
    const view = simulation.cluster();
    const applied = simulation.apply({ type: 'exec', netns: NODE, line: `ip route add ${ROUTE}` });
    expect(applied).toMatchObject({ ok: false, output: { errors: 'RTNETLINK answers: File exists', exitCode: 2 } });
    expect(simulation.apply({ type: 'exec', netns: 'node/nobody', line: 'ip route' })).toMatchObject({ ok: false });
    expect(simulation.cluster()).toBe(view);
  });
});

function printed(simulation: Simulation, tool: 'ip-route' | 'iptables-save'): string {
  return simulation
    .print(NODE, tool)
    .map((line) => line.text)
    .filter((text) => !text.startsWith('#'))
    .join('\n');
}

function conntrackIds(simulation: Simulation): readonly (string | undefined)[] {
  return simulation
    .print(NODE, 'conntrack')
    .map((line) => line.entry)
    .sort();
}
