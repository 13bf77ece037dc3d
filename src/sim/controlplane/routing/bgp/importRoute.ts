import type { BgpPeer } from '../../../../datamodel/bgp/plan.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';
import type { BgpAttributes } from '../../../../wire/bgpAttribute.ts';
import { DEFAULT_LOCAL_PREF } from './decision.ts';
import type { RouteProtocol, RouteSource, TableRoute } from './route.ts';
import type { Table } from './table.ts';

/** The session that a route comes in by, or goes out by. */
export interface RoutingSession {
  readonly peer: BgpPeer;
  readonly protocol: RouteProtocol;
  readonly routerId: IpAddress;
  /** The interface on whose subnet an address is, while it is up. */
  deviceTowards(address: IpAddress): string | undefined;
}

interface ImportContext {
  readonly prefix: IpPrefix;
  readonly source: RouteSource;
  readonly session: RoutingSession;
  readonly table: Pick<Table, 'resolve'>;
  /** Nanoseconds of virtual time. */
  readonly now: number;
}

/**
 * The route that a neighbour announced, as it enters the table.
 * @returns undefined when it has been here already (own AS in its path, own identifier or cluster) or its next hop is
 * of no use, which withdraws what was there.
 */
export function importRoute(
  attributes: BgpAttributes,
  { prefix, source, session, table, now }: ImportContext,
): TableRoute | undefined {
  const { peer, protocol, routerId } = session;
  const { nextHop } = attributes;
  if (!nextHop || hasLooped(attributes, session)) return undefined;
  const internal = protocol.bgp?.internal ?? false;
  const entered: BgpAttributes = {
    ...attributes,
    localPref: internal ? (attributes.localPref ?? DEFAULT_LOCAL_PREF) : DEFAULT_LOCAL_PREF,
  };
  const common = { destination: prefix, source, attributes: entered, since: now };
  if (peer.multihop) return { ...common, ...table.resolve(nextHop), recursive: nextHop };
  if (nextHop === routerId || nextHop === peer.localAddress) return undefined;
  const device = session.deviceTowards(nextHop);
  if (device === undefined) return undefined;
  return { ...common, type: 'unicast', nextHops: [{ gateway: nextHop, device }], igpMetric: 0 };
}

/** RFC 4271 section 9.1.2 and RFC 4456 section 8. */
function hasLooped(
  { asPath, originatorId, clusterList }: BgpAttributes,
  { peer, protocol, routerId }: RoutingSession,
): boolean {
  if (asPath?.some(({ ases }) => ases.includes(peer.localAs))) return true;
  if (!protocol.bgp?.internal) return false;
  const cluster = protocol.bgp.clusterId;
  return originatorId === routerId || (cluster !== undefined && (clusterList?.includes(cluster) ?? false));
}
