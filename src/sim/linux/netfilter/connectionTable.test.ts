import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConntrackEntry } from '../../../datamodel/network/runtime.ts';
import { ipAddress } from '../../../wire/address.ts';
import { restoreConnections } from './connectionTable.ts';
import { toConntrackEntry } from './conntrackEntry.ts';
import { ACK, echoPacket, FIN_ACK, RST_ACK, SYN, SYN_ACK, tcpPacket, udpPacket } from './testing/packets.ts';
import { type TestKernel, table, testKernel } from './testing/testKernel.ts';
import { tupleKey } from './tuple.ts';

const HOSTS = ['10.244.0.2', '10.244.1.3', '10.96.42.10', '192.168.1.100'].map(ipAddress);
const PORTS = [80, 8080, 40_000];

/** A few hosts that say a few things on a few ports, so that packets meet each other's connections. */
const bytes = fc
  .tuple(
    fc.constantFrom(...HOSTS),
    fc.constantFrom(...HOSTS),
    fc.constantFrom(...PORTS),
    fc.constantFrom(...PORTS),
    fc.constantFrom('udp', 'echo', 'reply', SYN, SYN_ACK, ACK, FIN_ACK, RST_ACK),
  )
  .map(([source, destination, sourcePort, destinationPort, kind]) => {
    if (kind === 'udp') return udpPacket({ source, destination }, sourcePort, destinationPort);
    if (typeof kind === 'string') return echoPacket({ source, destination }, 7, kind === 'echo' ? 8 : 0);
    const segment = {
      sourcePort,
      destinationPort,
      flags: kind,
      sequence: 1000,
      acknowledgement: kind === SYN ? 0 : 1001,
    };
    return tcpPacket({ source, destination }, segment);
  });
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ bytes, mark: fc.constantFrom(0, 0, 0, 1) }) },
  { weight: 1, arbitrary: fc.record({ wait: fc.constantFrom(1, 29, 31, 125, 500_000) }) },
);

const tables = [
  table('nat', {
    PREROUTING: [
      '-d 10.96.42.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.1.3:8080',
      '-d 10.96.42.10/32 -j DNAT --to-destination 10.244.1.3',
    ],
    POSTROUTING: ['-d 192.168.1.100/32 -j MASQUERADE', '-s 192.168.1.100/32 -j MASQUERADE --random-fully'],
  }),
  table('filter', { FORWARD: ['-m mark --mark 1 -j DROP', '-m conntrack --ctstate INVALID -j DROP'] }),
];

function send(node: TestKernel, packet: Uint8Array, mark: number): void {
  const skb = node.packet(packet, { mark });
  if (node.through(skb, 'PREROUTING', 'cni0') === 'drop') return;
  if (node.through(skb, 'FORWARD', 'cni0', 'eth0') === 'accept') node.through(skb, 'POSTROUTING', 'cni0', 'eth0');
}

describe('the connection table, whatever comes', () => {
  it('holds every connection under both its tuples, and says in its updates what it holds', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const node = testKernel({ tables });
        const told = new Map<string, ConntrackEntry>();
        for (const happened of events) {
          if ('wait' in happened) {
            node.queue.now += happened.wait * 1e9;
            continue;
          }
          send(node, happened.bytes, happened.mark);
          for (const update of node.steps().flatMap((step) => step.updates ?? [])) {
            if (update.table !== 'conntrack') continue;
            if (update.entry) told.set(update.id, update.entry);
            else told.delete(update.id);
          }
          for (const update of node.recorder.leftovers()) if (update.table === 'conntrack') told.delete(update.id);
          const { connections } = node.kernel;
          for (const [key, connection] of connections) {
            expect([tupleKey(connection.original), tupleKey(connection.reply)]).toContain(key);
            expect(connections.get(tupleKey(connection.original))).toBe(connection);
            expect(connections.get(tupleKey(connection.reply))).toBe(connection);
            expect(connection).toMatchObject({ confirmed: true, natSourceDone: true, natDestinationDone: true });
            expect(connection.assured && !connection.seenReply).toBe(false);
            expect(connection.tcpState === undefined).toBe(connection.original.protocol !== 6);
          }
          const held = [...new Set(connections.values())];
          expect(new Set(held.map(({ id }) => id)).size).toBe(held.length);
          expect(new Map(held.map((connection) => [connection.id, toConntrackEntry(connection)]))).toEqual(told);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is the same after it has been put away and taken out again', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 20 }), (packets) => {
        const node = testKernel({ tables });
        for (const packet of packets) send(node, packet, 0);
        const entries = [...new Set(node.kernel.connections.values())].map(toConntrackEntry);
        const next = testKernel({ tables });
        restoreConnections(next.kernel, entries);
        expect([...next.kernel.connections.keys()].toSorted()).toEqual([...node.kernel.connections.keys()].toSorted());
        expect([...new Set(next.kernel.connections.values())].map(toConntrackEntry)).toEqual(entries);
      }),
      { numRuns: 100 },
    );
  });
});
