import type { AddressBlock, AddressSpace, AddressUse } from '../datamodel/cluster/addressSpace.ts';
import type { ClusterView, NodeView } from '../datamodel/cluster/view.ts';
import {
  addressAt,
  addressToBigint,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  lastAddress,
  networkOf,
  parseIpAddress,
  parseIpPrefix,
  prefixContains,
} from '../wire/address.ts';
import type { Addressing } from './addressing.ts';
import { HostLocal, roundRobin } from './controlplane/ipam/hostLocal.ts';
import { rangeSets } from './controlplane/ipam/rangeSet.ts';
import { interfaceRanges } from './interfaceRanges.ts';

/** What is cut from a range for one node. */
interface Cut {
  readonly prefix: IpPrefix;
  readonly name: string;
  readonly node: string;
}

type Uses = ReadonlyMap<IpAddress, AddressUse>;

/** The cluster's address space as it is now: the ranges of Pods, Services and nodes, what is cut from them, who has what. */
export function addressSpace(view: ClusterView, addressing: Addressing): AddressSpace {
  const uses = usesOf(view, addressing);
  const services = addressing.services.map((prefix) => plainRange('Services', networkOf(prefix), uses));
  const subnets = addressing.interfaces
    ? interfaceRanges(addressing, addressing.interfaces, uses)
    : [plainRange('Nodes', networkOf(addressing.nodes), uses)];
  const isApart = (prefix: IpPrefix): boolean =>
    !addressing.interfaces || !subnets.some((subnet) => prefixContains(subnet.prefix, prefix.address));
  const pods = outermost(addressing.pods.filter(isApart)).map((prefix) => podRange(prefix, view, addressing, uses));
  const parts = addressing.interfaces ? [...subnets, ...pods, ...services] : [...pods, ...services, ...subnets];
  return { revision: view.revision, ranges: parts };
}

function podRange(prefix: IpPrefix, view: ClusterView, addressing: Addressing, uses: Uses): AddressBlock {
  const cuts = cutsOf(view, addressing)
    .filter((cut) => cut.prefix.length >= prefix.length && prefixContains(prefix, cut.prefix.address))
    .sort((a, b) => compare(a.prefix.address, b.prefix.address));
  const cutOf = finder(cuts);
  const inside = new Map<Cut | undefined, AddressUse[]>();
  for (const use of usesIn(prefix, uses)) {
    const cut = cutOf(use.address);
    inside.set(cut, [...(inside.get(cut) ?? []), use]);
  }
  const blocks = cuts.map((cut): AddressBlock => {
    const own = inside.get(cut) ?? [];
    const marked = own.map((use) => (use.state === 'pod' && use.node !== cut.node ? { ...use, borrowed: true } : use));
    // Calico hands out every address of a block; host-local neither the network's own nor the broadcast address.
    const all = addressing.blocks === undefined ? withEnds(cut.prefix, marked) : marked;
    const next = addressing.blocks === undefined ? nextOf(cut, addressing, all) : undefined;
    return { ...cut, blocks: [], uses: all, ...(next !== undefined && { next }) };
  });
  return { prefix, name: 'Pods', blocks, uses: inside.get(undefined) ?? [] };
}

/** Finds what an address lies in, of ranges apart from each other. */
function finder(cuts: readonly Cut[]): (address: IpAddress) => Cut | undefined {
  const byText = new Map(cuts.map((cut) => [formatPrefix(cut.prefix), cut]));
  const lengths = [...new Set(cuts.map((cut) => cut.prefix.length))];
  return (address) =>
    lengths.map((length) => byText.get(formatPrefix(networkOf({ address, length })))).find((cut) => cut !== undefined);
}

function plainRange(name: string, prefix: IpPrefix, uses: Uses): AddressBlock {
  return { prefix, name, blocks: [], uses: withEnds(prefix, usesIn(prefix, uses)) };
}

