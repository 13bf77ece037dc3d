import { describe, expect, it } from 'vitest';
import { ipAddress } from '../../../wire/address.ts';
import { emitIcmpError } from '../../../wire/icmpv4.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { Connection } from './connection.ts';
import { findConnection } from './connectionTable.ts';
import { fromConntrackEntry, toConntrackEntry } from './conntrackEntry.ts';
import {
  ACK,
  echoPacket,
  errorPacket,
  FIN_ACK,
  ipPacket,
  RST_ACK,
  SYN,
  SYN_ACK,
  tcpPacket,
  udpPacket,
} from './testing/packets.ts';
import { type TestNode, table, testKernel } from './testing/testKernel.ts';
import { mirror } from './tuple.ts';

const POD = ipAddress('10.244.0.2');
const PEER = ipAddress('10.244.1.3');
const there = { source: POD, destination: PEER };
const back = { source: PEER, destination: POD };
const SECOND = 1e9;

/** A router that tracks; every packet that is not dropped goes through its three hooks. */
function tracker(options: TestNode = {}) {
  const node = testKernel({ tables: [table('nat', {})], ...options });
  const pass = (bytes: Uint8Array) => {
    const skb = node.packet(bytes);
    const verdict = node.through(skb, 'PREROUTING', 'cni0');
    if (verdict === 'accept' && node.through(skb, 'FORWARD', 'cni0', 'flannel.1') === 'accept') {
      node.through(skb, 'POSTROUTING', 'cni0', 'flannel.1');
    }
    const sessions = node.steps().flatMap((step) => (step.type === 'session' ? [`${step.event} ${step.state}`] : []));
    return { skb, sessions, state: skb.meta.connectionState };
  };
  const only = (): Connection => {
    const all = new Set(node.kernel.connections.values());
    expect(all.size).toBe(1);
    return [...all][0]!;
  };
  /** As `conntrack -L` would show it: timeout in seconds, state, flags. */
  const shown = (): string => {
    const { expires, tcpState, seenReply, assured } = only();
    const flags = `${seenReply ? '' : ' [UNREPLIED]'}${assured ? ' [ASSURED]' : ''}`;
    return `${(expires - node.queue.now) / SECOND}${tcpState ? ` ${tcpState}` : ''}${flags}`;
  };
  const wait = (seconds: number): void => {
    node.queue.now += seconds * SECOND;
  };
  return { node, pass, only, shown, wait };
}

const client = (flags: number, sequence: number, acknowledgement = 0, payload = 0) =>
  tcpPacket(there, { sequence, acknowledgement, flags }, new Uint8Array(payload));
const server = (flags: number, sequence: number, acknowledgement: number, payload = 0) =>
  tcpPacket(
    back,
    { sourcePort: 80, destinationPort: 40_000, sequence, acknowledgement, flags },
    new Uint8Array(payload),
  );

