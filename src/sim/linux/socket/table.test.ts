import { expect, test } from 'vitest';
import type { Listener } from '../../../datamodel/network/listener.ts';
import { ipAddress } from '../../../wire/address.ts';
import type { Socket } from '../kernel.ts';
import { SocketTable } from './table.ts';
import { identifyListener } from './testing/twoKernels.ts';

const HERE = ipAddress('10.0.0.1');
const OTHER = ipAddress('10.0.0.7');
const PEER = { address: ipAddress('10.0.0.2'), port: 5000 };

interface Named extends Socket {
  readonly name: string;
}

function socket(name: string): Named {
  return { name, receive() {}, error() {} };
}

function nameOf(found: Socket | undefined): string | undefined {
  return (found as Named | undefined)?.name;
}

function table(...listeners: Listener[]): SocketTable {
  return new SocketTable(listeners, (listener) => socket(listener.id));
}

test('[SD1] connected before listening, own address before any, own port before every port', () => {
  const sockets = table(
    { ...identifyListener('tcp', 0), id: 'every port' },
    { ...identifyListener('tcp', 80), id: 'any address' },
    { ...identifyListener('tcp', 80), id: 'own address', address: HERE },
  );
  sockets.connect('tcp', { address: HERE, port: 80 }, PEER, socket('connected'));
  expect(nameOf(sockets.find('tcp', { address: HERE, port: 80 }, PEER))).toBe('connected');
  expect(nameOf(sockets.find('tcp', { address: HERE, port: 80 }, { ...PEER, port: 1 }))).toBe('own address');
  expect(nameOf(sockets.find('tcp', { address: OTHER, port: 80 }, PEER))).toBe('any address');
  expect(nameOf(sockets.find('tcp', { address: OTHER, port: 81 }, PEER))).toBe('every port');
  expect(nameOf(sockets.find('udp', { address: HERE, port: 80 }, PEER))).toBeUndefined();
  sockets.disconnect('tcp', { address: HERE, port: 80 }, PEER);
  expect(nameOf(sockets.find('tcp', { address: HERE, port: 80 }, PEER))).toBe('own address');
});

test('a listener is opened once, when it is first needed', () => {
  let opened = 0;
  const sockets = new SocketTable([identifyListener('udp', 53)], () => {
    opened++;
    return socket('dns');
  });
  expect(opened).toBe(0);
  sockets.find('udp', { address: HERE, port: 53 }, PEER);
  sockets.find('udp', { address: HERE, port: 53 }, { ...PEER, port: 6 });
  expect(opened).toBe(1);
});

test('a port is taken while a socket or a listener holds it, but not by who listens on every port', () => {
  const sockets = table(identifyListener('tcp', 80), identifyListener('udp', 0));
  const local = { address: HERE, port: 40000 };
  expect(sockets.taken('tcp', { address: HERE, port: 80 })).toBe(true);
  expect(sockets.taken('udp', { address: HERE, port: 80 })).toBe(false);
  sockets.connect('tcp', local, PEER, socket('a'));
  sockets.connect('tcp', local, { ...PEER, port: 5001 }, socket('b'));
  sockets.disconnect('tcp', local, PEER);
  expect(sockets.taken('tcp', local)).toBe(true);
  sockets.disconnect('tcp', local, { ...PEER, port: 5001 });
  sockets.disconnect('tcp', local, { ...PEER, port: 5001 });
  expect(sockets.taken('tcp', local)).toBe(false);
});

test('[SD1] a listener on every port has no port that a UDP client has or had', () => {
  const sockets = table({ ...identifyListener('udp', 0), id: 'every port' });
  const local = { address: HERE, port: 40000 };
  sockets.connect('udp', local, PEER, socket('client'));
  expect(nameOf(sockets.find('udp', local, PEER))).toBe('client');
  expect(sockets.find('udp', local, { ...PEER, port: 1 })).toBeUndefined();
  sockets.disconnect('udp', local, PEER);
  expect(sockets.find('udp', local, PEER)).toBeUndefined();
  expect(nameOf(sockets.find('udp', { ...local, port: 40001 }, PEER))).toBe('every port');
});
