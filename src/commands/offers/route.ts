import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import { type EntryId, MAIN_TABLE, type Route, routeDevices } from '../../datamodel/network/tables.ts';
import { familyOf, formatPrefix, prefixContains } from '../../wire/address.ts';
import { commandLine } from './quote.ts';

/** An MTU that every path here has room for, and a tunnel's packets have not. */
const SMALL_MTU = 1400;

/** What can be done to one route of the main table. */
export function routeOffers({ routes }: Netns, entry: EntryId): readonly Offer[] {
  const route = routes.find(({ id, table }) => id === entry && table === MAIN_TABLE);
  if (route === undefined || familyOf(route.destination.address) !== 'IPv4') return [];
  return [
    { label: 'Delete this route', line: commandLine('ip', 'route', 'del', ...words(route)), destructive: true },
    ...replacements(routes, route),
  ];
}

/** `replace` takes the place of the first route with this prefix and metric: of others it would be a lie. */
function replacements(routes: readonly Route[], route: Route): readonly Offer[] {
  const siblings = routes.filter((other) => samePlace(other, route));
  if (siblings[0] !== route) return [];
  const instead = (type: 'blackhole' | 'unreachable', label: string): readonly Offer[] =>
    siblings.some((other) => other.type === type)
      ? []
      : [{ label, line: commandLine('ip', 'route', 'replace', type, destination(route), ...metric(route)) }];
  return [
    ...instead('blackhole', 'Make it a blackhole: silence'),
    ...instead('unreachable', 'Make it unreachable: ICMP errors'),
    ...(route.type === 'unicast' && route.mtu !== SMALL_MTU && isReachable(routes, route)
      ? [
          {
            label: `Give it an MTU of ${SMALL_MTU}`,
            line: commandLine('ip', 'route', 'change', ...words({ ...route, mtu: SMALL_MTU })),
          },
        ]
      : []),
  ];
}

/** What can be done to all routes of a device, and to what ICMP errors have taught. */
export function routeTableOffers({ routes }: Netns, runtime: RuntimeTables | undefined): readonly Offer[] {
  const devices = new Set(routes.flatMap((route) => (route.table === MAIN_TABLE ? routeDevices(route) : [])));
  return [
    ...[...devices].map(
      (dev): Offer => ({
        label: `Delete all routes over ${dev}`,
        line: commandLine('ip', 'route', 'flush', 'dev', dev),
        destructive: true,
      }),
    ),
    ...((runtime?.pathMtus.length ?? 0) > 0
      ? [{ label: 'Forget the path MTUs that ICMP errors taught', line: 'ip route flush cache' }]
      : []),
  ];
}

/** A route as `ip route add` and `del` take it. */
function words(route: Route): readonly (string | number)[] {
  const { type, via, dev, nexthops = [], protocol, scope, source, onlink, mtu } = route;
  return [
    ...(type === 'unicast' ? [] : [type]),
    destination(route),
    ...(via === undefined ? [] : ['via', via]),
    ...(dev === undefined ? [] : ['dev', dev]),
    ...(protocol === 'boot' ? [] : ['proto', protocol]),
    ...(scope === 'global' ? [] : ['scope', scope]),
    ...(source === undefined ? [] : ['src', source]),
    ...metric(route),
    ...(onlink ? ['onlink'] : []),
    ...(mtu === undefined ? [] : ['mtu', mtu]),
    ...nexthops.flatMap((hop) => [
      'nexthop',
      ...(hop.via === undefined ? [] : ['via', hop.via]),
      'dev',
      hop.dev,
      'weight',
      hop.weight,
    ]),
  ];
}

function destination({ destination: prefix }: Route): string {
  return prefix.length === 0 ? 'default' : formatPrefix(prefix);
}

function metric({ metric: value }: Route): readonly (string | number)[] {
  return value === 0 ? [] : ['metric', value];
}

/** The kernel takes no route whose gateway is not on a link of its device, as it may no longer be after other edits. */
function isReachable(routes: readonly Route[], { via, dev, onlink, nexthops }: Route): boolean {
  if (nexthops) return nexthops.every((hop) => isOnLink(routes, hop.dev, hop.via));
  return onlink || isOnLink(routes, dev, via);
}

function isOnLink(routes: readonly Route[], dev: string | undefined, via: Route['via']): boolean {
  if (via === undefined) return true;
  return routes.some((link) => link.dev === dev && link.scope === 'link' && prefixContains(link.destination, via));
}

function samePlace(a: Route, b: Route): boolean {
  return a.table === b.table && a.metric === b.metric && formatPrefix(a.destination) === formatPrefix(b.destination);
}
