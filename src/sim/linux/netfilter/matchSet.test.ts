import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IpSet, IpSetMember, IpSetType } from '../../../datamodel/network/ipset.ts';
import type { Match, TransportName } from '../../../datamodel/network/netfilter.ts';
import { ipv4FromNumber, ipv4ToNumber, prefixContains } from '../../../wire/address.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import { matchSet } from './matchSet.ts';
import type { Packet } from './packet.ts';

const TYPES: readonly IpSetType[] = ['hash:ip', 'hash:ip,port', 'hash:ip,port,ip', 'hash:ip,port,net', 'bitmap:port'];
// Few of everything, so that packets often meet members.
const address = fc.integer({ min: 0x0a000000, max: 0x0a000007 }).map(ipv4FromNumber);
const port = fc.integer({ min: 80, max: 83 });
const protocol = fc.constantFrom<TransportName>('tcp', 'udp', 'sctp');
const member = fc.record({ address, protocol, port, second: address, length: fc.integer({ min: 28, max: 32 }) });
const sent = fc.record({ source: address, destination: address, sourcePort: port, destinationPort: port, protocol });
type Sent = typeof sent extends fc.Arbitrary<infer T> ? T : never;

function ofType(type: IpSetType, made: typeof member extends fc.Arbitrary<infer T> ? T : never): IpSetMember {
  if (type === 'hash:ip') return { address: made.address };
  if (type === 'bitmap:port') return { port: made.port };
  const ends = { address: made.address, protocol: made.protocol, port: made.port };
  if (type === 'hash:ip,port') return ends;
  return { ...ends, second: { address: made.second, length: type === 'hash:ip,port,ip' ? 32 : made.length } };
}

/** What the kernel's manual says, tried member by member. */
function expected(set: IpSet, packet: Sent, directions: readonly ('src' | 'dst')[]): boolean {
  const addressAt = (i: number) => (directions[i] === 'src' ? packet.source : packet.destination);
  const portAt = (i: number) => (directions[i] === 'src' ? packet.sourcePort : packet.destinationPort);
  return set.members.some((each) => {
    if (set.type === 'hash:ip') return each.address === addressAt(0);
    if (set.type === 'bitmap:port') return packet.protocol !== 'sctp' && each.port === portAt(0);
    if (each.address !== addressAt(0) || each.protocol !== packet.protocol || each.port !== portAt(1)) return false;
    return each.second === undefined || prefixContains(each.second, addressAt(2));
  });
}

test('a set has what one of its members says, from either end, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TYPES),
      fc.array(member, { maxLength: 12 }),
      sent,
      fc.array(fc.constantFrom<'src' | 'dst'>('src', 'dst'), { minLength: 3, maxLength: 3 }),
      fc.boolean(),
      (type, members, packet, directions, negate) => {
        const set: IpSet = { id: 's', owner: 'test', name: 's', type, members: members.map((m) => ofType(type, m)) };
        const match: Extract<Match, { type: 'set' }> = { type: 'set', name: 's', directions, negate };
        expect(matchSet(match, packetOf(packet, [set]))).toBe(expected(set, packet, directions) !== negate);
      },
    ),
  );
});

test('ICMP and a set that is not there match nothing', () => {
  const set: IpSet = { id: 's', owner: 'test', name: 's', type: 'bitmap:port', members: [{ port: 0 }] };
  const match = { type: 'set', name: 's', directions: ['dst'] } as const;
  const ping = { ...packetOf({ ...EMPTY }, [set]), protocol: IpProtocol.icmp, ports: undefined };
  expect(matchSet(match, ping)).toBe(false);
  expect(matchSet({ ...match, name: 'other' }, ping)).toBe(false);
});

const EMPTY: Sent = {
  source: ipv4FromNumber(1),
  destination: ipv4FromNumber(2),
  sourcePort: 1,
  destinationPort: 2,
  protocol: 'tcp',
};

function packetOf(packet: Sent, ipsets: readonly IpSet[]): Packet {
  return {
    kernel: { config: { ipsets } },
    source: ipv4ToNumber(packet.source),
    destination: ipv4ToNumber(packet.destination),
    protocol: IpProtocol[packet.protocol],
    ports: { source: packet.sourcePort, destination: packet.destinationPort },
  } as unknown as Packet;
}
