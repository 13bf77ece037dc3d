import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../datamodel/flow/step.ts';
import { ipAddress, ipv4FromNumber } from '../../../wire/address.ts';
import { transportChecksumValid } from '../../../wire/checksum.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import type { Skb } from '../skb.ts';
import { ACK, echoPacket, errorPacket, packetOf, RST_ACK, SYN_ACK, tcpPacket, udpPacket } from './testing/packets.ts';
import { type TestKernel, table, testKernel } from './testing/testKernel.ts';
import { mirror, tupleOf } from './tuple.ts';

const POD = ipAddress('10.244.0.2');
const VIP = ipAddress('10.96.42.10');
const WORLD = ipAddress('192.168.1.100');

function route(node: TestKernel, bytes: Uint8Array, from = 'cni0', to = 'eth0'): Skb {
  const skb = node.packet(bytes);
  for (const [hook, into, out] of [
    ['PREROUTING', from, undefined],
    ['FORWARD', from, to],
    ['POSTROUTING', from, to],
  ] as const) {
    expect(node.through(skb, hook, into, out)).toBe('accept');
  }
  return skb;
}

function checksumsHold(bytes: Uint8Array): boolean {
  return new Ipv4View(bytes).checksumValid() && transportChecksumValid(bytes);
}

const translations = (steps: readonly Step[]) => steps.flatMap((step) => (step.type === 'translate' ? [step] : []));

describe('translation steps', () => {
  const node = testKernel({
    tables: [
      table('nat', {
        PREROUTING: ['-d 10.96.42.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.1.3:8080'],
        POSTROUTING: ['-j MASQUERADE --random-fully'],
      }),
    ],
  });

  it('name the rule for the first packet, conntrack for the others, and what they undo', () => {
    route(node, tcpPacket({ source: POD, destination: VIP }, { destinationPort: 80 }), 'cni0', 'flannel.1');
    const first = translations(node.steps());
    expect(first).toMatchObject([
      { kind: 'dnat', by: 'rule', hook: 'PREROUTING', entry: { table: 'rule', id: 'nat PREROUTING 1' } },
      { kind: 'masquerade', by: 'rule', hook: 'POSTROUTING', entry: { table: 'rule', id: 'nat POSTROUTING 1' } },
    ]);
    expect(first[0]).toMatchObject({
      before: { destination: VIP, destinationPort: 80 },
      after: { destination: '10.244.1.3', destinationPort: 8080 },
    });
    expect(first[0]?.changes?.map(({ path, from, to }) => [path, from, to])).toEqual([
      ['tcp.checksum', expect.any(String), expect.any(String)],
      ['tcp.destinationPort', '80', '8080'],
      ['ipv4.destination', VIP, '10.244.1.3'],
      ['ipv4.headerChecksum', expect.any(String), expect.any(String)],
    ]);
    const connection = [...node.kernel.connections.values()][0]!;
    expect(connection.reply.destination).toBe('10.244.0.0');
    route(node, packetOf(connection.reply, SYN_ACK), 'flannel.1', 'cni0');
    expect(translations(node.steps())).toMatchObject([
      { kind: 'undo-snat', by: 'conntrack', hook: 'PREROUTING', entry: { table: 'conntrack', id: connection.id } },
      { kind: 'undo-dnat', by: 'conntrack', hook: 'POSTROUTING' },
    ]);
    const last = tcpPacket({ source: POD, destination: VIP }, { sequence: 1001, acknowledgement: 1001, flags: ACK });
    route(node, last, 'cni0', 'flannel.1');
    expect(translations(node.steps())).toMatchObject([
      { kind: 'dnat', by: 'conntrack' },
      { kind: 'snat', by: 'conntrack' },
    ]);
  });

  it('leave identification, DF, TTL and payload as they were [NAT8]', () => {
    const before = udpPacket({ source: POD, destination: WORLD }, 5000, 9000, 50);
    const after = route(node, before).bytes;
    for (const at of [1, 4, 5, 6, 7, 8]) expect(after[at]).toBe(before[at]);
    expect(after.slice(28)).toEqual(before.slice(28));
    expect(checksumsHold(after)).toBe(true);
  });
});

