import { keptWith, once } from '../../base/kept.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type {
  ConntrackEntry,
  IpvsConnection,
  RuntimeTables,
  WireguardSession,
} from '../../datamodel/network/runtime.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { isWithoutServer } from './ipvs/serviceTable.ts';
import { dynamicList } from './netfilter/nft/dynamicList.ts';

/** Whether what a kernel remembers still belongs to something that its configuration has. */
export interface Remains {
  /** A list of `-m recent`, or a dynamic set of nft. */
  hasList(name: string): boolean;
  hasVirtualServer(id: EntryId): boolean;
  readonly hasPrograms: boolean;
  /** A WireGuard device that is up, with that peer. */
  hasPeer(session: WireguardSession): boolean;
}

/**
 * What goes together with its owner: a list of `-m recent` with the last rule that names it (xt_recent.c,
 * recent_mt_destroy), a dynamic set with its table, a scheduler's place with its virtual server, eBPF's maps with the programs,
 * WireGuard's sessions with the peer, or when the device goes down (device.c, wg_stop).
 *
 * Connections go with nobody, but for those of IPVS whose real server is taken from its virtual server. They outlast the
 * virtual servers themselves (ip_vs_ctl.c, ip_vs_flush): with the last of these its hooks are unregistered, nothing reads the
 * connections any more, and their time runs out. conntrack's keep the endpoint that nat gave them, whose rule it was.
 */
export const remainsOf = keptWith((netns: Netns): Remains => {
  const lists = once(() => listsOf(netns));
  const servers = once(() => new Set((netns.virtualServers ?? []).map(({ id }) => id)));
  return {
    hasList: (name) => lists().has(name),
    hasVirtualServer: (id) => servers().has(id),
    hasPrograms: netns.ebpf !== undefined,
    hasPeer: ({ dev, peer }) =>
      netns.links.some(
        (link) =>
          link.kind === 'wireguard' &&
          link.name === dev &&
          link.up &&
          link.peers.some((each) => each.publicKey === peer),
      ),
  };
});

/** What a kernel still remembers once it is configured so; the same when that is everything. */
export function remainingTables(tables: RuntimeTables, netns: Netns): RuntimeTables {
  const { hasList, hasVirtualServer, hasPrograms, hasPeer } = remainsOf(netns);
  const recent = tables.recent.filter(({ list }) => hasList(list));
  const scheduling = tables.scheduling?.filter(({ id }) => hasVirtualServer(id));
  const ebpf = hasPrograms ? tables.ebpf : undefined;
  const unserved = tables.ipvs?.filter((connection) => isWithoutServer(netns, connection)) ?? [];
  const wireguard = tables.wireguard?.filter(hasPeer);
  const isSame =
    unserved.length === 0 &&
    recent.length === tables.recent.length &&
    scheduling?.length === tables.scheduling?.length &&
    ebpf?.length === tables.ebpf?.length &&
    wireguard?.length === tables.wireguard?.length;
  if (isSame) return tables;
  const { scheduling: _, ebpf: __, wireguard: ___, ipvs, ...rest } = tables;
  const isAllServed = unserved.length === 0;
  const connections = isAllServed ? ipvs : ipvs?.filter((connection) => !unserved.includes(connection));
  return {
    ...rest,
    recent,
    conntrack: isAllServed ? rest.conntrack : rest.conntrack.filter((entry) => !isOneOf(unserved, entry)),
    ...(connections?.length && { ipvs: connections }),
    ...(scheduling?.length && { scheduling }),
    ...(ebpf?.length && { ebpf }),
    ...(wireguard?.length && { wireguard }),
  };
}

/** What conntrack knows of a connection goes with it (ip_vs_conn_drop_conntrack). */
function isOneOf(connections: readonly IpvsConnection[], { original }: ConntrackEntry): boolean {
  return connections.some(
    ({ protocol, client, virtual, tracked, template }) =>
      tracked &&
      !template &&
      protocol === original.protocol &&
      client.address === original.source &&
      client.port === original.sourcePort &&
      virtual.address === original.destination &&
      virtual.port === original.destinationPort,
  );
}

function listsOf({ netfilter, nftables = [] }: Netns): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { chains } of netfilter) {
    for (const { rules } of chains) {
      for (const { matches } of rules) for (const match of matches) if (match.type === 'recent') names.add(match.name);
    }
  }
  for (const table of nftables) {
    for (const set of table.sets.values()) if (set.dynamic) names.add(dynamicList(table, set));
  }
  return names;
}

/** Whether any of it goes when what it belongs to does. */
export function hasGuests({ recent, ipvs, scheduling, ebpf, wireguard }: RuntimeTables): boolean {
  return recent.length > 0 || (ipvs ?? scheduling ?? ebpf ?? wireguard) !== undefined;
}