describe('a TCP connection as conntrack sees it', () => {
  it('goes through the states of a request and its answer [CT5] [CT6]', () => {
    const { pass, shown } = tracker();
    expect(pass(client(SYN, 1000)).sessions).toEqual(['new NEW', 'confirmed NEW']);
    expect(shown()).toBe('120 SYN_SENT [UNREPLIED]');
    expect(pass(server(SYN_ACK, 5000, 1001)).sessions).toEqual(['found ESTABLISHED']);
    expect(shown()).toBe('60 SYN_RECV');
    pass(client(ACK, 1001, 5001));
    expect(shown()).toBe('432000 ESTABLISHED [ASSURED]');
    pass(client(ACK, 1001, 5001, 36));
    expect(shown()).toBe('300 ESTABLISHED [ASSURED]');
    pass(server(ACK, 5001, 1037));
    expect(shown()).toBe('432000 ESTABLISHED [ASSURED]');
    pass(server(ACK, 5001, 1037, 100));
    pass(client(ACK, 1037, 5101));
    pass(client(FIN_ACK, 1037, 5101));
    expect(shown()).toBe('120 FIN_WAIT [ASSURED]');
    pass(server(FIN_ACK, 5101, 1038));
    expect(shown()).toBe('30 LAST_ACK [ASSURED]');
    expect(pass(client(ACK, 1038, 5102)).state).toBe('ESTABLISHED');
    expect(shown()).toBe('120 TIME_WAIT [ASSURED]');
  });

  it('knocking again neither renews the entry nor makes it ESTABLISHED [CT7]', () => {
    const { pass, shown, wait } = tracker();
    pass(client(SYN, 1000));
    wait(1);
    expect(pass(client(SYN, 1000)).sessions).toEqual(['found NEW']);
    expect(shown()).toBe('119 SYN_SENT [UNREPLIED]');
  });

  it('is forgotten at once when a reset is all that comes back [CT8]', () => {
    const { node, pass } = tracker();
    pass(client(SYN, 1000));
    const { skb, state } = pass(server(RST_ACK, 0, 1001));
    expect(state).toBe('ESTABLISHED');
    expect(skb.meta.connection).toBeDefined();
    expect(node.kernel.connections.size).toBe(0);
  });

  it('closes with a reset in the window; one outside is INVALID [CT9]', () => {
    const { pass, shown } = tracker();
    pass(client(SYN, 1000));
    pass(server(SYN_ACK, 5000, 1001));
    pass(client(ACK, 1001, 5001));
    expect(pass(server(RST_ACK, 4000, 1001)).state).toBe('INVALID');
    expect(shown()).toBe('432000 ESTABLISHED [ASSURED]');
    expect(pass(server(RST_ACK, 5001, 1001)).state).toBe('ESTABLISHED');
    expect(shown()).toBe('10 CLOSE [ASSURED]');
  });

  it('a reset inside the window but not at its edge leaves the state: a challenge may follow', () => {
    const { pass, shown } = tracker();
    pass(client(SYN, 1000));
    pass(server(SYN_ACK, 5000, 1001));
    pass(client(ACK, 1001, 5001));
    expect(pass(server(RST_ACK, 5100, 1001)).state).toBe('ESTABLISHED');
    expect(shown()).toMatch(/ ESTABLISHED /);
  });

  it('what overruns the window or acknowledges the unsent is INVALID; what is merely late passes [CT10]', () => {
    const { pass } = tracker();
    pass(client(SYN, 1000));
    pass(server(SYN_ACK, 5000, 1001));
    pass(client(ACK, 1001, 5001));
    expect(pass(client(ACK, 1001 + 200_000, 5001, 10)).state).toBe('INVALID');
    expect(pass(client(ACK, 1001, 9000, 10)).state).toBe('INVALID');
    expect(pass(client(ACK, 1001, 5001, 10)).state).toBe('ESTABLISHED');
    expect(pass(client(ACK, 1001 - 100_000, 5001, 10)).state).toBe('ESTABLISHED');
  });

  it('nf_conntrack_tcp_be_liberal lets the window be', () => {
    const { pass } = tracker({ sysctls: { 'net.netfilter.nf_conntrack_tcp_be_liberal': '1' } });
    pass(client(SYN, 1000));
    pass(server(SYN_ACK, 5000, 1001));
    pass(client(ACK, 1001, 5001));
    expect(pass(client(ACK, 1001 + 200_000, 5001, 10)).state).toBe('ESTABLISHED');
  });

  it('picks up a connection in its middle, unless told not to [CT11]', () => {
    const loose = tracker();
    expect(loose.pass(client(ACK, 1001, 5001, 10)).sessions).toEqual(['new NEW', 'confirmed NEW']);
    expect(loose.shown()).toBe('300 ESTABLISHED [UNREPLIED]');
    loose.pass(server(ACK, 5001, 1011));
    expect(loose.shown()).toMatch(/^(300|432000) ESTABLISHED$/);
    loose.pass(client(ACK, 1011, 5001, 10));
    expect(loose.shown()).toMatch(/ESTABLISHED \[ASSURED\]$/);
    const strict = tracker({ sysctls: { 'net.netfilter.nf_conntrack_tcp_loose': '0' } });
    expect(strict.pass(client(ACK, 1001, 5001, 10)).state).toBe('INVALID');
  });

  it('a SYN-ACK without a SYN is INVALID, and so are flags that make no sense', () => {
    const { node, pass } = tracker();
    expect(pass(server(SYN_ACK, 5000, 1001)).sessions).toEqual(['invalid INVALID']);
    expect(pass(client(3, 1000)).state).toBe('INVALID');
    expect(pass(client(0, 1000)).state).toBe('INVALID');
    expect(node.kernel.connections.size).toBe(0);
  });

  it('a SYN on a closed connection begins another [CT12]', () => {
    const { node, pass, shown, only } = tracker();
    pass(client(SYN, 1000));
    pass(server(SYN_ACK, 5000, 1001));
    pass(client(ACK, 1001, 5001));
    pass(client(FIN_ACK, 1001, 5001));
    pass(server(FIN_ACK, 5001, 1002));
    pass(client(ACK, 1002, 5002));
    const first = only();
    expect(shown()).toBe('120 TIME_WAIT [ASSURED]');
    expect(pass(client(SYN, 90_000)).sessions).toEqual(['new NEW', 'confirmed NEW']);
    expect(shown()).toBe('120 SYN_SENT [UNREPLIED]');
    expect(only()).not.toBe(first);
    expect(node.kernel.connections.size).toBe(2);
  });

  it('a SYN inside an established connection passes without being believed', () => {
    const { pass, shown } = tracker();
    pass(client(SYN, 1000));
    pass(server(SYN_ACK, 5000, 1001));
    pass(client(ACK, 1001, 5001));
    expect(pass(client(SYN, 70_000)).state).toBe('ESTABLISHED');
    expect(shown()).toBe('432000 ESTABLISHED [ASSURED]');
  });

  it('a damaged segment is INVALID where it comes in', () => {
    const { pass } = tracker();
    const bytes = client(SYN, 1000);
    bytes[24]! ^= 1;
    expect(pass(bytes).state).toBe('INVALID');
  });

  it('keeps an established connection as long as the sysctl says', () => {
    const { pass, shown } = tracker({ sysctls: { 'net.netfilter.nf_conntrack_tcp_timeout_established': '86400' } });
    pass(client(SYN, 1000));
    pass(server(SYN_ACK, 5000, 1001));
    pass(client(ACK, 1001, 5001));
    expect(shown()).toBe('86400 ESTABLISHED [ASSURED]');
  });
});

