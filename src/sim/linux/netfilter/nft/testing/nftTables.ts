import type { Hook } from '../../../../../datamodel/network/netfilter.ts';
import type {
  NftBase,
  NftBaseChain,
  NftChain,
  NftDataType,
  NftMap,
  NftRule,
  NftSet,
  NftStatement,
  NftTable,
  NftVerdict,
} from '../../../../../datamodel/network/nftables.ts';
import { ipAddress } from '../../../../../wire/address.ts';
import type { NftSubject } from '../subject.ts';

/** Chains by name; those with a base are registered. */
export type TestChains = Readonly<Record<string, readonly (readonly NftStatement[])[]>>;

export function base(hook: Hook, type: NftBase['type'] = 'filter', priority = 0): NftBase {
  return { type, hook, priority, policy: 'accept' };
}

export function nftTable(
  bases: Readonly<Record<string, NftBase>>,
  chains: TestChains,
  { name = 'test', sets = [], maps = [] }: { name?: string; sets?: readonly NftSet[]; maps?: readonly NftMap[] } = {},
): NftTable {
  const all = Object.entries(chains).map(([chain, rules]): NftChain => {
    const made = rules.map((statements, i): NftRule => ({ id: `${name} ${chain} ${i + 1}`, statements }));
    const own = bases[chain];
    return { name: chain, rules: made, ...(own && { base: own }) };
  });
  return {
    family: 'ip',
    name,
    owner: 'test',
    sets: new Map(sets.map((set) => [set.name, set])),
    maps: new Map(maps.map((map) => [map.name, map])),
    baseChains: all.filter((chain): chain is NftBaseChain => chain.base !== undefined),
    chains: new Map(all.map((chain) => [chain.name, chain])),
  };
}

/** A map from keys' texts to verdicts. */
export function nftMap(name: string, elements: Readonly<Record<string, NftVerdict>>): NftMap {
  const type: readonly NftDataType[] = ['ipv4_addr', 'inet_proto', 'inet_service'];
  const entries = Object.entries(elements).map(([text, verdict]) => {
    const element = { id: `${name} ${text}`, key: text.split(' . '), verdict };
    return [text, element] as const;
  });
  return { name, type, elements: new Map(entries) };
}

export function nftSet(name: string, keys: readonly string[], timeout?: number): NftSet {
  const elements = new Map(keys.map((key) => [key, { id: `${name} ${key}`, key: [key] }]));
  return { name, type: ['ipv4_addr'], elements, ...(timeout !== undefined && { dynamic: { timeout } }) };
}

/** 10.0.0.1:1000 to 10.0.0.2:80 over TCP, unless told otherwise; what it is to remember is in `remembered`. */
export function subject(change: Partial<NftSubject> = {}): NftSubject & { readonly remembered: Set<string> } {
  const remembered = new Set<string>();
  return {
    source: ipAddress('10.0.0.1'),
    destination: ipAddress('10.0.0.2'),
    protocol: 6,
    ports: { source: 1000, destination: 80 },
    inputDevice: 'eth0',
    outputDevice: 'cni0',
    ctState: 'new',
    mark: 0,
    addressType: () => 'UNICAST',
    remembers: (set, key) => remembered.has(`${set.name} ${key}`),
    remember: (set, key) => remembered.add(`${set.name} ${key}`),
    draw: (_, verdicts) => ({ index: 0, coin: { value: 0, probability: 1 / verdicts.length, picked: false } }),
    remembered,
    ...change,
  };
}