describe('MASQUERADE [NAT2]', () => {
  const hide = (to: string, out: string, options = '') => {
    const node = testKernel({ tables: [table('nat', { POSTROUTING: [`-j MASQUERADE ${options}`] })] });
    const skb = route(
      node,
      udpPacket({ source: ipAddress('172.16.0.1'), destination: ipAddress(to) }, 5000, 9000),
      'eth0',
      out,
    );
    return tupleOf(skb.bytes, 0)!;
  };

  it('takes the address that the outgoing device has', () => {
    expect(hide(WORLD, 'eth0')).toMatchObject({ source: '192.168.1.11', sourcePort: 5000 });
    expect(hide('10.244.1.3', 'flannel.1').source).toBe('10.244.0.0');
    expect(hide('10.244.0.3', 'cni0').source).toBe('10.244.0.1');
  });

  it('takes, of several addresses, the one in the next hop’s subnet', () => {
    const node = testKernel({
      tables: [table('nat', { POSTROUTING: ['-j MASQUERADE'] })],
      also: { address: '172.20.0.5/16', to: '198.51.100.0/24', via: '172.20.0.1' },
    });
    const via = (to: string) =>
      tupleOf(route(node, udpPacket({ source: POD, destination: ipAddress(to) }, 5000, 9000)).bytes, 0);
    expect(via('198.51.100.7')?.source).toBe('172.20.0.5');
    expect(via('192.168.1.100')?.source).toBe('192.168.1.11');
    expect(via('203.0.113.9')?.source).toBe('192.168.1.11');
  });

  it('a device without an address has one from elsewhere in the node', () => {
    expect(['192.168.1.11', '10.244.0.1']).toContain(hide('10.244.0.3', 'veth1a').source);
  });

  it('keeps to --to-ports', () => {
    expect(hide(WORLD, 'eth0', '--to-ports 6000-6009').sourcePort).toBeGreaterThanOrEqual(6000);
    expect(hide(WORLD, 'eth0', '--to-ports 6000-6009').sourcePort).toBeLessThan(6010);
  });
});

describe('MASQUERADE --random-fully', () => {
  it('draws anew when a closed connection is opened again from the same port', () => {
    const node = testKernel({ tables: [table('nat', { POSTROUTING: ['-j MASQUERADE --random-fully'] })] });
    const ports = Array.from({ length: 5 }, (_, i) => {
      const ends = { source: POD, destination: WORLD };
      const syn = route(node, tcpPacket(ends, { sequence: 1000 + 100_000 * i }));
      const { reply } = syn.meta.connection!;
      route(node, packetOf(reply, SYN_ACK), 'eth0', 'cni0');
      const next = { sequence: 1001 + 100_000 * i, acknowledgement: 1001 };
      route(node, tcpPacket(ends, { ...next, flags: RST_ACK }));
      return reply.destinationPort;
    });
    expect(new Set(ports).size).toBe(5);
    expect(new Set(node.kernel.connections.values()).size).toBe(1);
  });
});

describe('connections that no rule speaks of', () => {
  it('keep their ends [NAT7]', () => {
    const node = testKernel({ tables: [table('nat', {})] });
    const bytes = udpPacket({ source: POD, destination: WORLD }, 5000, 9000);
    expect(route(node, bytes.slice()).bytes).toEqual(bytes);
    expect(translations(node.steps())).toEqual([]);
  });

  it('unless somebody has been moved to them: then their port gives way', () => {
    const node = testKernel({ tables: [table('nat', { POSTROUTING: ['-s 10.244.0.0/16 -j MASQUERADE'] })] });
    route(node, udpPacket({ source: POD, destination: WORLD }, 5000, 9000));
    node.steps();
    const own = route(node, udpPacket({ source: ipAddress('192.168.1.11'), destination: WORLD }, 5000, 9000));
    expect(tupleOf(own.bytes, 0)).toMatchObject({ source: '192.168.1.11' });
    expect(tupleOf(own.bytes, 0)?.sourcePort).not.toBe(5000);
    expect(translations(node.steps())).toMatchObject([{ kind: 'snat', by: 'conntrack' }]);
    expect(checksumsHold(own.bytes)).toBe(true);
  });
});