describe('UDP and ICMP as conntrack sees them', () => {
  it('a datagram and its answer stay for 30 s; a stream that lasts is ASSURED for 120 s [CT13]', () => {
    const { pass, shown, wait } = tracker();
    expect(pass(udpPacket(there, 40_002, 9000)).sessions).toEqual(['new NEW', 'confirmed NEW']);
    expect(shown()).toBe('30 [UNREPLIED]');
    pass(udpPacket(back, 9000, 40_002));
    expect(shown()).toBe('30');
    expect(pass(udpPacket(there, 40_002, 9000)).state).toBe('ESTABLISHED');
    expect(shown()).toBe('30');
    wait(3);
    pass(udpPacket(there, 40_002, 9000));
    expect(shown()).toBe('120 [ASSURED]');
  });

  it('an echo request and its reply belong together by identifier [CT14]', () => {
    const { pass, shown, only } = tracker();
    pass(echoPacket(there, 4660));
    expect(shown()).toBe('30 [UNREPLIED]');
    expect(only()).toMatchObject({
      original: { icmp: { type: 8 }, sourcePort: 4660 },
      reply: { icmp: { type: 0 }, sourcePort: 4660 },
    });
    expect(pass(echoPacket(back, 4660, 0)).sessions).toEqual(['found ESTABLISHED']);
    expect(shown()).toBe('30');
    expect(pass(echoPacket(back, 4661, 0)).sessions).toEqual(['invalid INVALID']);
  });

  it('a connection that has timed out is gone, and the next packet is NEW', () => {
    const { pass, wait, node } = tracker();
    pass(udpPacket(there, 40_002, 9000));
    wait(31);
    expect(pass(udpPacket(back, 9000, 40_002)).sessions).toEqual(['new NEW', 'confirmed NEW']);
    expect(findConnection(node.kernel, { protocol: 17, ...there, sourcePort: 1, destinationPort: 2 })).toBeUndefined();
  });

  it('other protocols are told apart by their addresses alone', () => {
    const { pass, shown } = tracker();
    pass(ipPacket(there, IpProtocol.ipip, new Uint8Array(40)));
    expect(shown()).toBe('600 [UNREPLIED]');
    expect(pass(ipPacket(back, IpProtocol.ipip, new Uint8Array(40))).state).toBe('ESTABLISHED');
  });
});

describe('ICMP errors', () => {
  const router = ipAddress('10.244.0.1');
  const error = { type: 3, code: 1 };

  it('are RELATED to the connection whose packet they quote, from whatever router [CT15]', () => {
    const { pass, only } = tracker();
    const datagram = udpPacket(there, 40_080, 9999);
    pass(datagram);
    const { skb, sessions } = pass(errorPacket({ source: router, destination: POD }, error, datagram));
    expect(sessions).toEqual(['found RELATED']);
    expect(skb.meta).toMatchObject({ connectionReply: true });
    expect(skb.meta.connection).toBe(only());
    expect(only().seenReply).toBe(false);
  });

  it('about an answer are RELATED too, on their way to the one who answered', () => {
    const { pass } = tracker();
    pass(udpPacket(there, 40_080, 9999));
    const answer = udpPacket(back, 9999, 40_080);
    pass(answer);
    const { skb } = pass(errorPacket({ source: router, destination: PEER }, error, answer));
    expect(skb.meta).toMatchObject({ connectionState: 'RELATED', connectionReply: false });
  });

  it('are INVALID when they quote nothing known, are for another host, or are cut', () => {
    const { pass } = tracker();
    const datagram = udpPacket(there, 40_080, 9999);
    expect(pass(errorPacket({ source: router, destination: POD }, error, datagram)).state).toBe('INVALID');
    pass(datagram);
    expect(pass(errorPacket({ source: router, destination: PEER }, error, datagram)).state).toBe('INVALID');
    const cut = ipPacket(
      { source: router, destination: POD },
      IpProtocol.icmp,
      emitIcmpError(error, datagram.slice(0, 24)),
    );
    expect(pass(cut).state).toBe('INVALID');
  });
});

