import { describe, expect, it } from 'vitest';
import { sampleSources } from '../../manifests/sample.ts';
import { createSimulation } from '../createSimulation.ts';
import type { Simulation } from '../simulation.ts';

const NODE = 'node/worker-01';

function sample(): Simulation {
  const created = createSimulation(sampleSources(), {});
  if (!created.ok) throw new Error('The sample cannot be built');
  return created.value;
}

function run(simulation: Simulation, line: string) {
  const done = simulation.apply({ type: 'exec', netns: NODE, line });
  return {
    ok: done.ok,
    lines: done.output?.lines.map(({ text }) => text) ?? [],
    errors: done.output?.errors ?? '',
  };
}

describe('ip rule', () => {
  it('shows what a namespace is born with, and puts a rule without a priority before all but the first', () => {
    const simulation = sample();
    const born = ['0:\tfrom all lookup local', '32766:\tfrom all lookup main', '32767:\tfrom all lookup default'];
    expect(run(simulation, 'ip rule').lines).toEqual(born);
    expect(run(simulation, 'ip rule add from 10.244.1.0/24 lookup 7').ok).toBe(true);
    expect(run(simulation, 'ip rule add fwmark 0x10/0xff to 10.9.0.1 iif eth0 table 8 pref 5').ok).toBe(true);
    expect(run(simulation, 'ip rule list').lines).toEqual([
      born[0],
      '5:\tfrom all to 10.9.0.1 fwmark 0x10/0xff iif eth0 lookup 8',
      '32765:\tfrom 10.244.1.0/24 lookup 7',
      ...born.slice(1),
    ]);
    expect(run(simulation, 'ip rule add from 10.244.1.0/24 lookup 7 pref 32765').errors).toContain('File exists');
    expect(run(simulation, 'ip rule del from 10.244.1.0/24').ok).toBe(true);
    expect(run(simulation, 'ip rule del from 10.244.1.0/24').errors).toContain('No such file or directory');
  });

  it('has packets routed by the table that a rule says, and by the next one where that has no route', () => {
    const simulation = sample();
    const get = () => run(simulation, 'ip route get 8.8.8.8 from 192.168.1.11').lines[0] ?? '';
    expect(get()).toContain('via 192.168.1.1 dev eth0');
    expect(run(simulation, 'ip route add default via 192.168.1.12 dev eth0 table 100').ok).toBe(true);
    expect(run(simulation, 'ip rule add from 192.168.1.11 lookup 100').ok).toBe(true);
    expect(get()).toContain('via 192.168.1.12 dev eth0');
    expect(run(simulation, 'ip route get 8.8.8.8').lines[0]).toContain('via 192.168.1.1 dev eth0');
    expect(run(simulation, 'ip route del default table 100').ok).toBe(true);
    expect(get()).toContain('via 192.168.1.1 dev eth0');
  });
});