describe('a DNAT of packets made here', () => {
  it('happens in OUTPUT, and the answer is undone in INPUT’s place', () => {
    const node = testKernel({
      tables: [table('nat', { OUTPUT: ['-d 10.96.42.10/32 -p tcp -j DNAT --to-destination 10.244.0.3:8080'] })],
    });
    const own = ipAddress('10.244.0.1');
    const skb = node.packet(tcpPacket({ source: own, destination: VIP }, { destinationPort: 80 }));
    node.through(skb, 'OUTPUT', undefined, 'eth0');
    expect(new Ipv4View(skb.bytes).destination).toBe('10.244.0.3');
    node.through(skb, 'POSTROUTING', undefined, 'cni0');
    const { reply } = [...node.kernel.connections.values()][0]!;
    const answer = node.packet(packetOf(reply, SYN_ACK));
    node.through(answer, 'PREROUTING', 'cni0');
    node.through(answer, 'INPUT', 'cni0');
    expect(tupleOf(answer.bytes, 0)).toMatchObject({ source: VIP, sourcePort: 80, destination: own });
    expect(checksumsHold(answer.bytes)).toBe(true);
  });
});

describe('ICMP errors about translated packets', () => {
  const tables = [
    table('nat', {
      PREROUTING: ['-d 10.96.42.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.1.3:8080'],
      POSTROUTING: ['-j MASQUERADE --random-fully'],
    }),
  ];

  it('reach the sender, quoting what it sent [NAT9]', () => {
    const node = testKernel({ tables });
    const sent = tcpPacket({ source: POD, destination: VIP }, { destinationPort: 80 }, new Uint8Array(40).fill(7));
    const onWire = route(node, sent.slice(), 'cni0', 'flannel.1').bytes.slice();
    const router = ipAddress('10.244.1.0');
    const error = errorPacket(
      { source: router, destination: new Ipv4View(onWire).source },
      { type: 3, code: 1 },
      onWire,
      60,
    );
    node.steps();
    const skb = route(node, error, 'flannel.1', 'cni0');
    const ip = new Ipv4View(skb.bytes);
    expect(ip.destination).toBe(POD);
    // The error seems to come from the ClusterIP: its outer source is turned back like the answer's would be.
    expect(ip.source).toBe(VIP);
    expect(checksumsHold(skb.bytes)).toBe(true);
    expect(skb.bytes.slice(28)).toEqual(sent);
    const paths = translations(node.steps()).flatMap((step) => step.changes?.map((change) => change.path) ?? []);
    expect(paths).toContain('quoted.ipv4.source');
    expect(paths).toContain('quoted.tcp.sourcePort');
    expect(paths).toContain('quoted.ipv4.destination');
    expect(paths).toContain('ipv4.destination');
    expect(paths).toContain('icmp.checksum');
  });

  it('quoting only 8 bytes of a segment leave the checksum out that is not there', () => {
    const node = testKernel({ tables });
    const sent = tcpPacket({ source: POD, destination: VIP }, { destinationPort: 80 });
    const onWire = route(node, sent.slice(), 'cni0', 'flannel.1').bytes.slice();
    const error = errorPacket(
      { source: ipAddress('10.244.1.0'), destination: new Ipv4View(onWire).source },
      { type: 11, code: 0 },
      onWire,
    );
    const skb = route(node, error, 'flannel.1', 'cni0');
    expect(skb.bytes.slice(28)).toEqual(sent.slice(0, 28));
    expect(checksumsHold(skb.bytes)).toBe(true);
  });

  it('a redirect about a translated connection goes nowhere [NAT10]', () => {
    const node = testKernel({ tables });
    const sent = tcpPacket({ source: POD, destination: VIP }, { destinationPort: 80 });
    const onWire = route(node, sent.slice(), 'cni0', 'flannel.1').bytes.slice();
    const ends = { source: ipAddress('10.244.1.0'), destination: new Ipv4View(onWire).source };
    const redirect = errorPacket(ends, { type: 5, code: 1, gateway: ipAddress('10.244.1.1') }, onWire);
    expect(node.through(node.packet(redirect), 'PREROUTING', 'flannel.1')).toBe('drop');
  });
});