describe('what gets into the table', () => {
  it('a packet that is dropped leaves nothing behind [CT3]', () => {
    const { node, pass } = tracker({ tables: [table('nat', {}), table('filter', { FORWARD: ['-j DROP'] })] });
    expect(pass(client(SYN, 1000)).sessions).toEqual(['new NEW']);
    expect(pass(client(SYN, 1000)).sessions).toEqual(['new NEW']);
    expect(node.kernel.connections.size).toBe(0);
  });

  it('every change is published with the step that saw it', () => {
    const { node } = tracker();
    const send = (bytes: Uint8Array) => {
      const skb = node.packet(bytes);
      node.through(skb, 'PREROUTING', 'cni0');
      node.through(skb, 'POSTROUTING', 'cni0', 'eth0');
      return node.steps().flatMap((step) => (step.updates ?? []).map((update) => ({ by: step.type, update })));
    };
    const [made] = send(client(SYN, 1000));
    expect(made).toMatchObject({ by: 'session', update: { table: 'conntrack', entry: { tcpState: 'SYN_SENT' } } });
    const [answered] = send(server(SYN_ACK, 5000, 1001));
    expect(answered).toMatchObject({
      by: 'session',
      update: { id: made?.update.id, entry: { tcpState: 'SYN_RECV', seenReply: true } },
    });
  });

  it('NOTRACK keeps a packet out [CT4]', () => {
    const { node, pass } = tracker({
      tables: [table('raw', { PREROUTING: ['-p udp -j CT --notrack'] }), table('nat', {})],
    });
    expect(pass(udpPacket(there, 1, 2)).sessions).toEqual(['untracked UNTRACKED']);
    expect(node.kernel.connections.size).toBe(0);
    expect(pass(client(SYN, 1000)).state).toBe('NEW');
  });

  it('two packets of one flow that both became NEW share the entry of the first', () => {
    const { node } = tracker();
    const first = node.packet(udpPacket(there, 40_002, 53));
    const second = node.packet(udpPacket(there, 40_002, 53));
    for (const skb of [first, second]) node.through(skb, 'PREROUTING', 'cni0');
    expect(first.meta.connection).not.toBe(second.meta.connection);
    expect(node.through(first, 'POSTROUTING', 'cni0', 'eth0')).toBe('accept');
    expect(node.through(second, 'POSTROUTING', 'cni0', 'eth0')).toBe('accept');
    expect(second.meta.connection).toBe(first.meta.connection);
    expect(node.kernel.connections.size).toBe(2);
    const events = node.steps().flatMap((step) => (step.type === 'session' ? [step.event] : []));
    expect(events).toEqual(['new', 'new', 'confirmed', 'clash']);
  });

  it('two that were translated differently cannot: the second is dropped', () => {
    const half = '-m statistic --mode random --probability 0.5';
    const tables = [
      table('nat', {
        PREROUTING: [`${half} -j DNAT --to-destination 10.244.1.4`, '-j DNAT --to-destination 10.244.1.5'],
      }),
    ];
    const verdicts = new Set<string>();
    for (let port = 1; port < 40; port++) {
      const { node } = tracker({ tables });
      const pair = [node.packet(udpPacket(there, port, 53)), node.packet(udpPacket(there, port, 53))] as const;
      for (const skb of pair) node.through(skb, 'PREROUTING', 'cni0');
      node.through(pair[0], 'POSTROUTING', 'cni0', 'eth0');
      const same = pair[0].meta.connection?.reply.source === pair[1].meta.connection?.reply.source;
      const verdict = node.through(pair[1], 'POSTROUTING', 'cni0', 'eth0');
      expect(verdict).toBe(same ? 'accept' : 'drop');
      verdicts.add(verdict);
    }
    expect(verdicts.size).toBe(2);
  });

  it('an entry survives as data and is tracked on', () => {
    const { node, pass, only } = tracker();
    pass(client(SYN, 1000));
    pass(server(SYN_ACK, 5000, 1001));
    const restored = fromConntrackEntry(toConntrackEntry(only()));
    expect(toConntrackEntry(restored)).toEqual(toConntrackEntry(only()));
    for (const key of node.kernel.connections.keys()) node.kernel.connections.set(key, restored);
    expect(pass(client(ACK, 1001, 5001)).state).toBe('ESTABLISHED');
    expect(restored).toMatchObject({ tcpState: 'ESTABLISHED', assured: true });
    expect(mirror(mirror(restored.original))).toEqual(restored.original);
  });
});
