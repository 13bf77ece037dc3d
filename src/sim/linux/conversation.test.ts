import { expect, test } from 'vitest';
import type { Flow } from '../../datamodel/flow/flow.ts';
import { Ipv4View } from '../../wire/ipv4.ts';
import { TcpView, tcpFlagNames } from '../../wire/tcp.ts';
import { runFlow } from './conversation.ts';
import { CLIENT, identifyListener, SERVER, twoKernels, type Wire } from './socket/testing/twoKernels.ts';

const FLOW: Flow = {
  from: 'client',
  to: { type: 'address', address: SERVER },
  as: 'http',
  port: 8080,
  sourcePort: 40000,
  payload: 0,
  repeat: 1,
  warm: true,
};

function line(packet: Wire): string {
  const ip = new Ipv4View(packet.bytes);
  const side = packet.from === CLIENT ? '>' : '<';
  if (ip.protocol !== 6) return `${side} ${ip.protocol} ${ip.totalLength}`;
  const tcp = new TcpView(packet.bytes, ip.payloadOffset);
  return `${side} ${tcpFlagNames(tcp.flags)} ${ip.payloadLength - tcp.dataOffset}`;
}

test('an HTTP request is the ten segments that a real kernel sends', () => {
  const pair = twoKernels({ listeners: [identifyListener('tcp', 8080)] });
  const result = runFlow(pair.world, pair.client, FLOW, 10_000);
  expect(result).toEqual({
    outcomes: [{ type: 'answered', text: 'pod=web saw=10.0.0.1:40000 got=0' }],
    budgetSpent: false,
  });
  expect(pair.wire.map(line)).toEqual([
    '> SYN 0',
    '< SYN ACK 0',
    '> ACK 0',
    '> PSH ACK 29',
    '< ACK 0',
    '< PSH ACK 72',
    '> ACK 0',
    '> FIN ACK 0',
    '< FIN ACK 0',
    '> ACK 0',
  ]);
});
