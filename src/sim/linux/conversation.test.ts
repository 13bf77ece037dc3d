import { describe, expect, test } from 'vitest';
import type { Flow } from '../../datamodel/flow/flow.ts';
import { ipAddress } from '../../wire/address.ts';
import { Icmpv4View } from '../../wire/icmpv4.ts';
import { Ipv4View } from '../../wire/ipv4.ts';
import { TcpFlag, TcpView, tcpFlagNames } from '../../wire/tcp.ts';
import { type FlowResult, runFlow } from './conversation.ts';
import {
  CLIENT,
  identifyListener,
  SERVER,
  type TwoKernels,
  type TwoKernelsSetup,
  twoKernels,
  type Wire,
} from './socket/testing/twoKernels.ts';

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
const SERVERS = [identifyListener('tcp', 8080), identifyListener('udp', 9000)];

function send(flow: Partial<Flow>, setup: TwoKernelsSetup = {}): FlowResult & { readonly pair: TwoKernels } {
  const pair = twoKernels({ listeners: SERVERS, ...setup });
  return { ...runFlow(pair.world, pair.client, { ...FLOW, ...flow }, 20_000), pair };
}

function line(packet: Wire): string {
  const ip = new Ipv4View(packet.bytes);
  const side = packet.from === CLIENT ? '>' : '<';
  const df = ip.dontFragment ? ' DF' : '';
  if (ip.protocol === 6) {
    const tcp = new TcpView(packet.bytes, ip.payloadOffset);
    return `${side} ${tcpFlagNames(tcp.flags)} ${ip.payloadLength - tcp.dataOffset}`;
  }
  const id = ip.identification === 0 ? ' id 0' : '';
  if (ip.protocol === 17) return `${side} UDP ${ip.payloadLength - 8}${df}${id}`;
  const icmp = new Icmpv4View(packet.bytes, ip.payloadOffset);
  return `${side} ICMP ${icmp.type}/${icmp.code} #${icmp.sequence} ${ip.payloadLength - 8}${df}${id}`;
}

function lines(pair: TwoKernels): readonly string[] {
  return pair.wire.map(line);
}

