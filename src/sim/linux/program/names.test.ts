import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Flow } from '../../../datamodel/flow/flow.ts';
import type { DnsZone, Listener } from '../../../datamodel/network/listener.ts';
import { type IpAddress, ipAddress, ipv4FromNumber } from '../../../wire/address.ts';
import { type DnsMessage, DnsRcode, emitDns, parseDns } from '../../../wire/dns.ts';
import { DnsType } from '../../../wire/dnsRecord.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import { runFlow } from '../conversation.ts';
import type { Kernel } from '../kernel.ts';
import { CLIENT, identifyListener, SERVER, type TwoKernels, twoKernels } from '../socket/testing/twoKernels.ts';
import { UdpServerSocket } from '../socket/udp.ts';
import { answer } from './dnsServer.ts';
import { candidateNames } from './resolver.ts';

const SEARCH = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const RESOLVER = { servers: [SERVER], search: SEARCH, ndots: 5, owner: 'kubelet' };

function zone(addresses: Record<string, readonly IpAddress[]>): DnsZone {
  return { domain: 'cluster.local', addresses: new Map(Object.entries(addresses)), ttl: 30 };
}

const ZONE = zone({ 'web.default.svc.cluster.local': [SERVER] });

function dnsListener(of: DnsZone): Listener {
  return { id: 'dns', owner: 'coredns', protocol: 'udp', port: 53, program: { type: 'dns', zone: of } };
}

function flowTo(name: string): Flow {
  return {
    from: 'client',
    to: { type: 'name', name },
    as: 'http',
    port: 8080,
    payload: 0,
    repeat: 1,
    warm: true,
  };
}

interface Message extends DnsMessage {
  readonly clientPort: number;
}

function messagesOn(pair: TwoKernels): readonly Message[] {
  return pair.wire.flatMap(({ bytes, from }) => {
    const ip = new Ipv4View(bytes);
    if (ip.protocol !== 17) return [];
    const udp = new UdpView(bytes, ip.payloadOffset);
    return [{ ...parseDns(udp.payload().slice()), clientPort: from === CLIENT ? udp.sourcePort : udp.destinationPort }];
  });
}

function asked(pair: TwoKernels): readonly string[] {
  return messagesOn(pair)
    .filter((message) => !message.response)
    .map(({ questions: [question] }) => `${question?.type === DnsType.a ? 'A' : 'AAAA'} ${question?.name}`);
}

describe('a name in a flow', () => {
  test('[NM1] is asked for, A and AAAA from one socket, before the connection', () => {
    const pair = twoKernels({ resolver: RESOLVER, listeners: [dnsListener(ZONE), identifyListener('tcp', 8080)] });
    const { outcomes } = runFlow(pair.world, pair.client, flowTo('web'), 10_000);
    expect(outcomes[0]?.type).toBe('answered');
    expect(asked(pair)).toEqual(['A web.default.svc.cluster.local', 'AAAA web.default.svc.cluster.local']);
    expect(new Set(messagesOn(pair).map((message) => message.clientPort)).size).toBe(1);
    const traces = pair.world.recorder.finish();
    expect(traces.slice(0, 5).map((trace) => `${trace.exchange} ${trace.role} ${trace.label}`)).toEqual([
      'dns forward DNS A web.default.svc.cluster.local',
      'dns forward DNS AAAA web.default.svc.cluster.local',
      'dns reply DNS answer',
      'dns reply DNS answer',
      'flow forward SYN',
    ]);
  });

  test('goes into the Host header as it was given', () => {
    const pair = twoKernels({ resolver: RESOLVER, listeners: [dnsListener(ZONE), identifyListener('tcp', 8080)] });
    runFlow(pair.world, pair.client, flowTo('web'), 10_000);
    const said = pair.wire.map(({ bytes }) => new TextDecoder().decode(bytes)).join();
    expect(said).toContain('Host: web\r\n');
  });

  test('[NM1] [NM2] [NM3] is looked for down the search list, each time from a new socket', () => {
    const pair = twoKernels({ resolver: RESOLVER, listeners: [dnsListener(ZONE)] });
    const { outcomes } = runFlow(pair.world, pair.client, flowTo('nobody.example'), 10_000);
    expect(outcomes).toEqual([{ type: 'no-such-name', text: 'Name or service not known' }]);
    expect(asked(pair).filter((question) => question.startsWith('A '))).toEqual([
      'A nobody.example.default.svc.cluster.local',
      'A nobody.example.svc.cluster.local',
      'A nobody.example.cluster.local',
      'A nobody.example',
    ]);
    expect(new Set(messagesOn(pair).map((message) => message.clientPort)).size).toBe(4);
  });

  test('[NM3] two attempts of five seconds, then a temporary failure', () => {
    const pair = twoKernels({ resolver: RESOLVER, fate: () => ({ type: 'lose' }) });
    const { outcomes } = runFlow(pair.world, pair.client, flowTo('web'), 10_000);
    expect(outcomes).toEqual([{ type: 'timeout', text: 'Temporary failure in name resolution' }]);
    expect(pair.wire.map((packet) => packet.time / 1e9)).toEqual([0, 0, 5, 5]);
    expect(pair.world.queue.now / 1e9).toBe(10);
  });

  test('a server that nobody runs is asked twice', () => {
    const pair = twoKernels({ resolver: RESOLVER });
    const { outcomes } = runFlow(pair.world, pair.client, flowTo('web'), 10_000);
    expect(outcomes[0]?.type).toBe('timeout');
    expect(asked(pair)).toHaveLength(4);
  });

  test('without a resolver there are no names', () => {
    const pair = twoKernels();
    expect(runFlow(pair.world, pair.client, flowTo('web'), 10_000).outcomes[0]?.type).toBe('timeout');
    expect(pair.wire).toEqual([]);
  });

  test('names that DNS cannot carry are not asked for', () => {
    for (const name of ['', '.', 'a..b', 'x'.repeat(64), `${'abcdefg.'.repeat(40)}com`]) {
      const pair = twoKernels({ resolver: { ...RESOLVER, search: [] }, listeners: [dnsListener(ZONE)] });
      const { outcomes } = runFlow(pair.world, pair.client, flowTo(name), 10_000);
      expect(outcomes[0]?.type).toBe('no-such-name');
      expect(pair.wire).toEqual([]);
    }
  });

  test('garbage and answers to other questions are not believed', () => {
    const listener = dnsListener(ZONE);
    const liar = (kernel: Kernel): UdpServerSocket =>
      new UdpServerSocket(kernel, listener, 'liar', (payload, _from, reply) => {
        reply(Uint8Array.from([1, 2, 3]));
        const query = parseDns(payload);
        reply(emitDns({ ...answer(query, ZONE), id: (query.id + 1) & 0xffff }));
        reply(payload);
      });
    const pair = twoKernels({ resolver: RESOLVER, listeners: [listener], open: liar });
    expect(runFlow(pair.world, pair.client, flowTo('web'), 10_000).outcomes[0]?.type).toBe('timeout');
  });
});

