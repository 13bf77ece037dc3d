import { describe, expect, it } from 'vitest';
import type { Hook, TableName } from '../../../datamodel/network/netfilter.ts';
import { ipAddress } from '../../../wire/address.ts';
import { tcpPacket, udpPacket } from './testing/packets.ts';
import { table, testKernel } from './testing/testKernel.ts';

const ends = { source: ipAddress('192.168.1.11'), destination: ipAddress('10.244.1.3') };
const HOOKS: readonly Hook[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
const TABLES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter'];

/** A kernel whose every table counts at every hook. */
function counting() {
  const chains = Object.fromEntries(HOOKS.map((hook) => [hook, ['-m comment --comment counted']]));
  return testKernel({ tables: TABLES.toReversed().map((name) => table(name, chains)) });
}

describe('what is registered at a hook', () => {
  it.each([
    ['PREROUTING', ['raw', 'session new', 'mangle', 'nat']],
    ['INPUT', ['mangle', 'filter', 'nat', 'session confirmed']],
    ['FORWARD', ['mangle', 'filter']],
    ['OUTPUT', ['raw', 'session new', 'mangle', 'nat', 'filter']],
    ['POSTROUTING', ['mangle', 'nat', 'session confirmed']],
  ] as const)('%s: %j [NF1]', (hook, expected) => {
    const node = counting();
    const skb = node.packet(tcpPacket(ends, {}));
    if (hook !== 'PREROUTING' && hook !== 'OUTPUT') {
      node.through(skb, 'PREROUTING', 'eth0');
      node.steps();
    }
    expect(node.through(skb, hook, 'eth0', 'cni0')).toBe('accept');
    const steps = node.steps();
    const stages = steps.flatMap((step) => {
      if (step.type === 'hook') return [step.table];
      return step.type === 'session' ? [`session ${step.event}`] : [];
    });
    expect(stages).toEqual(expected);
    for (const step of steps) expect(step.hook).toBe(hook);
  });

  it('a namespace without tables has nothing registered, not even conntrack [NF2]', () => {
    const node = testKernel();
    const skb = node.packet(tcpPacket(ends, {}));
    for (const hook of HOOKS) expect(node.through(skb, hook, 'eth0', 'eth0')).toBe('accept');
    expect(node.steps()).toEqual([]);
    expect(skb.meta.connection).toBeUndefined();
  });

  it('conntrack runs once a nat table is there or a rule asks for it, not for a filter alone [NF3]', () => {
    const sessions = (...tables: Parameters<typeof table>[]) => {
      const node = testKernel({ tables: tables.map((words) => table(...words)) });
      node.through(node.packet(tcpPacket(ends, {})), 'PREROUTING', 'eth0');
      return node.steps().filter((step) => step.type === 'session').length;
    };
    expect(sessions(['filter', { FORWARD: ['-j ACCEPT'] }])).toBe(0);
    expect(sessions(['nat', {}])).toBe(1);
    expect(sessions(['filter', { OTHER: ['-m conntrack --ctstate NEW -j ACCEPT'] }])).toBe(1);
    expect(sessions(['raw', { PREROUTING: ['-p icmp -j CT --notrack'] }])).toBe(1);
  });

  it('IPv6 tables do not concern IPv4 packets', () => {
    const node = testKernel({ tables: [{ ...table('filter', { FORWARD: ['-j DROP'] }), family: 'ipv6' }] });
    expect(node.through(node.packet(tcpPacket(ends, {})), 'FORWARD', 'eth0', 'cni0')).toBe('accept');
  });
});

describe('the nat hook', () => {
  it('walks its chains for the first packet only [NF4]', () => {
    const node = counting();
    const walks = (hook: Hook) => {
      const skb = node.packet(udpPacket(ends, 1, 2));
      node.through(skb, 'PREROUTING', 'eth0');
      if (hook === 'POSTROUTING') node.through(skb, 'POSTROUTING', 'eth0', 'cni0');
      return node.steps().filter((step) => step.type === 'hook' && step.table === 'nat').length;
    };
    expect(walks('POSTROUTING')).toBe(2);
    expect(walks('POSTROUTING')).toBe(0);
  });

  it('does not walk them for an established connection that it never settled', () => {
    const node = counting();
    const skb = node.packet(udpPacket(ends, 1, 2));
    for (const hook of ['PREROUTING', 'POSTROUTING'] as const) node.through(skb, hook, 'eth0', 'cni0');
    Object.assign(skb.meta.connection ?? {}, { seenReply: true, natSourceDone: false, natDestinationDone: false });
    node.steps();
    const next = node.packet(udpPacket(ends, 1, 2));
    for (const hook of ['PREROUTING', 'POSTROUTING'] as const) node.through(next, hook, 'eth0', 'cni0');
    expect(node.steps().filter((step) => step.type === 'hook' && step.table === 'nat')).toEqual([]);
  });

  it('walks them again for a packet sent again after a drop: nothing was remembered', () => {
    const node = testKernel({
      tables: [table('nat', { PREROUTING: ['-m comment --comment c'] }), table('filter', { FORWARD: ['-j DROP'] })],
    });
    for (let i = 0; i < 2; i++) {
      const skb = node.packet(udpPacket(ends, 1, 2));
      node.through(skb, 'PREROUTING', 'eth0');
      node.through(skb, 'FORWARD', 'eth0', 'cni0');
      expect(node.steps().filter((step) => step.type === 'hook' && step.table === 'nat')).toHaveLength(1);
    }
  });

  it('leaves packets alone that conntrack cannot place', () => {
    const node = testKernel({ tables: [table('nat', { PREROUTING: ['-j DNAT --to-destination 10.244.1.4'] })] });
    const skb = node.packet(tcpPacket(ends, { flags: 0x12 }));
    const before = skb.bytes.slice();
    expect(node.through(skb, 'PREROUTING', 'eth0')).toBe('accept');
    expect(skb.bytes).toEqual(before);
    expect(node.steps().map((step) => step.type)).toEqual(['session']);
  });

  it('a packet that comes round over loopback keeps its connection, and is not looked up again [CT2]', () => {
    const node = testKernel({
      tables: [table('nat', { OUTPUT: ['-p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.11:8080'] })],
    });
    const own = ipAddress('192.168.1.11');
    const skb = node.packet(tcpPacket({ source: own, destination: ipAddress('10.96.0.1') }, { destinationPort: 80 }));
    node.through(skb, 'OUTPUT', undefined, 'eth0');
    node.through(skb, 'POSTROUTING', undefined, 'lo');
    const { connection } = skb.meta;
    node.steps();
    node.through(skb, 'PREROUTING', 'lo');
    node.through(skb, 'INPUT', 'lo');
    expect(node.steps()).toEqual([]);
    expect(skb.meta.connection).toBe(connection);
    expect(node.kernel.connections.size).toBe(2);
  });
});

describe('fragments', () => {
  it('wait for each other before anything else sees them, where connections are tracked [CT1]', () => {
    const node = testKernel({ tables: [table('nat', {})] });
    const whole = udpPacket(ends, 1, 2, 1000);
    const piece = whole.slice(0, 20 + 512);
    piece[6] = 0x20;
    let asked = 0;
    node.defragment.result = (skb) => {
      asked++;
      if (asked === 1) return undefined;
      skb.replace(whole, 'ip');
      return skb;
    };
    expect(node.through(node.packet(piece), 'PREROUTING', 'eth0')).toBe('drop');
    expect(node.steps()).toEqual([]);
    const last = node.packet(piece.slice());
    expect(node.through(last, 'PREROUTING', 'eth0')).toBe('accept');
    expect(last.meta.connection?.original).toMatchObject({ sourcePort: 1, destinationPort: 2 });
    node.through(node.packet(whole), 'PREROUTING', 'eth0');
    expect(asked).toBe(2);
  });

  it('pass as they are where nothing is tracked', () => {
    const node = testKernel({ tables: [table('filter', { FORWARD: ['-p udp -j ACCEPT'] }, 'DROP')] });
    const piece = udpPacket(ends, 1, 2, 1000).slice(0, 20 + 512);
    piece[6] = 0x20;
    const skb = node.packet(piece);
    expect(node.through(skb, 'PREROUTING', 'eth0')).toBe('accept');
    expect(node.through(skb, 'FORWARD', 'eth0', 'cni0')).toBe('accept');
  });
});
