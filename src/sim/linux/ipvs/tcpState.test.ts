import { expect, test } from 'vitest';
import type { IpvsTcpState } from '../../../datamodel/network/runtime.ts';
import { TcpFlag } from '../../../wire/tcp.ts';
import { isActive, nextTcpState } from './tcpState.ts';
import { SECOND, timeoutOf } from './timeouts.ts';

const { syn, ack, fin, rst } = TcpFlag;

test('a connection from its SYN to TIME_WAIT, with the time that each state gives [IV11]', () => {
  const segments: readonly [number, 'client' | 'server', IpvsTcpState, number][] = [
    [syn, 'client', 'SYN_RECV', 60],
    [syn | ack, 'server', 'SYN_RECV', 60],
    [ack, 'client', 'ESTABLISHED', 900],
    [ack, 'server', 'ESTABLISHED', 900],
    [fin | ack, 'client', 'CLOSE_WAIT', 60],
    [fin | ack, 'server', 'TIME_WAIT', 120],
    [ack, 'client', 'TIME_WAIT', 120],
  ];
  let state: IpvsTcpState = 'NONE';
  for (const [flags, from, next, seconds] of segments) {
    state = nextTcpState(state, flags, from);
    expect(state).toBe(next);
    expect(timeoutOf({ protocol: 6, state, template: false })).toBe(seconds * SECOND);
  }
});

test('a reset closes, and a segment without a flag that counts changes nothing', () => {
  expect(nextTcpState('ESTABLISHED', rst | ack, 'server')).toBe('CLOSE');
  expect(nextTcpState('ESTABLISHED', rst, 'client')).toBe('CLOSE');
  expect(nextTcpState('SYN_RECV', TcpFlag.psh, 'client')).toBe('SYN_RECV');
});

test('connections count as active until one side has finished', () => {
  expect(['SYN_RECV', 'ESTABLISHED'].every(isActive)).toBe(true);
  expect(['NONE', 'CLOSE_WAIT', 'TIME_WAIT', 'CLOSE', 'UDP'].some(isActive)).toBe(false);
});
