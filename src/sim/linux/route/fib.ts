import type { Netns } from '../../../datamodel/network/netns.ts';
import { LOCAL_TABLE, MAIN_TABLE, type Nexthop, type Route, routeDevices } from '../../../datamodel/network/tables.ts';
import { familyOf, type IpAddress, ipAddress, ipv4Mask, ipv4ToNumber } from '../../../wire/address.ts';
import type { FibTable, RouteQuery, RouteResult } from '../kernel.ts';
import { agrees, type RuledTable, ruledTables } from './policyRouting.ts';
import { SourceSelection } from './sourceSelection.ts';

/** On every loopback device, by the kernel itself. */
const LOOPBACK_IPV6 = ipAddress('::1');

/** A table as the kernel searches it: longest prefixes first, one Map per prefix length. */
type PrefixIndex = readonly { readonly mask: number; readonly networks: ReadonlyMap<number, Routes> }[];
/** Nearly always one: several differ in device or metric, and stand in the order of the latter. */
type Routes = Route | Route[];

/**
 * Indexes a namespace's routes: table local, then main (or as its rules say), each by longest prefix, then metric, then order
 * (Linux: net/ipv4/fib_trie.c). Routes over a device that is down or gone are dead and left out, but for local ones:
 * a host answers to its addresses even then (fib_semantics.c, fib_sync_down_dev). Of several next hops only some may be dead.
 */
export function buildFib(netns: Netns): FibTable {
  return new Fib(netns);
}

class Fib implements FibTable {
  private readonly local: PrefixIndex;
  /** Tables by the rules that lead to them; absent where only the rules are that a namespace is born with. */
  private readonly rules: readonly RuledTable<PrefixIndex>[] | undefined;
  private readonly main: PrefixIndex;
  private readonly sources: SourceSelection;
  private readonly loopback: string;
  private readonly ownIpv6: ReadonlySet<IpAddress>;
  private readonly up: ReadonlySet<string>;

  constructor(netns: Netns) {
    const up = new Set(netns.links.filter((link) => link.up).map((link) => link.name));
    const isAlive = (route: Route): boolean => {
      const devices = routeDevices(route);
      return route.type === 'local' || devices.length === 0 || devices.some((dev) => up.has(dev));
    };
    this.up = up;
    this.local = indexOf(netns.routes, (route) => route.table === LOCAL_TABLE && isAlive(route));
    this.main = indexOf(netns.routes, (route) => route.table === MAIN_TABLE && isAlive(route));
    this.rules =
      netns.policyRules &&
      ruledTables(netns.policyRules, (table) =>
        indexOf(netns.routes, (route) => route.table === table && isAlive(route)),
      );
    this.sources = new SourceSelection(netns);
    const ipv6 = netns.addresses.filter(({ address }) => familyOf(address) === 'IPv6');
    this.ownIpv6 = new Set([LOOPBACK_IPV6, ...ipv6.map(({ address }) => address)]);
    this.loopback = netns.links.find((link) => link.kind === 'loopback')?.name ?? 'lo';
  }

  lookup(query: RouteQuery): { readonly route: Route; readonly result?: RouteResult } | undefined {
    // IPv6 has tables of its own, of which there are only the local addresses yet.
    if (familyOf(query.destination) === 'IPv6') return undefined;
    const destination = ipv4ToNumber(query.destination);
    const route = this.find(destination, query);
    if (route === undefined) return undefined;
    const result = this.resultOf(route, query);
    return result ? { route, result } : { route };
  }

  private find(destination: number, query: RouteQuery): Route | undefined {
    const { outputDevice } = query;
    if (!this.rules) return find(this.local, destination, outputDevice) ?? find(this.main, destination, outputDevice);
    for (const { rule, index } of this.rules) {
      const route = agrees(rule, query) ? find(index, destination, outputDevice) : undefined;
      if (route) return route;
    }
    return undefined;
  }

