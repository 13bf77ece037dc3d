import { describe, expect, it } from 'vitest';
import type { TcpConntrackState } from '../../../datamodel/network/runtime.ts';
import { areTcpFlagsValid, nextTcpState, type SegmentKind, segmentKind } from './tcpStates.ts';

const STATES: readonly TcpConntrackState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
];
const KINDS: readonly SegmentKind[] = ['syn', 'synAck', 'fin', 'ack', 'rst', 'none'];

describe('the TCP state table [CT5]', () => {
  it.each<[TcpConntrackState, SegmentKind, boolean, ReturnType<typeof nextTcpState>]>([
    ['NONE', 'syn', false, 'SYN_SENT'],
    ['NONE', 'ack', false, 'ESTABLISHED'],
    ['NONE', 'synAck', false, 'invalid'],
    ['SYN_SENT', 'syn', false, 'SYN_SENT'],
    ['SYN_SENT', 'ack', false, 'invalid'],
    ['SYN_SENT', 'synAck', true, 'SYN_RECV'],
    ['SYN_SENT', 'syn', true, 'SYN_SENT2'],
    ['SYN_SENT', 'ack', true, 'ignore'],
    ['SYN_RECV', 'ack', false, 'ESTABLISHED'],
    ['SYN_RECV', 'ack', true, 'SYN_RECV'],
    ['SYN_RECV', 'synAck', true, 'ignore'],
    ['ESTABLISHED', 'syn', false, 'ignore'],
    ['ESTABLISHED', 'syn', true, 'invalid'],
    ['ESTABLISHED', 'fin', true, 'FIN_WAIT'],
    ['FIN_WAIT', 'ack', true, 'CLOSE_WAIT'],
    ['FIN_WAIT', 'fin', true, 'LAST_ACK'],
    ['CLOSE_WAIT', 'fin', false, 'LAST_ACK'],
    ['LAST_ACK', 'ack', false, 'TIME_WAIT'],
    ['TIME_WAIT', 'syn', false, 'SYN_SENT'],
    ['TIME_WAIT', 'ack', false, 'TIME_WAIT'],
    ['CLOSE', 'fin', false, 'CLOSE'],
    ['SYN_SENT2', 'synAck', false, 'SYN_RECV'],
    ['SYN_SENT2', 'synAck', true, 'SYN_RECV'],
  ])('%s, %s, reply %s: %s', (old, kind, reply, expected) => {
    expect(nextTcpState(old, kind, reply)).toBe(expected);
  });

  it('a reset closes whatever has begun; a segment without flags is nothing', () => {
    for (const state of STATES) {
      for (const reply of [false, true]) {
        expect(nextTcpState(state, 'rst', reply)).toBe(state === 'NONE' ? 'invalid' : 'CLOSE');
        expect(nextTcpState(state, 'none', reply)).toBe('invalid');
      }
    }
  });

  it('says something about every state, and never goes back to NONE', () => {
    for (const state of STATES) {
      for (const kind of KINDS) {
        for (const reply of [false, true]) expect(nextTcpState(state, kind, reply)).not.toBe('NONE');
      }
    }
  });
});

describe('flags', () => {
  it('are read RST first, then SYN, FIN, ACK', () => {
    expect([0x14, 0x12, 0x02, 0x11, 0x18, 0x08].map(segmentKind)).toEqual([
      'rst',
      'synAck',
      'syn',
      'fin',
      'ack',
      'none',
    ]);
  });

  it('are valid in the ways that the kernel knows, PSH, ECE and CWR aside', () => {
    const valid = Array.from({ length: 64 }, (_, flags) => flags).filter(
      (flags) => (flags & 8) === 0 && areTcpFlagsValid(flags),
    );
    expect(valid).toEqual([0x02, 0x04, 0x10, 0x11, 0x12, 0x14, 0x22, 0x30, 0x31]);
    expect(areTcpFlagsValid(0xc2)).toBe(true);
    expect(areTcpFlagsValid(0x18)).toBe(true);
  });
});
