import type { BgpPeer, BgpPrefixPattern } from '../../../../datamodel/bgp/plan.ts';
import { type IpAddress, type IpPrefix, prefixContains } from '../../../../wire/address.ts';
import type { BgpAsSegment, BgpAttributes } from '../../../../wire/bgpAttribute.ts';
import { DEFAULT_LOCAL_PREF } from './decision.ts';
import type { RouteProtocol, TableRoute } from './route.ts';

/** Well-known communities, RFC 1997. */
const NO_EXPORT = 0xffffff01;
const NO_ADVERTISE = 0xffffff02;
const NO_EXPORT_SUBCONFED = 0xffffff03;

/** Whether a filter lets a prefix through: `net ~ [ 10.244.0.0/16{26,32} ]`. */
export function matchesAny(patterns: readonly BgpPrefixPattern[], prefix: IpPrefix): boolean {
  return patterns.some(
    (pattern) =>
      prefix.length >= pattern.from && prefix.length <= pattern.to && prefixContains(pattern.prefix, prefix.address),
  );
}

/**
 * Whether a session announces a route: never one of its own, and inside an AS none that came from inside it, but as a
 * route reflector from or to a client (RFC 4456 section 6; `bgp_preexport`).
 */
export function mayExport(route: TableRoute, session: RouteProtocol, peer: BgpPeer): boolean {
  const from = route.source.protocol;
  const to = session.bgp;
  if (from === session || !to) return false;
  if (from.bgp?.internal && to.internal && from.bgp.localAs === to.localAs) {
    if (!from.bgp.clusterId && !to.clusterId) return false;
    if (to.clusterId && route.attributes?.clusterList?.includes(to.clusterId)) return false;
  }
  const communities = from.bgp ? (route.attributes?.communities ?? []) : [];
  if (communities.includes(NO_ADVERTISE)) return false;
  if (!to.internal && (communities.includes(NO_EXPORT) || communities.includes(NO_EXPORT_SUBCONFED))) return false;
  return matchesAny(peer.exports, route.destination);
}

/**
 * The attributes with which a session announces a route (`bgp_update_attrs`).
 * @returns undefined when there is no next hop that the neighbour could use, which withdraws the route.
 */
export function exportedAttributes(
  route: TableRoute,
  session: RouteProtocol,
  peer: BgpPeer,
): BgpAttributes | undefined {
  const to = session.bgp;
  const from = route.source.protocol.bgp;
  if (!to) return undefined;
  const had = route.attributes ?? {};
  const nextHop = exportedNextHop(route, session, peer);
  if (nextHop === to.neighbor) return undefined;
  const reflected = from?.internal && to.internal && from.localAs === to.localAs;
  const clusters = reflected ? prependClusters(had.clusterList ?? [], from.clusterId, to.clusterId) : had.clusterList;
  const originator = had.originatorId ?? (reflected ? from.neighborId : undefined);
  const keepsMed = to.internal && had.med !== undefined;
  return {
    origin: had.origin ?? 'IGP',
    asPath: to.internal ? (had.asPath ?? []) : prependAs(had.asPath ?? [], to.localAs),
    nextHop,
    ...(keepsMed && { med: had.med }),
    ...(to.internal && { localPref: had.localPref ?? DEFAULT_LOCAL_PREF }),
    ...(had.communities && { communities: had.communities }),
    ...(to.internal && originator && { originatorId: originator }),
    ...(to.internal && clusters && clusters.length > 0 && { clusterList: clusters }),
    ...(had.others && { others: had.others }),
  };
}

/** `next hop self`, else the next hop that it came with inside an AS or on a shared subnet, else the own address. */
function exportedNextHop(route: TableRoute, session: RouteProtocol, peer: BgpPeer): IpAddress {
  const to = session.bgp;
  const carried = route.attributes?.nextHop;
  const [hop, ...further] = route.nextHops;
  if (!to || peer.nextHopSelf) return peer.localAddress;
  const shared = (device: string | undefined) => device !== undefined && device === to.device;
  if (carried && (to.internal || shared(route.source.protocol.bgp?.device))) return carried;
  const gateway = route.type === 'unicast' && further.length === 0 ? hop?.gateway : undefined;
  if (gateway && (to.internal || shared(hop?.device))) return gateway;
  return peer.localAddress;
}

function prependAs(path: readonly BgpAsSegment[], as: number): readonly BgpAsSegment[] {
  const [first, ...rest] = path;
  if (first?.kind === 'sequence' && first.ases.length < 255) return [{ ...first, ases: [as, ...first.ases] }, ...rest];
  return [{ kind: 'sequence', ases: [as] }, ...path];
}

/** The cluster that it came from, then that which it goes to if it is another one. */
function prependClusters(
  list: readonly IpAddress[],
  from: IpAddress | undefined,
  to: IpAddress | undefined,
): readonly IpAddress[] {
  const clusters = from ? [from, ...list] : [...list];
  return to && to !== from ? [to, ...clusters] : clusters;
}