describe('[NM2] candidates', () => {
  const search = ['a.example', 'b.example'];
  test.each([
    ['web', 1, ['web.a.example', 'web.b.example', 'web']],
    ['web.prod', 1, ['web.prod', 'web.prod.a.example', 'web.prod.b.example']],
    ['web.prod', 5, ['web.prod.a.example', 'web.prod.b.example', 'web.prod']],
    ['web.prod.', 5, ['web.prod']],
  ] as const)('%s with ndots %i', (name, ndots, expected) => {
    expect(candidateNames(name, { search, ndots })).toEqual(expected);
  });

  test('never one that a message could not hold', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.nat(15), (name, ndots) => {
        for (const candidate of candidateNames(name, { search, ndots })) {
          expect(candidate.length).toBeLessThanOrEqual(253);
          for (const label of candidate.split('.')) expect(label.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe('[NM4] the server', () => {
  const ask = (name: string, type: number): DnsMessage =>
    answer(
      {
        id: 7,
        response: false,
        authoritative: false,
        recursionDesired: true,
        recursionAvailable: false,
        rcode: 0,
        questions: [{ name, type }],
        answers: [],
      },
      ZONE,
    );

  test('gives addresses with authority and does not recurse', () => {
    expect(ask('web.default.svc.cluster.local', DnsType.a)).toMatchObject({
      id: 7,
      response: true,
      authoritative: true,
      recursionDesired: true,
      recursionAvailable: false,
      rcode: DnsRcode.noError,
      answers: [{ name: 'web.default.svc.cluster.local', address: SERVER, ttl: 30 }],
    });
  });

  test('answers in the case of the question', () => {
    expect(ask('WEB.Default.svc.cluster.local', DnsType.a).answers[0]?.name).toBe('WEB.Default.svc.cluster.local');
  });

  test('has nothing of other types, and says who does', () => {
    for (const type of [DnsType.aaaa, DnsType.txt]) {
      const message = ask('web.default.svc.cluster.local', type);
      expect([message.rcode, message.answers]).toEqual([DnsRcode.noError, []]);
      expect(message.authorities?.[0]).toMatchObject({ name: 'cluster.local', type: DnsType.soa });
    }
  });

  test('denies what does not exist, but not what others hang from', () => {
    expect(ask('no.default.svc.cluster.local', DnsType.a).rcode).toBe(DnsRcode.nameError);
    expect(ask('default.svc.cluster.local', DnsType.a).rcode).toBe(DnsRcode.noError);
    expect(ask('example.com', DnsType.a)).toMatchObject({ rcode: DnsRcode.nameError, authoritative: false });
    expect(ask('notcluster.local', DnsType.a).authoritative).toBe(false);
  });
});

test('[NM5] an answer keeps to 512 bytes whatever the number of addresses', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), (count) => {
      const addresses = Array.from({ length: count }, (_, i) => ipv4FromNumber(0x0a000100 + i));
      const many = zone({ 'web.default.svc.cluster.local': addresses });
      const pair = twoKernels({ resolver: RESOLVER, listeners: [dnsListener(many)] });
      runFlow(pair.world, pair.client, { ...flowTo('web'), as: 'ping' }, 10_000);
      const replies = pair.wire.filter(({ bytes, from }) => from === SERVER && new Ipv4View(bytes).protocol === 17);
      for (const { bytes } of replies) expect(bytes.length - 28).toBeLessThanOrEqual(512);
      const [reply] = messagesOn(pair).filter((message) => message.response && message.answers.length > 0);
      expect(reply?.truncated === true).toBe((reply?.answers.length ?? 0) < count);
      expect(new Set(reply?.answers.map((record) => record.address)).size).toBe(reply?.answers.length);
    }),
    { numRuns: 30 },
  );
});

test("a person's pick comes first among a headless Service's addresses", () => {
  const picked = ipAddress('10.0.0.9');
  const many = zone({ 'web.default.svc.cluster.local': [SERVER, ipAddress('10.0.0.8'), picked] });
  const pair = twoKernels({
    resolver: RESOLVER,
    listeners: [dnsListener(many)],
    pick: { address: picked, port: 8080 },
  });
  runFlow(pair.world, pair.client, { ...flowTo('web'), as: 'ping' }, 10_000);
  const ping = pair.wire.find(({ bytes }) => new Ipv4View(bytes).protocol === 1);
  expect(ping && new Ipv4View(ping.bytes).destination).toBe(picked);
});
