import type { Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { type InterfaceAddress, LOCAL_TABLE, MAIN_TABLE, type Route } from '../../../datamodel/network/tables.ts';
import {
  familyOf,
  hostPrefix,
  ipAddress,
  ipv4Mask,
  ipv4ToNumber,
  lastAddress,
  networkOf,
  prefixContains,
} from '../../../wire/address.ts';

const LOOPBACK = ipAddress('127.0.0.1');
const LIMITED_BROADCAST = ipAddress('255.255.255.255');

/**
 * The namespace with what its kernel adds by itself: 127.0.0.1/8 on a loopback that is up, and for every address its
 * local, connected and broadcast routes (Linux: net/ipv4/fib_frontend.c, fib_add_ifaddr). Idempotent.
 */
export function withKernelRoutes(netns: Netns): Netns {
  const addresses = withLoopbackAddress(netns);
  const known = new Set(netns.routes.map(routeKey));
  const ids = new Set(netns.routes.map(({ id }) => id));
  const links = new Map(netns.links.map((link) => [link.name, link]));
  const derived: Route[] = [];
  for (const address of addresses) {
    const link = links.get(address.link);
    if (link === undefined) continue;
    if (!link.up && address.prefixLength === 32) {
      const route = hostRoute(address);
      if (!ids.has(route.id)) derived.push(route);
      continue;
    }
    for (const route of addressRoutes(address, link, addresses)) {
      const key = routeKey(route);
      if (known.has(key)) continue;
      known.add(key);
      derived.push(route);
    }
  }
  return { ...netns, addresses, routes: [...netns.routes, ...derived] };
}

const hostRoutes = new WeakMap<InterfaceAddress, Route>();

/** All that a single address on a device that is down brings; namespaces that share the address share it. */
function hostRoute(address: InterfaceAddress): Route {
  const known = hostRoutes.get(address);
  if (known !== undefined) return known;
  const { address: source, link: dev } = address;
  const route: Route = {
    owner: 'kernel',
    dev,
    source,
    metric: 0,
    protocol: 'kernel',
    id: `kernel:local:${source}/32:${dev}`,
    table: LOCAL_TABLE,
    type: 'local',
    destination: hostPrefix(source),
    scope: 'host',
  };
  hostRoutes.set(address, route);
  return route;
}

function withLoopbackAddress(netns: Netns): readonly InterfaceAddress[] {
  const loopback = netns.links.find((link) => link.kind === 'loopback' && link.up);
  if (loopback === undefined || netns.addresses.some((address) => address.link === loopback.name))
    return netns.addresses;
  const address: InterfaceAddress = {
    id: `kernel:${loopback.name}:${LOOPBACK}`,
    owner: 'kernel',
    link: loopback.name,
    address: LOOPBACK,
    prefixLength: 8,
    scope: 'host',
  };
  return [address, ...netns.addresses];
}

/** The first address of the same subnet on the same link; every later one is secondary to it. */
function primaryOf(address: InterfaceAddress, all: readonly InterfaceAddress[]): InterfaceAddress {
  if (address.prefixLength === 32) return address;
  const same = (other: InterfaceAddress): boolean =>
    other.link === address.link &&
    other.prefixLength === address.prefixLength &&
    prefixContains({ address: address.address, length: address.prefixLength }, other.address);
  return all.find(same) ?? address;
}

/** The routes that one address brings (fib_add_ifaddr). @param all the namespace's addresses, in their order. */
export function addressRoutes(
  address: InterfaceAddress,
  link: Link,
  all: readonly InterfaceAddress[],
): readonly Route[] {
  return routesOf(address, link, primaryOf(address, all));
}

function routesOf(address: InterfaceAddress, link: Link, primary: InterfaceAddress): readonly Route[] {
  const routes: Route[] = [];
  // Of IPv6 a namespace has only the addresses yet.
  if (familyOf(address.address) === 'IPv6') return routes;
  const source = primary.address;
  const add = (type: 'local' | 'broadcast' | 'unicast', destination: Route['destination']): void => {
    const table = type === 'unicast' ? MAIN_TABLE : LOCAL_TABLE;
    const scope = type === 'local' ? 'host' : 'link';
    const id = `kernel:${type}:${destination.address}/${destination.length}:${link.name}`;
    // written out: a Service's address is one of thousands
    routes.push({
      id,
      owner: 'kernel',
      table,
      type,
      destination,
      dev: link.name,
      source,
      scope,
      metric: 0,
      protocol: 'kernel',
    });
  };
  add('local', hostPrefix(address.address));
  if (!link.up) return routes;
  const prefix = networkOf({ address: address.address, length: address.prefixLength });
  if (address.broadcast !== undefined && address.broadcast !== LIMITED_BROADCAST)
    add('broadcast', hostPrefix(address.broadcast));
  const hasPrefix = address.prefixLength < 32 || prefix.address !== address.address;
  if (primary !== address || !hasPrefix || ipv4ToNumber(prefix.address) >>> 24 === 0) return routes;
  if (!address.prefixRouteDeleted) add(link.kind === 'loopback' ? 'local' : 'unicast', prefix);
  if (address.prefixLength < 31) add('broadcast', hostPrefix(lastAddress(prefix)));
  return routes;
}

/** Equal for routes that cannot both be in a table, as far as the kernel's own are concerned. */
export function routeKey(route: Route): string {
  const { destination, table, metric, dev, type } = route;
  const network = (ipv4ToNumber(destination.address) & ipv4Mask(destination.length)) >>> 0;
  return `${table} ${type} ${network}/${destination.length} ${dev ?? ''} ${metric}`;
}
