import { describe, expect, it } from 'vitest';
import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { ipAddress } from '../../../wire/address.ts';
import type { Kernel } from '../kernel.ts';
import type { Connection } from './connection.ts';
import { insertConnection } from './connectionTable.ts';
import { testKernel } from './testing/testKernel.ts';
import { mirror, tupleKey } from './tuple.ts';
import { type NatRange, uniqueTuple } from './uniqueTuple.ts';

const NODE = ipAddress('192.168.1.11');
const WORLD = ipAddress('192.168.1.100');

function udp(source: string, sourcePort: number, destination: string = WORLD, destinationPort = 9000): ConntrackTuple {
  return { protocol: 17, source: ipAddress(source), destination: ipAddress(destination), sourcePort, destinationPort };
}

function connection(original: ConntrackTuple): Connection {
  const rest = { confirmed: false, seenReply: false, assured: false, mark: 0, expires: Number.POSITIVE_INFINITY };
  return {
    id: tupleKey(original),
    original,
    reply: mirror(original),
    ...rest,
    natSourceDone: false,
    natDestinationDone: false,
  };
}

/** A confirmed connection whose source was moved to `port` of the node. */
function masqueraded(kernel: Kernel, original: ConntrackTuple, port: number): void {
  const made = connection(original);
  made.reply = mirror({ ...original, source: NODE, sourcePort: port });
  insertConnection(kernel, made);
}

function moveSource(kernel: Kernel, tuple: ConntrackTuple, range: NatRange): ConntrackTuple {
  return uniqueTuple(kernel, connection(tuple), tuple, range, 'source');
}

describe('the source nat of a connection', () => {
  it('keeps the port while the answers are nobody else’s [NAT3]', () => {
    const { kernel } = testKernel();
    expect(moveSource(kernel, udp('10.244.0.2', 40_061), { address: NODE })).toEqual(udp(NODE, 40_061));
    masqueraded(kernel, udp('10.244.0.2', 40_061), 40_061);
    expect(moveSource(kernel, udp('10.244.0.3', 40_061, '192.168.1.101'), { address: NODE }).sourcePort).toBe(40_061);
  });

  it('takes another port when they are: one as good as the first [NAT4]', () => {
    for (const [port, low, high] of [
      [40_061, 1024, 65_535],
      [700, 600, 1023],
      [80, 1, 511],
      [1024, 1024, 65_535],
    ] as const) {
      const { kernel } = testKernel();
      masqueraded(kernel, udp('10.244.0.2', port), port);
      const moved = moveSource(kernel, udp('10.244.0.3', port), { address: NODE });
      expect(moved.source).toBe(NODE);
      expect(moved.sourcePort).not.toBe(port);
      expect(moved.sourcePort).toBeGreaterThanOrEqual(low);
      expect(moved.sourcePort).toBeLessThanOrEqual(high);
    }
  });

  it('--random-fully takes another port every time, anywhere from 1024 up [NAT5]', () => {
    const { kernel } = testKernel();
    const ports = Array.from({ length: 400 }, (_, i) =>
      moveSource(kernel, udp('10.244.0.2', 40_000 + i), { address: NODE, randomFully: true }),
    ).map((tuple) => tuple.sourcePort);
    expect(new Set(ports).size).toBeGreaterThan(390);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(1024);
    expect(Math.min(...ports)).toBeLessThan(5000);
    expect(Math.max(...ports)).toBeGreaterThan(61_000);
  });

  it('gives a source that has been moved before the same new source [NAT6]', () => {
    const { kernel } = testKernel();
    masqueraded(kernel, udp('10.244.0.2', 40_000), 55_555);
    expect(moveSource(kernel, udp('10.244.0.2', 40_000, '192.168.1.101'), { address: NODE }).sourcePort).toBe(55_555);
    expect(moveSource(kernel, udp('10.244.0.2', 40_001, '192.168.1.101'), { address: NODE }).sourcePort).toBe(40_001);
    const random = moveSource(kernel, udp('10.244.0.2', 40_000, '192.168.1.101'), { address: NODE, randomFully: true });
    expect(random.sourcePort).not.toBe(55_555);
  });

  it('stays within the ports that the rule names', () => {
    const { kernel } = testKernel();
    const ports = { from: 5000, to: 5003 };
    expect(moveSource(kernel, udp('10.244.0.2', 5002), { address: NODE, ports }).sourcePort).toBe(5002);
    const taken = new Set<number>();
    for (let i = 0; i < 4; i++) {
      const tuple = udp('10.244.0.2', 40_000 + i);
      const { sourcePort } = moveSource(kernel, tuple, { address: NODE, ports });
      masqueraded(kernel, tuple, sourcePort);
      taken.add(sourcePort);
    }
    expect([...taken].toSorted()).toEqual([5000, 5001, 5002, 5003]);
  });

  it('an echo request gets another identifier, any of 65536', () => {
    const { kernel } = testKernel();
    const echo = (source: string, id: number): ConntrackTuple => ({
      ...udp(source, id),
      protocol: 1,
      destinationPort: id,
      icmp: { type: 8, code: 0 },
    });
    expect(moveSource(kernel, echo('10.244.0.2', 4660), { address: NODE })).toEqual(echo(NODE, 4660));
    const ids = Array.from({ length: 100 }, (_, id) =>
      moveSource(kernel, echo('10.244.0.2', id), { address: NODE, randomFully: true }),
    );
    for (const { sourcePort, destinationPort } of ids) expect(sourcePort).toBe(destinationPort);
    expect(Math.max(...ids.map((tuple) => tuple.sourcePort))).toBeGreaterThan(60_000);
  });

  it('protocols without ports only change the address', () => {
    const { kernel } = testKernel();
    const tuple: ConntrackTuple = { ...udp('10.244.0.2', 0), protocol: 4, destinationPort: 0 };
    expect(moveSource(kernel, tuple, { address: NODE, randomFully: true })).toEqual({ ...tuple, source: NODE });
  });

  it('finds the last free ports of a crowded range', () => {
    const { kernel } = testKernel();
    for (let port = 1; port <= 511; port++) if (port !== 77) masqueraded(kernel, udp('10.244.0.2', port), port);
    let found = 0;
    for (let port = 100; port < 140; port++) {
      if (moveSource(kernel, udp('10.244.0.3', port), { address: NODE }).sourcePort === 77) found++;
    }
    // 240 tries of 511 places for the one that is left.
    expect(found).toBeGreaterThan(8);
  });
});