const address = fc.integer({ min: 0x0a000001, max: 0x0affffff }).map(ipv4FromNumber);
const port = fc.integer({ min: 1, max: 65_535 });
const random = fc.constantFrom('', ' --random-fully');
/** Rules of any kind for both ends; some of them move only the address, some only the port. */
const rules = fc.record({
  dnat: fc.option(
    fc.oneof(
      fc.tuple(address, port).map(([ip, to]) => `-p tcp -j DNAT --to-destination ${ip}:${to}`),
      address.map((ip) => `-j DNAT --to-destination ${ip}`),
      fc
        .tuple(address, port)
        .map(([ip, to]) => `-p udp -j DNAT --to-destination ${ip}:${to}-${Math.min(65_535, to + 9)}`),
    ),
    { nil: undefined },
  ),
  snat: fc.option(
    fc.oneof(
      fc.tuple(address, random).map(([ip, fully]) => `-j SNAT --to-source ${ip}${fully}`),
      random.map((fully) => `-j MASQUERADE${fully}`),
    ),
    { nil: undefined },
  ),
});
const sent = fc
  .tuple(fc.constantFrom('tcp', 'udp', 'udp without checksum', 'echo'), address, address, port, port, fc.nat(64))
  .map(([kind, source, destination, from, to, size]) => {
    if (kind === 'echo') return echoPacket({ source, destination }, from);
    if (kind === 'tcp') {
      return tcpPacket(
        { source, destination },
        { sourcePort: from, destinationPort: to },
        new Uint8Array(size).fill(size),
      );
    }
    const bytes = udpPacket({ source, destination }, from, to, size);
    if (kind !== 'udp') new UdpView(bytes, 20).checksum = 0;
    return bytes;
  });

/** Bytes quoted behind the IP header; a TCP checksum that is itself cut (17 to 19 bytes) stays as it was on the wire. */
const quote = fc.constantFrom(8, 12, 16, 20, 28, 100);

describe('nat, whatever the rules and packets', () => {
  it('is undone exactly for answers, for errors and for what follows [NAT1]', () => {
    fc.assert(
      fc.property(rules, fc.array(sent, { minLength: 1, maxLength: 5 }), quote, ({ dnat, snat }, packets, quoted) => {
        const node = testKernel({
          tables: [table('nat', { PREROUTING: dnat ? [dnat] : [], POSTROUTING: snat ? [snat] : [] })],
        });
        for (const bytes of packets) {
          const original = tupleOf(bytes, 0)!;
          const skb = node.packet(bytes.slice());
          node.through(skb, 'PREROUTING', 'cni0');
          if (skb.meta.connectionReply || skb.meta.connectionState !== 'NEW') continue;
          node.through(skb, 'FORWARD', 'cni0', 'eth0');
          if (node.through(skb, 'POSTROUTING', 'cni0', 'eth0') === 'drop') continue;
          const { connection } = skb.meta;
          const wire = tupleOf(skb.bytes, 0)!;
          // On the wire it is what the answer's mirror image says.
          expect(connection?.original).toEqual(original);
          expect(wire).toEqual(mirror(connection!.reply));
          expect(checksumsHold(skb.bytes)).toBe(true);
          expect(new UdpView(skb.bytes, 20).checksum === 0).toBe(new UdpView(bytes, 20).checksum === 0);
          const onWire = skb.bytes.slice();

          // An error on its way back shows the sender its own packet.
          const ends = { source: wire.destination, destination: wire.source };
          const error = route(node, errorPacket(ends, { type: 3, code: 1 }, onWire, quoted), 'eth0', 'cni0');
          expect(new Ipv4View(error.bytes).destination).toBe(original.source);
          expect(error.bytes.slice(28)).toEqual(bytes.slice(0, 20 + quoted));
          expect(checksumsHold(error.bytes)).toBe(true);

          // The answer comes from where the packet was sent to.
          const answer = route(node, packetOf(connection!.reply, SYN_ACK), 'eth0', 'cni0');
          expect(tupleOf(answer.bytes, 0)).toEqual(mirror(original));
          expect(checksumsHold(answer.bytes)).toBe(true);
          expect(answer.meta.connection).toBe(connection);

          // And the next packet looks on the wire like the first.
          const next = route(node, bytes.slice());
          if (original.protocol !== 6) expect(next.bytes).toEqual(onWire);
          else expect(tupleOf(next.bytes, 0)).toEqual(wire);
        }
      }),
      { numRuns: 300 },
    );
  });
});
