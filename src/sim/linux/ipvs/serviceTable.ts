import type { RealServer, VirtualServer } from '../../../datamodel/network/ipvs.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { IpvsEnd } from '../../../datamodel/network/runtime.ts';
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
