import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Listener } from '../../../../datamodel/network/listener.ts';
import { transportChecksumValid } from '../../../../wire/checksum.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import { CLIENT, type Fate, identifyListener, SERVER, type TwoKernels, twoKernels } from '../testing/twoKernels.ts';
import type { TcpEvents } from './control.ts';
import { SECOND } from './control.ts';
import { TcpListener } from './listener.ts';
import { TcpSocket } from './socket.ts';

interface Talk {
  readonly pair: TwoKernels;
  readonly atServer: Uint8Array;
  readonly atClient: Uint8Array;
  readonly words: readonly string[];
  readonly budgetSpent: boolean;
}

interface Wishes {
  readonly up: Uint8Array;
  readonly down: Uint8Array;
  readonly mtu: number;
  readonly fate: (packet: Ipv4View, number: number) => Fate;
}

/** Client and server each send their bytes and close; both collect what comes. */
function talk({ up, down, mtu, fate }: Wishes): Talk {
  const words: string[] = [];
  const atServer: Uint8Array[] = [];
  const atClient: Uint8Array[] = [];
  const events = (name: string, into: Uint8Array[], socket: () => TcpSocket, bytes: Uint8Array): TcpEvents => ({
    connected() {
      words.push(`${name} connected`);
      if (bytes.length > 0) socket().send(bytes, 'data');
      socket().endWriting();
    },
    data: (part) => void into.push(part),
    ended: () => void words.push(`${name} ended`),
    failed: (error) => void words.push(`${name} ${error}`),
  });
  const listener: Listener = identifyListener('tcp', 80);
  const pair = twoKernels({
    listeners: [listener],
    mtu,
    fate,
    open: (kernel) =>
      new TcpListener(kernel, listener, 'test', (socket) => events('server', atServer, () => socket, down)),
  });
  let client: TcpSocket | undefined;
  const made = TcpSocket.connect(
    pair.client,
    { address: SERVER, port: 80 },
    { exchange: 'flow', sourcePort: 40000 },
    events('client', atClient, () => client as TcpSocket, up),
  );
  if (made instanceof TcpSocket) client = made;
  // Timers do not keep a run alive; somebody who waits does.
  pair.world.queue.schedule(3000 * SECOND, () => undefined);
  const budgetSpent = pair.world.queue.run(200_000);
  return { pair, atServer: joined(atServer), atClient: joined(atClient), words, budgetSpent };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
}

function expectSoundPackets(pair: TwoKernels, mtu: number): void {
  for (const { bytes } of pair.wire) {
    const ip = new Ipv4View(bytes);
    expect(ip.checksumValid()).toBe(true);
    expect(transportChecksumValid(bytes)).toBe(true);
    expect(ip.totalLength).toBeLessThanOrEqual(mtu);
  }
}

const sizes = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 60_000 }));

test('TCP delivers exactly what was written, both ways, whatever is lost, late or too long', () => {
  fc.assert(
    fc.property(
      fc.record({
        up: sizes,
        down: sizes,
        mtu: fc.integer({ min: 300, max: 1500 }),
        path: fc.integer({ min: 300, max: 1500 }),
        lost: fc.uniqueArray(fc.integer({ min: 0, max: 80 }), { maxLength: 25 }),
        late: fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { maxLength: 25 }),
      }),
      ({ up, down, mtu, path, lost, late }) => {
        const fate = (packet: Ipv4View, number: number): Fate => {
          if (lost.includes(number)) return { type: 'lose' };
          if (packet.totalLength > path) return { type: 'too-long', mtu: path };
          return { type: 'pass', delay: late.includes(number) ? 2_000_000 : 30_000 };
        };
        const result = talk({ up: pattern(up), down: pattern(down), mtu, fate });
        expectSoundPackets(result.pair, mtu);
        expect(result.budgetSpent).toBe(false);
        expect(result.atServer).toEqual(pattern(up));
        expect(result.atClient).toEqual(pattern(down));
        expect([...result.words].sort()).toEqual([
          'client connected',
          'client ended',
          'server connected',
          'server ended',
        ]);
      },
    ),
    { numRuns: 80 },
  );
});

test('a connection whose path swallows everything from some packet on ends all the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), sizes, (from, up) => {
      const result = talk({
        up: pattern(up),
        down: pattern(500),
        mtu: 1500,
        fate: (_, number) => ({ type: number >= from ? 'lose' : 'pass' }),
      });
      expect(result.budgetSpent).toBe(false);
      const traces = result.pair.world.recorder.finish();
      expect(traces.every((trace) => trace.disposition.type !== 'unfinished')).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('both ends meet the traces of every packet with one disposition', () => {
  const { pair } = talk({ up: pattern(4000), down: pattern(4000), mtu: 1500, fate: () => ({ type: 'pass' }) });
  const traces = pair.world.recorder.finish();
  expect(traces.length).toBe(pair.wire.length);
  expect(traces.every((trace) => trace.disposition.type === 'delivered')).toBe(true);
  expect(pair.wire.some((packet) => packet.from === CLIENT)).toBe(true);
});
