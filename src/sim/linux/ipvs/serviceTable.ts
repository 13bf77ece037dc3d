import type { RealServer, VirtualServer } from '../../../datamodel/network/ipvs.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { IpvsConnection, IpvsEnd } from '../../../datamodel/network/runtime.ts';
import { familyOf, type IpAddress, ipv4ToNumber } from '../../../wire/address.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';

/** Keyed by {@link keyOf}. */
type ServiceTable = ReadonlyMap<number | string, VirtualServer>;

const tables = new WeakMap<readonly VirtualServer[], ServiceTable>();

/** The virtual server that packets to an address and port come to (ip_vs_service_find). */
export function findVirtualServer(
  config: Netns,
  protocol: number,
  { address, port }: IpvsEnd,
): VirtualServer | undefined {
  const servers = config.virtualServers;
  if (servers === undefined) return undefined;
  const known = tables.get(servers) ?? indexServers(servers);
  tables.set(servers, known);
  return known.get(keyOf(protocol, address, port));
}

function indexServers(servers: readonly VirtualServer[]): ServiceTable {
  return new Map(servers.map((server) => [keyOf(IpProtocol[server.protocol], server.address, server.port), server]));
}

/** Protocol, address and port; of IPv4 in one number, which 53 bits have room for. */
function keyOf(protocol: number, address: IpAddress, port: number): number | string {
  if (familyOf(address) === 'IPv6') return `${protocol} ${address} ${port}`;
  return (ipv4ToNumber(address) * 4 + (protocol & 3)) * 65_536 + port;
}

/** The virtual server's real server at an end, while it has it (ip_vs_lookup_dest). */
export function realServerAt(server: VirtualServer | undefined, end: IpvsEnd): RealServer | undefined {
  return server?.realServers.find(({ address, port }) => address === end.address && port === end.port);
}

/**
 * Whether a connection's real server has gone from a virtual server that is still there, and the kernel is not to wait for its
 * next packet (ip_vs_expire_nodest_conn_flush, since Linux 5.9).
 */
export function isWithoutServer(config: Netns, { protocol, virtual, destination }: IpvsConnection): boolean {
  if (config.sysctls['net.ipv4.vs.expire_nodest_conn'] !== '1') return false;
  const server = findVirtualServer(config, protocol, virtual);
  return server !== undefined && realServerAt(server, destination) === undefined;
}
