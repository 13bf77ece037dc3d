import { describe, expect, test } from 'vitest';
import { emitIpv4, IpProtocol, Ipv4View } from '../../../../wire/ipv4.ts';
import { emitTcp, TcpFlag, type TcpFlags, TcpView, tcpFlagNames } from '../../../../wire/tcp.ts';
import type { Kernel } from '../../kernel.ts';
import { Skb } from '../../skb.ts';
import {
  CLIENT,
  type Fate,
  identifyListener,
  SERVER,
  type TwoKernels,
  type TwoKernelsSetup,
  twoKernels,
  type Wire,
} from '../testing/twoKernels.ts';
import { SECOND, type TcpEvents } from './control.ts';
import { TcpListener } from './listener.ts';
import { TcpSocket } from './socket.ts';

const REMOTE = { address: SERVER, port: 80 };
const OPTIONS = { exchange: 'flow', sourcePort: 40000 } as const;

interface Ends {
  readonly pair: TwoKernels;
  readonly client: TcpSocket;
  readonly server: () => TcpSocket | undefined;
  readonly words: string[];
}

/** A connection between two quiet programs. */
function open(setup: TwoKernelsSetup = {}): Ends {
  const words: string[] = [];
  const events = (name: string): TcpEvents => ({
    connected: () => void words.push(`${name} connected`),
    data: (bytes) => void words.push(`${name} got ${bytes.length}`),
    ended: () => void words.push(`${name} ended`),
    failed: (error) => void words.push(`${name} ${error}`),
  });
  let server: TcpSocket | undefined;
  const listener = identifyListener('tcp', 80);
  const pair = twoKernels({
    listeners: [listener],
    open: (kernel) =>
      new TcpListener(kernel, listener, 'test', (socket) => {
        server = socket;
        return events('server');
      }),
    ...setup,
  });
  const client = TcpSocket.connect(pair.client, REMOTE, OPTIONS, events('client'));
  if (!(client instanceof TcpSocket)) throw new Error(client.error);
  return { pair, client, server: () => server, words };
}

function runFor(pair: TwoKernels, seconds: number): void {
  pair.world.queue.schedule(Math.round(seconds * SECOND), () => undefined);
  pair.world.queue.run(50_000);
}

function tcpOf(packet: Wire): TcpView {
  return new TcpView(packet.bytes, new Ipv4View(packet.bytes).payloadOffset);
}