describe('the destination nat of a connection', () => {
  const moveTo = (kernel: Kernel, tuple: ConntrackTuple, range: NatRange) =>
    uniqueTuple(kernel, connection(tuple), tuple, range, 'destination');

  it('takes the address and port of the rule', () => {
    const { kernel } = testKernel();
    const range = { address: ipAddress('10.244.1.3'), ports: { from: 8080, to: 8080 } };
    expect(moveTo(kernel, udp('10.244.0.2', 40_000), range)).toEqual(udp('10.244.0.2', 40_000, '10.244.1.3', 8080));
    expect(moveTo(kernel, udp('10.244.0.2', 40_000), { ports: range.ports })).toEqual(
      udp('10.244.0.2', 40_000, WORLD, 8080),
    );
    expect(moveTo(kernel, udp('10.244.0.2', 40_000), { address: range.address })).toEqual(
      udp('10.244.0.2', 40_000, '10.244.1.3'),
    );
  });

  it('never invents a port, even if the answers would be another’s', () => {
    const { kernel } = testKernel();
    const range = { address: ipAddress('10.244.1.3') };
    insertConnection(kernel, connection(udp('10.244.0.2', 40_000, '10.244.1.3')));
    expect(moveTo(kernel, udp('10.244.0.2', 40_000), range)).toEqual(udp('10.244.0.2', 40_000, '10.244.1.3'));
  });

  it('goes through a range of ports in order', () => {
    const { kernel } = testKernel();
    const range = { address: ipAddress('10.244.1.3'), ports: { from: 8080, to: 8999 } };
    const chosen = Array.from({ length: 2 }, () => {
      const { destinationPort } = moveTo(kernel, udp('10.244.0.2', 40_000), range);
      insertConnection(kernel, connection(udp('10.244.0.2', 40_000, '10.244.1.3', destinationPort)));
      return destinationPort;
    });
    expect(chosen).toEqual([8080, 8081]);
  });
});