describe('over TCP', () => {
  test('an HTTP request is the ten segments that a real kernel sends', () => {
    const { outcomes, budgetSpent, pair } = send({});
    expect(outcomes).toEqual([{ type: 'answered', text: 'pod=web saw=10.0.0.1:40000 got=0' }]);
    expect(budgetSpent).toBe(false);
    expect(lines(pair)).toEqual([
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

  test('traces are named after what people call them, and say who sends', () => {
    const { pair } = send({});
    const traces = pair.world.recorder.finish();
    expect(traces.map((trace) => `${trace.role} ${trace.label}`)).toEqual([
      'forward SYN',
      'reply SYN ACK',
      'forward ACK',
      'forward HTTP request',
      'reply ACK',
      'reply HTTP response',
      'forward ACK',
      'forward FIN ACK',
      'reply FIN ACK',
      'forward ACK',
    ]);
    expect(traces.every((trace) => trace.disposition.type === 'delivered' && trace.exchange === 'flow')).toBe(true);
    expect(traces.map((trace) => trace.origin.type)).toEqual([
      'flow',
      'caused',
      'caused',
      'flow',
      'caused',
      'caused',
      'caused',
      'flow',
      'caused',
      'caused',
    ]);
  });

  test('[TC2] [TC4] an upload is cut to the MSS less the timestamps, PSH at its end', () => {
    const { outcomes, pair } = send({ payload: 3000 });
    expect(outcomes).toEqual([{ type: 'answered', text: 'pod=web saw=10.0.0.1:40000 got=3000' }]);
    expect(lines(pair).slice(3, 6)).toEqual(['> ACK 1448', '> ACK 1448', '> PSH ACK 155']);
  });

  test('[TC12] a path that turns out smaller: two segments come back as errors and go again, smaller', () => {
    const fate: TwoKernelsSetup['fate'] = (packet) =>
      packet.totalLength > 1450 ? { type: 'too-long', mtu: 1450 } : { type: 'pass' };
    const { outcomes, pair } = send({ payload: 3000 }, { fate });
    expect(outcomes[0]?.type).toBe('answered');
    expect(lines(pair).slice(3, 14)).toEqual([
      '> ACK 1448',
      '> ACK 1448',
      '> PSH ACK 155',
      '< ACK 0',
      '> ACK 1398',
      '> ACK 1398',
      '> PSH ACK 100',
      '< ACK 0',
      '< ACK 0',
      '< ACK 0',
      '< PSH ACK 75',
    ]);
  });

  test('[PG3] tcp sends its bytes, closes its side and waits for the other', () => {
    const { outcomes, pair } = send({ as: 'tcp', payload: 5 });
    expect(outcomes).toEqual([{ type: 'answered', text: 'connected to 10.0.0.2:8080' }]);
    expect(lines(pair).slice(3)).toEqual(['> PSH ACK 5', '> FIN ACK 0', '< ACK 0', '< FIN ACK 0', '> ACK 0']);
  });

  test('[SD2] [SD3] a port that nobody listens on answers with a RST', () => {
    const { outcomes, pair } = send({ port: 81 });
    expect(outcomes).toEqual([{ type: 'refused', text: 'Connection refused' }]);
    expect(lines(pair)).toEqual(['> SYN 0', '< RST ACK 0']);
    const [syn, rst] = pair.world.recorder.finish();
    expect(syn?.disposition).toMatchObject({ type: 'dropped', reason: 'NO_SOCKET' });
    expect(rst?.disposition).toMatchObject({ type: 'delivered' });
  });

  test('[TC13] an ICMP error about the SYN ends connect()', () => {
    const answers = (code: number): FlowResult =>
      send({}, { fate: () => ({ type: 'error', error: { type: 3, code } }) });
    expect(answers(3).outcomes).toEqual([{ type: 'refused', text: 'Connection refused' }]);
    expect(answers(1).outcomes).toEqual([{ type: 'unreachable', text: 'No route to host' }]);
    expect(answers(0).outcomes).toEqual([{ type: 'unreachable', text: 'Network is unreachable' }]);
  });

  test('[TC13] an ICMP error about an established connection is only remembered', () => {
    const { outcomes } = send(
      {},
      { fate: (_, number) => (number === 3 ? { type: 'error', error: { type: 3, code: 1 } } : { type: 'pass' }) },
    );
    expect(outcomes[0]?.type).toBe('answered');
  });

  test('[TC8] [PG6] silence: a second SYN after one second, and then no more patience', () => {
    const { outcomes, pair } = send({}, { fate: () => ({ type: 'lose' }) });
    expect(outcomes).toEqual([{ type: 'timeout', text: 'no answer to the SYN' }]);
    expect(pair.wire.map((packet) => packet.time / 1e9)).toEqual([0, 1.024]);
    expect(pair.world.queue.now / 1e9).toBe(1.5001);
  });

  test('[TC8] with more patience the SYNs are one second apart five times, then ever further', () => {
    const pair = twoKernels({ fate: () => ({ type: 'lose' }) });
    const patience = { connect: 200e9, answer: 1e9, datagram: 1e9, echo: 1e9 };
    const { outcomes } = runFlow(pair.world, pair.client, FLOW, 20_000, patience);
    expect(outcomes).toEqual([{ type: 'timeout', text: 'Connection timed out' }]);
    expect(pair.wire.map((packet) => packet.time / 1e9)).toEqual([
      0, 1.024, 2.048, 3.072, 4.096, 5.12, 7.136, 11.264, 19.456, 35.584, 69.632,
    ]);
  });

  test('[PG5] repeats are connections of their own, on the ports after the one given', () => {
    const { outcomes } = send({ repeat: 3 });
    expect(outcomes.map((outcome) => outcome.text)).toEqual([
      'pod=web saw=10.0.0.1:40000 got=0',
      'pod=web saw=10.0.0.1:40001 got=0',
      'pod=web saw=10.0.0.1:40002 got=0',
    ]);
  });

  test('without a source port every connection draws an even one of the ephemeral range', () => {
    const { sourcePort: _, ...flow } = FLOW;
    const pair = twoKernels({ listeners: SERVERS });
    const { outcomes } = runFlow(pair.world, pair.client, { ...flow, repeat: 5 }, 20_000);
    const ports = outcomes.map((outcome) => Number(/:(\d+) /.exec(outcome.text)?.[1]));
    expect(new Set(ports).size).toBe(5);
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(32768);
      expect(port).toBeLessThanOrEqual(60999);
      expect(port % 2).toBe(0);
    }
  });
});

describe('over UDP', () => {
  test('[PG4] hello, and one line back', () => {
    const { outcomes, pair } = send({ as: 'udp', port: 9000, payload: 5 });
    expect(outcomes).toEqual([{ type: 'answered', text: 'pod=web saw=10.0.0.1:40000 got=5' }]);
    expect(lines(pair)).toEqual(['> UDP 5 DF', '< UDP 33 DF']);
    expect(new TextDecoder().decode(pair.wire[0]?.bytes.subarray(28))).toBe('hello');
  });

  test('[PG4] greetings are cut or padded', () => {
    const sent = (payload: number): string =>
      new TextDecoder().decode(send({ as: 'udp', port: 9000, payload }).pair.wire[0]?.bytes.subarray(28));
    expect(sent(2)).toBe('he');
    expect(sent(8)).toBe('hellozzz');
  });

  test('[UD1] port unreachable refuses, host unreachable says nothing', () => {
    expect(send({ as: 'udp', port: 9999 }).outcomes).toEqual([{ type: 'refused', text: 'Connection refused' }]);
    const unreachable = send(
      { as: 'udp', port: 9000 },
      { fate: () => ({ type: 'error', error: { type: 3, code: 1 } }) },
    );
    expect(unreachable.outcomes).toEqual([{ type: 'timeout', text: 'no answer' }]);
  });

  test('[SK2] [UD2] too long for the path: an error teaches, the next send fails by itself', () => {
    const fate: TwoKernelsSetup['fate'] = (packet) =>
      packet.totalLength > 1450 ? { type: 'too-long', mtu: 1450 } : { type: 'pass' };
    const { outcomes, pair } = send(
      { as: 'udp', port: 9000, payload: 1472, pathMtuDiscovery: 'do', repeat: 2 },
      { fate },
    );
    const tooLong = { type: 'message-too-long', text: 'Message too long' };
    expect(outcomes).toEqual([tooLong, tooLong]);
    expect(lines(pair)).toEqual(['> UDP 1472 DF']);
    const refused = pair.world.recorder.finish().at(-1);
    expect(refused?.disposition).toMatchObject({ type: 'dropped', reason: 'PKT_TOO_BIG' });
  });

  test('[SK2] a default datagram that does not fit goes without DF, one that never forbids has none', () => {
    const big = { as: 'udp', port: 9000, payload: 1473 } as const;
    expect(lines(send(big).pair)[0]).toBe('> UDP 1473');
    expect(lines(send({ ...big, payload: 5, pathMtuDiscovery: 'dont' }).pair)[0]).toBe('> UDP 5');
  });
});

test('[SK7] TOS is as asked for, but TCP keeps the ECN bits to itself', () => {
  const sent = (as: Flow['as'], port: number): number | undefined => {
    const [first] = send({ as, port, payload: 5, tos: 0xba }).pair.wire;
    return first && new Ipv4View(first.bytes).tos;
  };
  expect([sent('tcp', 8080), sent('udp', 9000), sent('ping', 0)]).toEqual([0xb8, 0xba, 0xba]);
});

describe('ping', () => {
  test('[IC1] [SK3] echo requests carry DF, replies do not, and both have ids', () => {
    const { outcomes, pair } = send({ as: 'ping', payload: 56, repeat: 2 });
    const answered = { type: 'answered', text: 'reply from 10.0.0.2 ttl=64 len=84' };
    expect(outcomes).toEqual([answered, answered]);
    expect(lines(pair)).toEqual(['> ICMP 8/0 #1 56 DF', '< ICMP 0/0 #1 56', '> ICMP 8/0 #2 56 DF', '< ICMP 0/0 #2 56']);
    const data = pair.wire[0]?.bytes.subarray(28);
    expect([...(data ?? [])]).toEqual(Array.from({ length: 56 }, (_, i) => i));
  });

  test('[SK3] a socket that insists on DF sends id 0', () => {
    expect(lines(send({ as: 'ping', pathMtuDiscovery: 'do' }).pair)[0]).toBe('> ICMP 8/0 #1 0 DF id 0');
    expect(lines(send({ as: 'ping', pathMtuDiscovery: 'dont' }).pair)[0]).toBe('> ICMP 8/0 #1 0');
  });

  test('[IC1] the reply has the TOS of the request and a TTL of its own', () => {
    const { pair } = send({ as: 'ping', tos: 0x10, ttl: 7 });
    const [request, reply] = pair.wire.map((packet) => new Ipv4View(packet.bytes));
    expect([request?.tos, request?.ttl]).toEqual([0x10, 7]);
    expect([reply?.tos, reply?.ttl]).toEqual([0x10, 64]);
  });

  test('errors are told with their sender', () => {
    const told = (type: number, code: number, nextHopMtu?: number): unknown =>
      send(
        { as: 'ping' },
        {
          fate: () => ({ type: 'error', error: { type, code, ...(nextHopMtu !== undefined && { nextHopMtu }) } }),
        },
      ).outcomes[0];
    expect(told(3, 1)).toEqual({ type: 'unreachable', text: 'host unreachable, says 10.0.0.254' });
    expect(told(11, 0)).toEqual({ type: 'unreachable', text: 'time to live exceeded, says 10.0.0.254' });
    expect(told(3, 4, 1450)).toEqual({
      type: 'message-too-long',
      text: 'fragmentation needed, mtu 1450, says 10.0.0.254',
    });
  });

  test('[IC2] "fragmentation needed" about a ping teaches the route', () => {
    const { pair } = send(
      { as: 'ping', payload: 1472, pathMtuDiscovery: 'do' },
      { fate: () => ({ type: 'too-long', mtu: 1450 }) },
    );
    expect(pair.client.pathMtus.get(SERVER)?.mtu).toBe(1450);
  });
});

describe('calls that fail before a packet leaves', () => {
  test.each(['http', 'tcp', 'udp', 'ping'] as const)('[SK5] %s without a route', (as) => {
    const { outcomes, pair } = send({ as }, { routeless: true });
    expect(outcomes).toEqual([{ type: 'unreachable', text: 'Network is unreachable' }]);
    expect(pair.wire).toEqual([]);
    const traces = pair.world.recorder.finish();
    expect(traces.map((trace) => trace.disposition)).toMatchObject([{ type: 'dropped', reason: 'IP_OUTNOROUTES' }]);
  });

  test.each(['http', 'udp', 'ping'] as const)('[SK4] %s from an address of somebody else', (as) => {
    const { outcomes, pair } = send({ as, bind: ipAddress('10.0.0.99') });
    expect(outcomes).toEqual([{ type: 'unreachable', text: 'Cannot assign requested address' }]);
    expect(pair.wire).toEqual([]);
  });

  test.each([undefined, 0, 65536, 1.5, Number.NaN])('port %s', (port) => {
    const { port: _, ...flow } = FLOW;
    for (const as of ['http', 'udp'] as const) {
      const pair = twoKernels();
      const asked = { ...flow, as, ...(port !== undefined && { port }) };
      expect(runFlow(pair.world, pair.client, asked, 1000).outcomes[0]?.type).toBe('unreachable');
      expect(pair.wire).toEqual([]);
    }
  });
});

test('what chance decides does not depend on how long the packets take', () => {
  const { sourcePort: _, ...flow } = FLOW;
  const drawn = (delay: number): unknown => {
    const pair = twoKernels({ listeners: SERVERS, fate: () => ({ type: 'pass', delay }) });
    runFlow(pair.world, pair.client, { ...flow, repeat: 3 }, 20_000);
    const segments = pair.wire.map(({ bytes }) => new TcpView(bytes, new Ipv4View(bytes).payloadOffset));
    return segments.filter((tcp) => tcp.flags & TcpFlag.syn).map((tcp) => tcp.sourcePort);
  };
  expect(drawn(1_000_000)).toEqual(drawn(1000));
});

test('a run whose budget is spent says so and still has an outcome', () => {
  const { outcomes, budgetSpent } = send({}, { fate: () => ({ type: 'pass' }) });
  expect(budgetSpent).toBe(false);
  expect(outcomes).toHaveLength(1);
  const pair = twoKernels({ listeners: SERVERS });
  const stopped = runFlow(pair.world, pair.client, FLOW, 3);
  expect(stopped.budgetSpent).toBe(true);
  expect(stopped.outcomes).toEqual([{ type: 'timeout', text: 'the run was stopped before an answer came' }]);
});

test.each([
  ['steps', 0],
  ['bytes', 60_000],
] as const)('a packet that goes round for ever is stopped by the %s it leaves', (_, growth) => {
  let packets = 0;
  const pair: TwoKernels = twoKernels({
    listeners: SERVERS,
    sent: (skb) => {
      if (packets++ > 0) return;
      const round = (): void => {
        if (growth > 0) skb.replace(new Uint8Array(growth), 'ip');
        pair.world.recorder.step('client', skb, { type: 'transmit' });
        pair.world.queue.schedule(1000, round);
      };
      round();
    },
  });
  const { budgetSpent } = runFlow(pair.world, pair.client, { ...FLOW, as: 'udp', port: 9000, payload: 5 }, 1e9);
  expect(budgetSpent).toBe(true);
  expect(pair.world.recorder.length).toBeLessThan(100_000);
  expect(pair.world.recorder.bytes).toBeLessThan(50e6);
});
