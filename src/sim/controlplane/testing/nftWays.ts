import type { Hook, TransportName } from '../../../datamodel/network/netfilter.ts';
import type { NftChainType, NftTable } from '../../../datamodel/network/nftables.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { protocolNumber } from '../../linux/netfilter/match.ts';
import type { NftSubject } from '../../linux/netfilter/nft/subject.ts';
import { type Walked, walkBaseChain } from '../../linux/netfilter/nft/walk.ts';

/** The first packet of a connection. */
export interface FirstPacket {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: TransportName;
  readonly port: number;
}

/** One way that a packet can go through a node, given how the draws fall. */
export interface Way {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'dnat';
  /** `address:port`, with brackets around an IPv6 address. */
  readonly endpoint?: string;
  readonly masquerade: boolean;
}

/** All ways of a NEW packet through a node that has this table alone: every number that numgen can draw, no earlier clients. */
export function nftWays(table: NftTable, packet: FirstPacket, local: ReadonlySet<string>): readonly Way[] {
  const ways: Way[] = [];
  const open: number[][] = [[]];
  for (let script = open.pop(); script !== undefined; script = open.pop()) {
    const drawn = [...script];
    const way = go(table, packet, local, (count) => {
      if (script.length > 0) return script.shift()!;
      // Another run goes each of the other ways.
      for (let other = 1; other < count; other++) open.push([...drawn, other]);
      drawn.push(0);
      return 0;
    });
    ways.push(way);
  }
  return ways;
}

function go(table: NftTable, packet: FirstPacket, local: ReadonlySet<string>, draw: (count: number) => number): Way {
  let mark = 0;
  let destination = packet.destination;
  let port = packet.port;
  const subject = (): NftSubject => ({
    source: packet.source,
    destination,
    protocol: protocolNumber(packet.protocol),
    ports: { source: 40_000, destination: port },
    inputDevice: '',
    outputDevice: '',
    ctState: 'new',
    get mark() {
      return mark;
    },
    set mark(value) {
      mark = value;
    },
    addressType: (address) => (local.has(address) ? 'LOCAL' : 'UNICAST'),
    remembers: () => false,
    remember: () => {},
    draw: (_, verdicts) => {
      const index = draw(verdicts.length);
      return { index, coin: { value: 0, probability: 1 / verdicts.length, picked: false } };
    },
  });
  const at = (hook: Hook, type: NftChainType): Walked['ended'] => {
    const chains = table.baseChains.filter(({ base }) => base.hook === hook && base.type === type);
    for (const chain of chains.toSorted((a, b) => a.base.priority - b.base.priority)) {
      const { ended } = walkBaseChain(table, chain, subject(), () => {});
      if (ended !== undefined && ended.by !== 'accept') return ended;
    }
    return undefined;
  };

  const begins = local.has(packet.source) ? 'OUTPUT' : 'PREROUTING';
  // Of the chains at OUTPUT those before dnat see the packet as it was, the others as it became.
  const before = table.baseChains.filter(({ base }) => base.hook === begins && base.priority < -100);
  for (const chain of before) {
    const { ended } = walkBaseChain(table, chain, subject(), () => {});
    if (ended?.by === 'drop') return { verdict: 'drop', masquerade: false };
  }
  const nat = at(begins, 'nat')?.by;
  let endpoint: string | undefined;
  if (typeof nat === 'object' && nat.type === 'dnat') {
    destination = nat.address;
    port = nat.port;
    endpoint = `${nat.address.includes(':') ? `[${nat.address}]` : nat.address}:${nat.port}`;
  }
  const stays = local.has(destination);
  for (const hook of begins === 'OUTPUT' ? (['OUTPUT'] as const) : ([stays ? 'INPUT' : 'FORWARD'] as const)) {
    const filtered = at(hook, 'filter')?.by;
    if (filtered === 'drop') return { verdict: 'drop', masquerade: false };
    if (typeof filtered === 'object') return { verdict: 'reject', masquerade: false };
  }
  const source = stays ? undefined : at('POSTROUTING', 'nat')?.by;
  const masquerade = typeof source === 'object' && source.type === 'masquerade';
  return endpoint === undefined ? { verdict: 'accept', masquerade } : { verdict: 'dnat', endpoint, masquerade };
}