  addressType(address: IpAddress, dev?: string): 'LOCAL' | 'BROADCAST' | 'MULTICAST' | 'UNICAST' {
    if (familyOf(address) === 'IPv6') {
      if (this.ownIpv6.has(address)) return 'LOCAL';
      return address.startsWith('ff') ? 'MULTICAST' : 'UNICAST';
    }
    const value = ipv4ToNumber(address);
    if (value === 0 || value === 0xffffffff) return 'BROADCAST';
    if (value >>> 28 === 14) return 'MULTICAST';
    const route = find(this.local, value, undefined);
    const type = dev === undefined || route?.dev === dev ? route?.type : undefined;
    return type === 'local' ? 'LOCAL' : type === 'broadcast' ? 'BROADCAST' : 'UNICAST';
  }

  selectSource(
    dev: string,
    destination: IpAddress | undefined,
    scope: Route['scope'] = 'global',
  ): IpAddress | undefined {
    return this.sources.select(dev, destination, scope);
  }

  addressesOf(dev: string): readonly IpAddress[] {
    return this.sources.addressesOf(dev);
  }

  private resultOf(route: Route, query: RouteQuery): RouteResult | undefined {
    const { destination } = query;
    switch (route.type) {
      case 'local':
        return { route, dev: this.loopback, nextHop: destination, source: route.source ?? destination };
      case 'unicast':
      case 'broadcast': {
        const way = route.nexthops ? this.nexthopOf(route.nexthops, query) : route;
        if (way?.dev === undefined) return undefined;
        const source = route.source ?? this.sources.select(way.dev, way.via, route.scope);
        return { route, dev: way.dev, nextHop: gatewayFor(route, way.via, destination) ?? destination, source };
      }
      case 'blackhole':
      case 'unreachable':
      case 'prohibit':
        return undefined;
    }
  }

  /** One of the ways whose devices are up (fib_select_multipath). */
  private nexthopOf(nexthops: readonly Nexthop[], { outputDevice, nexthop }: RouteQuery): Nexthop | undefined {
    const open = nexthops.filter(({ dev }) => this.up.has(dev) && (outputDevice === undefined || dev === outputDevice));
    return open.length < 2 ? open[0] : open[nexthop?.(open.map(({ weight }) => weight)) ?? 0];
  }
}

/** A default route's gateway is not asked to carry multicast (Linux: net/ipv4/route.c, __mkroute_output). */
function gatewayFor(route: Route, via: IpAddress | undefined, destination: IpAddress): IpAddress | undefined {
  const multicast = ipv4ToNumber(destination) >>> 28 === 14;
  return multicast && route.destination.length < 4 ? undefined : via;
}

function indexOf(routes: readonly Route[], isWanted: (route: Route) => boolean): PrefixIndex {
  const byLength = new Map<number, Map<number, Routes>>();
  for (const route of routes) {
    if (!isWanted(route) || familyOf(route.destination.address) !== 'IPv4') continue;
    const { length } = route.destination;
    const network = (ipv4ToNumber(route.destination.address) & ipv4Mask(length)) >>> 0;
    const networks = byLength.get(length) ?? new Map<number, Routes>();
    byLength.set(length, networks);
    const same = networks.get(network);
    if (same === undefined) networks.set(network, route);
    else if (Array.isArray(same)) same.push(route);
    else networks.set(network, [same, route]);
  }
  for (const networks of byLength.values())
    for (const same of networks.values()) if (Array.isArray(same)) same.sort((a, b) => a.metric - b.metric);
  return [...byLength.entries()]
    .sort(([a], [b]) => b - a)
    .map(([length, networks]) => ({ mask: ipv4Mask(length), networks }));
}

function find(index: PrefixIndex, destination: number, outputDevice: string | undefined): Route | undefined {
  for (const { mask, networks } of index) {
    const found = networks.get((destination & mask) >>> 0);
    if (found === undefined) continue;
    const routes = Array.isArray(found) ? found : [found];
    const route = routes.find(
      (candidate) => outputDevice === undefined || routeDevices(candidate).includes(outputDevice),
    );
    if (route) return route;
  }
  return undefined;
}