function line(packet: Wire): string {
  const tcp = tcpOf(packet);
  const length = packet.bytes.length - tcp.payloadOffset;
  return `${packet.from === CLIENT ? '>' : '<'} ${tcpFlagNames(tcp.flags)} ${length}`;
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function optionsOf(packet: Wire): string {
  const tcp = tcpOf(packet);
  // Timestamp values are chance; the layout is not.
  return hexOf(packet.bytes.subarray(tcp.offset + 20, tcp.payloadOffset)).replace(/080a[0-9a-f]{16}/, '080a…');
}

/** A segment from nowhere, put before the kernel's TCP. */
function inject(kernel: Kernel, like: Wire, flags: TcpFlags, sequence: number): void {
  const ip = new Ipv4View(like.bytes);
  const tcp = tcpOf(like);
  const addresses = { source: ip.source, destination: ip.destination };
  const segment = emitTcp(
    {
      sourcePort: tcp.sourcePort,
      destinationPort: tcp.destinationPort,
      sequence,
      acknowledgement: tcp.acknowledgement,
      flags,
      window: 500,
      options: [],
    },
    undefined,
    addresses,
  );
  const header = { tos: 0, identification: 7, dontFragment: true, moreFragments: false, fragmentOffset: 0, ttl: 64 };
  const bytes = emitIpv4({ ...header, protocol: IpProtocol.tcp, ...addresses }, segment);
  const trace = kernel.world.recorder.begin({
    origin: { type: 'flow' },
    label: 'forged',
    role: 'forward',
    exchange: 'flow',
  });
  const meta = { trace, mark: 0, packetType: 'host', pass: 'host', direction: 'up' } as const;
  kernel.stack.transportReceive(kernel, new Skb(bytes, 'ip', { ...meta }));
}

describe('bytes', () => {
  test('[TC1] options lie as a real kernel lays them', () => {
    const { pair } = open({ mtu: 1450 });
    runFor(pair, 0.1);
    const [syn, synAck, ack] = pair.wire as [Wire, Wire, Wire];
    expect(optionsOf(syn)).toBe('020405820402080a…01030307');
    expect(optionsOf(synAck)).toBe('020405820402080a…01030307');
    expect(optionsOf(ack)).toBe('0101080a…');
    expect([syn, synAck, ack].map(line)).toEqual(['> SYN 0', '< SYN ACK 0', '> ACK 0']);
  });

  test('[TC3] windows of the handshake are those of a real kernel', () => {
    const windows = (mtu: number): number[] => {
      const { pair } = open({ mtu });
      runFor(pair, 0.1);
      return pair.wire.slice(0, 2).map((packet) => tcpOf(packet).window);
    };
    expect(windows(1450)).toEqual([64860, 64308]);
    expect(windows(1500)).toEqual([64240, 65160]);
  });

  test('[SK3] ids: the SYN any, then one more each; SYN ACK and RST none; DF everywhere', () => {
    const { pair, client } = open();
    runFor(pair, 0.1);
    client.send(new Uint8Array(3000), 'data');
    client.close();
    runFor(pair, 0.1);
    const ids = (from: string): number[] =>
      pair.wire.filter((packet) => packet.from === from).map((packet) => new Ipv4View(packet.bytes).identification);
    const [first = 0, ...rest] = ids(CLIENT);
    expect(rest).toEqual(rest.map((_, i) => first + 1 + i));
    expect(ids(SERVER)[0]).toBe(0);
    expect(ids(SERVER).slice(1)).not.toContain(0);
    expect(pair.wire.every((packet) => new Ipv4View(packet.bytes).dontFragment)).toBe(true);
  });

  test('[SK3] the ACK for a socket that its program left in FIN_WAIT2 has id 0', () => {
    const { pair, client, server } = open();
    runFor(pair, 0.1);
    client.close();
    runFor(pair, 0.2);
    server()?.close();
    runFor(pair, 0.1);
    expect(pair.wire.slice(3).map(line)).toEqual(['> FIN ACK 0', '< ACK 0', '< FIN ACK 0', '> ACK 0']);
    expect(new Ipv4View((pair.wire.at(-1) as Wire).bytes).identification).toBe(0);
  });

  test('[SD3] a RST has no options and no window', () => {
    const { pair, words } = open({ listeners: [] });
    runFor(pair, 0.1);
    const [syn, rst] = pair.wire as [Wire, Wire];
    expect(words).toEqual(['client ECONNREFUSED']);
    expect(rst.bytes.length).toBe(40);
    const view = tcpOf(rst);
    expect([view.sequence, view.acknowledgement]).toEqual([0, tcpOf(syn).sequence + 1]);
    expect(view.window).toBe(0);
    expect(new Ipv4View(rst.bytes).identification).toBe(0);
  });
});

describe('acknowledgements', () => {
  test('[TC5] sixteen at once, then every second segment', () => {
    const { pair, client } = open();
    runFor(pair, 0.1);
    const before = pair.wire.length;
    client.send(new Uint8Array(1448 * 40), 'data');
    runFor(pair, 0.5);
    const acks = pair.wire.slice(before).filter((packet) => packet.from === SERVER).length;
    expect(acks).toBe(16 + 24 / 2);
  });

  test('[TC6] the ACK of a FIN waits 40 ms for the program', () => {
    const { pair, client } = open();
    runFor(pair, 0.1);
    client.close();
    runFor(pair, 0.2);
    const [fin, ack] = pair.wire.slice(3) as [Wire, Wire];
    expect([fin, ack].map(line)).toEqual(['> FIN ACK 0', '< ACK 0']);
    expect(ack.time - fin.time).toBe(40_030_000);
  });

  test('[TC7] a lost segment is named by what came after it', () => {
    const { pair, client } = open({ fate: (_, number): Fate => ({ type: number === 3 ? 'lose' : 'pass' }) });
    runFor(pair, 0.1);
    const start = tcpOf(pair.wire[2] as Wire).sequence;
    client.send(new Uint8Array(3000), 'data');
    runFor(pair, 0.1);
    const blocks = pair.wire
      .filter((packet) => packet.from === SERVER)
      .slice(1)
      .map((packet) =>
        tcpOf(packet)
          .options()
          .flatMap((option) => (option.kind === 'sack' ? option.blocks : [])),
      )
      .map((list) => list.map(({ left, right }) => [(left - start) >>> 0, (right - start) >>> 0]));
    expect(blocks).toEqual([[[1448, 2896]], [[1448, 3000]], []]);
  });
});

test('[TC18] [TC19] a write goes in bursts of half the congestion window, each there and back before the next; ACKs wait for it', () => {
  const { pair, client } = open();
  runFor(pair, 0.01);
  const before = pair.wire.length;
  client.send(new Uint8Array(14 * 1448).fill(1), 'data');
  runFor(pair, 0.01);
  const full = '> ACK 1448';
  const last = '> PSH ACK 1448';
  const burst = (segments: number): string[] => [...Array<string>(segments - 1).fill(full), last];
  const acks = (segments: number): string[] => Array<string>(segments).fill('< ACK 0');
  expect(pair.wire.slice(before).map(line)).toEqual([
    ...burst(5),
    ...acks(5),
    ...burst(5),
    ...acks(5),
    ...burst(4),
    ...acks(4),
  ]);
});

describe('time', () => {
  const blackHole =
    (from: number) =>
    (_: unknown, number: number): Fate => ({ type: number >= from ? 'lose' : 'pass' });

  function times(pair: TwoKernels, from: number): number[] {
    const [first, ...rest] = pair.wire.slice(from);
    return rest.map((packet) => Math.round((packet.time - (first?.time ?? 0)) / 1e6));
  }

  test('[TC9] [TC10] data into a void: a probe, then time-outs that double', () => {
    const { pair, client } = open({ fate: blackHole(3) });
    runFor(pair, 0.1);
    client.send(new Uint8Array(10), 'data');
    runFor(pair, 3);
    expect(times(pair, 3)).toEqual([200, 400, 800, 1600]);
  });

  test('[TC10] several segments into a void: the last is sent again after two milliseconds', () => {
    const { pair, client } = open({ fate: blackHole(3) });
    runFor(pair, 0.1);
    client.send(new Uint8Array(3000), 'data');
    runFor(pair, 0.5);
    expect(pair.wire.slice(3).map(line)).toEqual([
      '> ACK 1448',
      '> ACK 1448',
      '> PSH ACK 104',
      '> PSH ACK 104',
      '> ACK 1448',
    ]);
    expect(times(pair, 3)).toEqual([0, 0, 2, 202]);
  });

  test('[TC8] a SYN-ACK that nobody answers is sent again, also when the SYN comes again', () => {
    const { pair } = open({ fate: (packet) => ({ type: packet.source === SERVER ? 'lose' : 'pass' }) });
    runFor(pair, 3.5);
    const seen = pair.wire.map((packet) => `${Math.round(packet.time / 1e8) / 10} ${line(packet)}`);
    expect(seen).toEqual([
      '0 > SYN 0',
      '0 < SYN ACK 0',
      '1 < SYN ACK 0',
      '1 > SYN 0',
      '1 < SYN ACK 0',
      '2 > SYN 0',
      '2 < SYN ACK 0',
      '3.1 > SYN 0',
      '3.1 < SYN ACK 0',
    ]);
  });

  test('a connection nobody answers ends in a time-out', () => {
    const { pair, client, words } = open({ fate: blackHole(3) });
    runFor(pair, 0.1);
    client.send(new Uint8Array(10), 'data');
    runFor(pair, 2000);
    expect(words.at(-1)).toBe('client ETIMEDOUT');
    expect(pair.client.sockets.taken('tcp', { address: CLIENT, port: 40000 })).toBe(false);
  });
});

describe('[TC14] strangers', () => {
  test('a RST is believed only at the next sequence number', () => {
    const { pair, words } = open();
    runFor(pair, 0.1);
    const ack = pair.wire[2] as Wire;
    const before = pair.wire.length;
    inject(pair.server, ack, TcpFlag.rst, tcpOf(ack).sequence + 100);
    expect(words).toEqual(['client connected', 'server connected']);
    expect(pair.wire.slice(before).map(line)).toEqual(['< ACK 0']);
    inject(pair.server, ack, TcpFlag.rst, tcpOf(ack).sequence);
    expect(words.at(-1)).toBe('server ECONNRESET');
  });

  test('a SYN inside a connection is challenged', () => {
    const { pair, words } = open();
    runFor(pair, 0.1);
    const ack = pair.wire[2] as Wire;
    inject(pair.server, ack, TcpFlag.syn, tcpOf(ack).sequence);
    expect(line(pair.wire.at(-1) as Wire)).toBe('< ACK 0');
    expect(words).toEqual(['client connected', 'server connected']);
  });

  test('an ACK out of nowhere to a listener, and a SYN ACK that answers nothing, are reset', () => {
    const { pair } = open();
    runFor(pair, 0.1);
    const like = pair.wire[2] as Wire;
    const bytes = like.bytes.slice();
    tcpOf({ ...like, bytes }).sourcePort = 41000;
    inject(pair.server, { ...like, bytes }, TcpFlag.ack, 5);
    expect(line(pair.wire.at(-1) as Wire)).toBe('< RST 0');
  });
});

test('[TC15] data for a closed socket is reset', () => {
  const { pair, client, server, words } = open();
  runFor(pair, 0.1);
  client.close();
  runFor(pair, 0.1);
  server()?.send(new Uint8Array(10), 'late');
  runFor(pair, 0.1);
  expect(line(pair.wire.at(-1) as Wire)).toBe('> RST 0');
  expect(words.at(-1)).toBe('server ECONNRESET');
});

test('[TC15] closing before the handshake is done sends nothing', () => {
  const { pair, client } = open({ fate: () => ({ type: 'lose' }) });
  client.close();
  runFor(pair, 5);
  expect(pair.wire.map(line)).toEqual(['> SYN 0']);
});

test('[SK6] a socket keeps its hash until a time-out draws another, and the two directions differ', () => {
  const hashes: (number | undefined)[] = [];
  const watch = (skb: Skb): void => void hashes.push(skb.meta.socketHash);
  const { pair, client } = open({ sent: watch });
  runFor(pair, 0.1);
  client.send(new Uint8Array(10), 'data');
  runFor(pair, 0.1);
  const sides = pair.wire.map((packet, i) => [packet.from, hashes[i]] as const);
  expect(new Set(sides.filter(([from]) => from === CLIENT).map(([, hash]) => hash)).size).toBe(1);
  expect(new Set(sides.map(([, hash]) => hash)).size).toBe(2);
  expect(hashes).not.toContain(undefined);

  hashes.length = 0;
  const silent = open({ sent: watch, fate: () => ({ type: 'lose' }) });
  runFor(silent.pair, 2.5);
  expect(new Set(hashes).size).toBe(3);
});
