import type { RealServer, VirtualServer } from '../../../datamodel/network/ipvs.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { IpvsEnd } from '../../../datamodel/network/runtime.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';

type ServiceTable = ReadonlyMap<string, VirtualServer>;

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
  return known.get(`${protocol} ${address} ${port}`);
}

function indexServers(servers: readonly VirtualServer[]): ServiceTable {
  return new Map(servers.map((server) => [`${IpProtocol[server.protocol]} ${server.address} ${server.port}`, server]));
}

/** The virtual server's real server at an end, while it has it (ip_vs_lookup_dest). */
export function realServerAt(server: VirtualServer | undefined, end: IpvsEnd): RealServer | undefined {
  return server?.realServers.find(({ address, port }) => address === end.address && port === end.port);
}
