import { describe, expect, it } from 'vitest';
import type { Match } from '../../../datamodel/network/netfilter.ts';
import { ipAddress, ipv4FromNumber } from '../../../wire/address.ts';
import { readPacket } from './packet.ts';
import { matchRecent } from './recent.ts';
import { tcpPacket } from './testing/packets.ts';
import { testKernel } from './testing/testKernel.ts';

type Recent = Extract<Match, { readonly type: 'recent' }>;
const A = '10.0.0.1';
const B = '10.0.0.2';

function lists() {
  const node = testKernel();
  const ask = (source: string, match: Omit<Recent, 'type' | 'name'>): boolean => {
    const bytes = tcpPacket({ source: ipAddress(source), destination: ipAddress('10.96.0.1') }, {});
    return matchRecent(
      { type: 'recent', name: 'web', ...match },
      readPacket(node.kernel, node.packet(bytes), 'PREROUTING', {}),
    );
  };
  const wait = (seconds: number): void => {
    node.queue.now += seconds * 1e9;
  };
  return { node, ask, wait };
}

describe('-m recent [NF12]', () => {
  it('set remembers and always matches', () => {
    const { ask, node } = lists();
    expect(ask(A, { operation: 'rcheck' })).toBe(false);
    expect(ask(A, { operation: 'set' })).toBe(true);
    expect(ask(A, { operation: 'set' })).toBe(true);
    expect(ask(A, { operation: 'rcheck' })).toBe(true);
    expect(ask(B, { operation: 'rcheck' })).toBe(false);
    expect([...(node.kernel.recent.get('web') ?? [])]).toEqual([[A, node.queue.now]]);
  });

  it('rcheck forgets after the seconds, update begins them anew', () => {
    const { ask, wait } = lists();
    ask(A, { operation: 'set' });
    wait(10);
    expect(ask(A, { operation: 'rcheck', seconds: 10 })).toBe(true);
    wait(1);
    expect(ask(A, { operation: 'rcheck', seconds: 10 })).toBe(false);
    expect(ask(A, { operation: 'update', seconds: 11 })).toBe(true);
    wait(10);
    expect(ask(A, { operation: 'rcheck', seconds: 10 })).toBe(true);
    expect(ask(A, { operation: 'rcheck' })).toBe(true);
  });

  it('a failed update does not begin anything anew', () => {
    const { ask, wait } = lists();
    ask(A, { operation: 'set' });
    wait(20);
    expect(ask(A, { operation: 'update', seconds: 10 })).toBe(false);
    expect(ask(A, { operation: 'update', seconds: 10 })).toBe(false);
  });

  it('reap removes the oldest entry that the seconds have passed', () => {
    const { ask, wait, node } = lists();
    ask(A, { operation: 'set' });
    wait(5);
    ask(B, { operation: 'set' });
    wait(6);
    expect(ask(B, { operation: 'rcheck', seconds: 10, reap: true })).toBe(true);
    expect([...(node.kernel.recent.get('web')?.keys() ?? [])]).toEqual([B]);
  });

  it('remove forgets; asking for what is not there is no match', () => {
    const { ask } = lists();
    expect(ask(A, { operation: 'remove' })).toBe(false);
    ask(A, { operation: 'set' });
    expect(ask(A, { operation: 'remove' })).toBe(true);
    expect(ask(A, { operation: 'rcheck' })).toBe(false);
  });

  it('a negation turns the answer round, not the memory', () => {
    const { ask } = lists();
    expect(ask(A, { operation: 'rcheck', negate: true })).toBe(true);
    expect(ask(A, { operation: 'set', negate: true })).toBe(false);
    expect(ask(A, { operation: 'rcheck' })).toBe(true);
    expect(ask(A, { operation: 'rcheck', negate: true })).toBe(false);
  });

  it('a list holds 100 addresses: the one unseen for longest goes', () => {
    const { ask, wait, node } = lists();
    for (let i = 0; i < 100; i++) {
      ask(ipv4FromNumber(0x0a000001 + i), { operation: 'set' });
      wait(1);
    }
    ask(A, { operation: 'set' });
    ask('192.168.1.1', { operation: 'set' });
    const list = node.kernel.recent.get('web');
    expect(list?.size).toBe(100);
    expect(list?.has(ipAddress(A))).toBe(true);
    expect(list?.has(ipAddress(B))).toBe(false);
  });
});
