import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { LOCAL_TABLE, MAIN_TABLE, type Nexthop, type Route, type TunnelKey } from '../datamodel/network/tables.ts';
import { addressBits, compareAddresses, familyOf, formatPrefix, ipAddress } from '../wire/address.ts';

/** What need not be said of a route, because it was asked for. */
export type KnownOfRoute = ReadonlySet<'dev' | 'via' | 'protocol' | 'scope' | 'source' | 'metric'>;

/**
 * What `ip route` prints: the main table in the order of the kernel's trie, with the space that iproute2 leaves at the end
 * of each line. The namespace must hold the kernel's own (connected) routes too.
 */
export function printIpRoute(netns: Netns): readonly PrintedLine[] {
  return printRoutes(
    netns.routes.filter((route) => route.table === MAIN_TABLE),
    new Set(),
    false,
    pulledCards(netns),
  );
}

/** Cards whose cable is out: `ip route` says `linkdown` of routes over them. */
export function pulledCards({ links }: Netns): ReadonlySet<string> {
  return new Set(links.flatMap((link) => (link.kind === 'physical' && link.cable === 'pulled' ? [link.name] : [])));
}

/** Routes in the order in which `ip route` has them. @param tables says which table a route is in. */
export function printRoutes(
  routes: readonly Route[],
  known: KnownOfRoute = new Set(),
  tables = false,
  pulled: ReadonlySet<string> = new Set(),
): readonly PrintedLine[] {
  return routes
    .toSorted((a, b) => a.table - b.table || compareRoutes(a, b))
    .flatMap((route) =>
      [
        `${printRoute(route, known, tables)}${linkDown(route.dev, pulled)}`,
        ...(route.nexthops ?? []).map((hop) => `${printNexthop(hop)}${linkDown(hop.dev, pulled)}`),
      ].map((text) => ({
        text,
        entry: route.id,
      })),
    );
}

/** One line, as iproute.c's print_route lays it out. */
export function printRoute(route: Route, known: KnownOfRoute = new Set(), tables = false): string {
  const { destination } = route;
  const whole = addressBits(familyOf(destination.address));
  const words: string[] = route.type === 'unicast' ? [] : [route.type];
  if (destination.length === 0) words.push('default');
  else words.push(destination.length === whole ? destination.address : formatPrefix(destination));
  if (route.encap) words.push(encapsulation(route.encap));
  if (route.via && !known.has('via')) words.push(`via ${route.via}`);
  if (route.dev && !known.has('dev')) words.push(`dev ${route.dev}`);
  if (tables && route.table !== MAIN_TABLE) words.push(`table ${tableName(route.table)}`);
  // boot is what `ip route add` and netlink libraries write, and goes without saying.
  if (route.protocol !== 'boot' && !known.has('protocol')) words.push(`proto ${route.protocol}`);
  if (route.scope !== 'global' && !known.has('scope')) words.push(`scope ${route.scope}`);
  if (route.source && !known.has('source')) words.push(`src ${route.source}`);
  if (route.metric !== 0 && !known.has('metric')) words.push(`metric ${route.metric}`);
  if (route.onlink) words.push('onlink');
  if (route.mtu !== undefined) words.push(`mtu ${route.mtu}`);
  return `${words.join(' ')} `;
}

function linkDown(dev: string | undefined, pulled: ReadonlySet<string>): string {
  return dev !== undefined && pulled.has(dev) ? 'linkdown ' : '';
}

/** A way of several, on a line of its own (print_rta_multipath). */
function printNexthop({ via, dev, weight }: Nexthop): string {
  return `\tnexthop ${via === undefined ? '' : `via ${via} `}dev ${dev} weight ${weight} `;
}

/** A lightweight tunnel, with the space that iproute2 writes in front of it (lwt_print_encap). */
function encapsulation({ id, local = ipAddress('0.0.0.0'), remote, ttl, tos, checksum }: TunnelKey): string {
  return ` encap ip id ${id} src ${local} dst ${remote} ttl ${ttl} tos ${tos}${checksum ? ' csum' : ''}`;
}

function tableName(table: number): string {
  return table === LOCAL_TABLE ? 'local' : table === 253 ? 'default' : String(table);
}

function compareRoutes(a: Route, b: Route): number {
  return (
    compareAddresses(a.destination.address, b.destination.address) ||
    // `default` stands before everything; else the longer of two prefixes at one address stands first.
    Number(b.destination.length === 0) - Number(a.destination.length === 0) ||
    b.destination.length - a.destination.length ||
    a.metric - b.metric
  );
}