function cutsOf({ nodes }: ClusterView, { blocks, nodeRanges }: Addressing): Cut[] {
  if (blocks === undefined && nodeRanges !== undefined) {
    return nodeRanges.map(({ cidr, host }) => ({ prefix: networkOf(cidr), name: 'podCIDR', node: host }));
  }
  if (blocks !== undefined) {
    return blocks.map(({ cidr, host }) => ({ prefix: networkOf(cidr), name: 'block', node: host }));
  }
  return nodes.flatMap(({ name, podCidr }) => {
    const prefix = parseIpPrefix(podCidr ?? '');
    return prefix ? [{ prefix: networkOf(prefix), name: 'podCIDR', node: name }] : [];
  });
}

/** Where host-local will look next: the first free address after the one that it handed out last, all round. */
function nextOf(
  { prefix, node }: Cut,
  { lastHandedOut }: Addressing,
  uses: readonly AddressUse[],
): IpAddress | undefined {
  const sets = rangeSets([[{ subnet: prefix }]]);
  const [set] = sets.ok ? new HostLocal(sets.value).sets : [];
  if (set === undefined) return undefined;
  const taken = new Set(uses.filter(({ state }) => state === 'pod').map(({ address }) => address));
  for (const { address } of roundRobin(set, lastHandedOut.get(node))) if (!taken.has(address)) return address;
  return undefined;
}

/** Whoever has an address: Pods before Services before devices, which may carry Services' addresses. */
function usesOf(view: ClusterView, { gateway }: Addressing): Uses {
  const uses = new Map<IpAddress, AddressUse>();
  const add = (use: AddressUse): void => {
    if (!uses.has(use.address)) uses.set(use.address, use);
  };
  for (const { namespace, name, address, hostNetwork, node, phase } of view.pods) {
    if (address === undefined || hostNetwork || phase === 'Succeeded' || phase === 'Failed') continue;
    add({ address, state: 'pod', owner: `${namespace}/${name}`, ...(node !== undefined && { node }) });
  }
  for (const { namespace, name, clusterIp } of view.services) {
    if (clusterIp !== undefined) add({ address: clusterIp, state: 'service', owner: `${namespace}/${name}` });
  }
  for (const node of view.nodes) for (const use of devicesOf(node)) add(use);
  add({ address: gateway, state: 'device', owner: 'gateway' });
  for (const { address, kind } of view.outside) {
    add({ address, state: 'device', owner: kind === 'host' ? 'host outside the cluster' : 'load balancer' });
  }
  return uses;
}

function devicesOf({ name: node, devices }: NodeView): readonly AddressUse[] {
  return devices.flatMap(({ name, addresses }) =>
    addresses.flatMap((text): readonly AddressUse[] => {
      const address = parseIpAddress(text.slice(0, text.indexOf('/')));
      return address === undefined ? [] : [{ address, state: 'device', owner: name, node }];
    }),
  );
}

/** In IPv4, the first address of a subnet and the last are nobody's, unless a device has them all the same. */
function withEnds(prefix: IpPrefix, uses: readonly AddressUse[]): readonly AddressUse[] {
  if (familyOf(prefix.address) === 'IPv6' || prefix.length > 30) return uses;
  const kept: readonly AddressUse[] = [
    { address: addressAt(prefix, 0), state: 'kept', owner: 'network address' },
    { address: lastAddress(prefix), state: 'kept', owner: 'broadcast address' },
  ];
  const had = new Set(uses.map(({ address }) => address));
  return [...uses, ...kept.filter(({ address }) => !had.has(address))].sort((a, b) => compare(a.address, b.address));
}

function usesIn(prefix: IpPrefix, uses: Uses): readonly AddressUse[] {
  return [...uses.values()]
    .filter(({ address }) => prefixContains(prefix, address))
    .sort((a, b) => compare(a.address, b.address));
}

/** Each range once, and none that lies in another. */
function outermost(prefixes: readonly IpPrefix[]): readonly IpPrefix[] {
  const unique = [...new Map(prefixes.map((prefix) => [formatPrefix(networkOf(prefix)), networkOf(prefix)])).values()];
  return unique.filter(
    (prefix) => !unique.some((other) => other.length < prefix.length && prefixContains(other, prefix.address)),
  );
}

function compare(a: IpAddress, b: IpAddress): number {
  const [left, right] = [addressToBigint(a), addressToBigint(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
