import type { Match, Rule, RuleLookup } from '../../../datamodel/network/netfilter.ts';
import { addressBits, familyOf, type IpAddress, ipv4FromNumber, ipv4ToNumber } from '../../../wire/address.ts';
import { protocolNumber } from './match.ts';
import type { Packet } from './packet.ts';
import { transportName } from './transportName.ts';

/**
 * Which rules of a long chain a packet can match: those about its destination address, those about its destination port, and
 * those about neither. The kernel tries every rule; skipping the hopeless ones changes nothing but the time it takes here.
 */
export interface ChainIndex {
  /** 0-based places in ascending order; an IPv4 address is its number, as in a {@link Packet}. */
  readonly byDestination: ReadonlyMap<number | IpAddress, readonly number[]>;
  readonly byPort: ReadonlyMap<string, readonly number[]>;
  readonly others: readonly number[];
}

export function indexChain(rules: readonly Rule[]): ChainIndex {
  const byDestination = new Map<number | IpAddress, number[]>();
  const byPort = new Map<string, number[]>();
  const others: number[] = [];
  rules.forEach((rule, place) => {
    const { destination, port } = keysOf(rule);
    if (destination !== undefined) append(byDestination, destination, place);
    else if (port !== undefined) append(byPort, port, place);
    else others.push(place);
  });
  return { byDestination, byPort, others };
}

/** The places from `start` on that `packet` can match, in order. */
export function* candidates(index: ChainIndex, packet: Packet, start: number): Generator<number> {
  const { protocol, ports } = packet;
  const destination = packet.ipv6?.destination ?? packet.destination;
  const lists = [
    index.others,
    index.byDestination.get(destination) ?? [],
    (ports && index.byPort.get(portKey(protocol, ports.destination))) ?? [],
  ];
  const heads = lists.map((list) => firstFrom(list, start));
  for (;;) {
    let next = Number.POSITIVE_INFINITY;
    let from = -1;
    lists.forEach((list, i) => {
      const place = list[heads[i] ?? 0];
      if (place !== undefined && place < next) {
        next = place;
        from = i;
      }
    });
    if (from < 0) return;
    heads[from] = (heads[from] ?? 0) + 1;
    yield next;
  }
}

/** The same of a chain whose writer knows which rules they are. */
export function lookedUp(lookup: RuleLookup, { protocol, ports, ipv6, destination }: Packet): readonly number[] {
  const address = ipv6?.destination ?? ipv4FromNumber(destination);
  return lookup.places(address, transportName(protocol), ports?.destination);
}

interface Keys {
  destination?: number | IpAddress;
  port?: string;
}

function keysOf(rule: Rule): Keys {
  const keys: Keys = {};
  for (const match of rule.matches) {
    // Behind a match that remembers or tosses, a mismatch comes too late to be skipped.
    if (match.type === 'recent' || match.type === 'statistic') break;
    const destination = singleDestination(match);
    if (destination !== undefined) keys.destination ??= destination;
    const port = singlePort(match);
    if (port !== undefined) keys.port ??= port;
  }
  return keys;
}

function singleDestination(match: Match): number | IpAddress | undefined {
  if (match.type !== 'destination' || match.negate) return undefined;
  const { address, length } = match.prefix;
  const family = familyOf(address);
  if (length !== addressBits(family)) return undefined;
  return family === 'IPv4' ? ipv4ToNumber(address) : address;
}

function singlePort(match: Match): string | undefined {
  if (match.type !== 'transport' || match.negateDestination || match.destination === undefined) return undefined;
  const { from, to } = match.destination;
  return from === to ? portKey(protocolNumber(match.protocol), from) : undefined;
}

function portKey(protocol: number, port: number): string {
  return `${protocol} ${port}`;
}

function append<K>(map: Map<K, number[]>, key: K, place: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [place]);
  else list.push(place);
}

/** Index of the first element that is not less than `start`. */
function firstFrom(ascending: readonly number[], start: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
