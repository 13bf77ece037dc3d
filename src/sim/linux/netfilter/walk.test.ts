import { describe, expect, it } from 'vitest';
import type { NetfilterTable } from '../../../datamodel/network/netfilter.ts';
import { ipAddress } from '../../../wire/address.ts';
import { tcpPacket } from './testing/packets.ts';
import { table, testKernel } from './testing/testKernel.ts';

const ends = { source: ipAddress('10.244.0.2'), destination: ipAddress('10.244.1.3') };
const syn = tcpPacket(ends, { destinationPort: 80 });

/** Sends a SYN through FORWARD of these tables. */
function forward(...tables: readonly NetfilterTable[]) {
  const node = testKernel({ tables });
  const skb = node.packet(syn);
  const verdict = node.through(skb, 'FORWARD', 'cni0', 'flannel.1');
  const steps = node.steps();
  const rules = steps.flatMap((step) =>
    step.type === 'rule' ? [`${step.table} ${step.chain} ${step.position} ${step.outcome}`] : [],
  );
  const hooks = steps.flatMap((step) => (step.type === 'hook' ? [step] : []));
  const trace = node.recorder.finish()[0];
  return { verdict, skb, steps, rules, hooks, trace };
}

describe('walking a table', () => {
  it('tries rules in order until a verdict, and counts those it tried [NF5]', () => {
    const { verdict, rules, hooks } = forward(
      table('filter', { FORWARD: ['-p udp -j DROP', '-s 10.244.0.0/16 -j ACCEPT', '-j DROP'] }),
    );
    expect(verdict).toBe('accept');
    expect(rules).toEqual(['filter FORWARD 2 ACCEPT']);
    expect(hooks).toMatchObject([
      { table: 'filter', chain: 'FORWARD', verdict: 'accept', rulesEvaluated: 2, policy: false, hook: 'FORWARD' },
    ]);
  });

  it('comes back behind a jump, and counts inside it too', () => {
    const { rules, hooks } = forward(
      table('filter', {
        FORWARD: ['-j A', '-j ACCEPT'],
        A: ['-p udp -j DROP', '-p tcp -j B', '-p udp -j DROP'],
        B: ['-p udp -j DROP'],
      }),
    );
    expect(rules).toEqual(['filter FORWARD 1 jump A', 'filter A 2 jump B', 'filter FORWARD 2 ACCEPT']);
    expect(hooks[0]?.rulesEvaluated).toBe(6);
  });

  it('RETURN leaves the chain; in a built-in chain it means the policy [NF6]', () => {
    const jumped = forward(table('filter', { FORWARD: ['-j A', '-j ACCEPT'], A: ['-j RETURN', '-j DROP'] }));
    expect(jumped.rules).toEqual(['filter FORWARD 1 jump A', 'filter A 1 RETURN', 'filter FORWARD 2 ACCEPT']);
    const base = forward(table('filter', { FORWARD: ['-j RETURN', '-j ACCEPT'] }, 'DROP'));
    expect(base.verdict).toBe('drop');
    expect(base.hooks).toMatchObject([{ verdict: 'drop', policy: true, rulesEvaluated: 1 }]);
  });

  it('goto does not come back: the chain that was jumped to ends with it [NF6]', () => {
    const { verdict, rules } = forward(
      table('filter', {
        FORWARD: ['-j A', '-j ACCEPT'],
        A: ['-g B', '-j DROP'],
        B: ['-m comment --comment counted'],
      }),
    );
    expect(verdict).toBe('accept');
    expect(rules).toEqual([
      'filter FORWARD 1 jump A',
      'filter A 1 goto B',
      'filter B 1 continue',
      'filter FORWARD 2 ACCEPT',
    ]);
    const base = forward(table('filter', { FORWARD: ['-g A', '-j ACCEPT'], A: [] }, 'DROP'));
    expect(base.verdict).toBe('drop');
  });

  it('ends at the policy, and says so', () => {
    const { verdict, hooks, steps, trace } = forward(table('filter', { FORWARD: ['-p udp -j ACCEPT'] }, 'DROP'));
    expect(verdict).toBe('drop');
    expect(hooks).toMatchObject([{ verdict: 'drop', policy: true, rulesEvaluated: 1 }]);
    const because = 'The policy of FORWARD in the filter table is DROP.';
    expect(steps.at(-1)).toMatchObject({ type: 'drop', reason: 'NETFILTER_DROP', because, hook: 'FORWARD' });
    expect(trace?.disposition).toEqual({ type: 'dropped', netns: 'node/node1', reason: 'NETFILTER_DROP', because });
  });

  it('a table that has nothing to walk at the hook leaves no step', () => {
    const { steps } = forward(
      table('mangle', { FORWARD: [], PREROUTING: ['-j ACCEPT'] }),
      table('filter', { INPUT: ['-j DROP'] }),
    );
    expect(steps).toEqual([]);
  });

  it('ACCEPT ends one table, not the next [NF1]', () => {
    const { verdict, rules } = forward(
      table('filter', { FORWARD: ['-j DROP'] }),
      table('mangle', { FORWARD: ['-j ACCEPT', '-j DROP'] }),
    );
    expect(rules).toEqual(['mangle FORWARD 1 ACCEPT', 'filter FORWARD 1 DROP']);
    expect(verdict).toBe('drop');
  });

  it('a jump to a chain that is not there is a rule without effect', () => {
    const { verdict, rules } = forward(table('filter', { FORWARD: ['-j NOWHERE', '-j ACCEPT'] }, 'DROP'));
    expect(verdict).toBe('accept');
    expect(rules).toEqual(['filter FORWARD 1 jump NOWHERE', 'filter FORWARD 2 ACCEPT']);
  });

  it('chains that jump in a circle come to an end', () => {
    const { verdict } = forward(table('filter', { FORWARD: ['-j A'], A: ['-j B'], B: ['-j A'] }));
    expect(verdict).toBe('drop');
  });

  it('DROP names the rule and its comment', () => {
    const { steps, trace } = forward(table('filter', { FORWARD: ['-m comment --comment "no way" -j DROP'] }));
    expect(steps.map((step) => step.type)).toEqual(['rule', 'hook', 'drop']);
    const entry = { netns: 'node/node1', table: 'rule', id: 'filter FORWARD 1' };
    const because = 'A rule of the filter table at FORWARD (“no way”) says DROP.';
    expect(steps.at(-1)).toMatchObject({ entry, because });
    expect(trace?.disposition.type).toBe('dropped');
  });
});

describe('MARK', () => {
  it('clears the mask and xors the value [NF10]', () => {
    const { skb, rules } = forward(
      table('mangle', {
        FORWARD: [
          '-j MARK --set-xmark 0x18000/0xffffffff',
          '-j MARK --set-xmark 0x4000/0x4000',
          '-m mark --mark 0x4000/0x4000 -j MARK --set-xmark 0x8000/0x0',
        ],
      }),
    );
    expect(skb.meta.mark).toBe(0x1_4000);
    expect(rules).toHaveLength(3);
    expect(rules[1]).toBe('mangle FORWARD 2 MARK xset 0x4000/0x4000');
  });

  it('stays an unsigned number', () => {
    const { skb } = forward(table('mangle', { FORWARD: ['-j MARK --set-xmark 0x80000000/0x80000000'] }));
    expect(skb.meta.mark).toBe(0x8000_0000);
  });
});
