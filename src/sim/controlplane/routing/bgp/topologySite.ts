import type { BgpAlienRoute, BgpInterface, BgpLink } from '../../../../datamodel/bgp/plan.ts';
import type { BgpSite, BgpSiteNode, BgpSiteRouter, CalicoBgp, CalicoBgpPeer } from '../../../../datamodel/bgp/site.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { Topology, TopologyMachine } from '../../../../datamodel/network/topology.ts';
import { formatPrefix, type IpPrefix, ipPrefix, parseIpAddress } from '../../../../wire/address.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
/** RTPROT_BOOT: what `ip route add` writes. */
const BOOT = 3;
const CLUSTER_ID = 'projectcalico.org/RouteReflectorClusterID';

/** What of a node the topology does not say. */
export interface SiteNode {
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly blocks: readonly IpPrefix[];
  /** Addresses of other nodes' blocks that Pods here have, with their veths. */
  readonly borrowed: readonly { readonly destination: IpPrefix; readonly device: string }[];
}

/** The machines and cables between which BGP runs. @param nodes by name; those without run no BIRD. */
export function topologySite(topology: Topology, nodes: ReadonlyMap<string, SiteNode>): BgpSite {
  const names = namesOf(topology);
  return {
    nodes: topology.machines.flatMap((machine) => {
      const node = nodes.get(machine.node);
      return node ? [siteNode(machine, node)] : [];
    }),
    routers: topology.routers.flatMap((router): readonly BgpSiteRouter[] => {
      const interfaces = interfacesOf(topology, router.netns);
      // A switch that is no router has no address, and its cables are one link.
      if (interfaces.length === 0) return [];
      return [{ name: router.name, interfaces, routes: [], ...(router.as !== undefined && { as: router.as }) }];
    }),
    links: topology.links.map(
      ({ name, kind, ends }): BgpLink => ({
        name,
        kind,
        ends: ends.flatMap(({ netns, device, address }) => {
          const speaker = names.get(netns);
          return speaker === undefined || !address ? [] : [{ speaker, interface: device }];
        }),
      }),
    ),
  };
}

/** Speakers' names by the namespaces that they live in. */
export function namesOf({ routers, machines }: Topology): ReadonlyMap<NetnsId, string> {
  return new Map([
    ...machines.map(({ netns, node }) => [netns, node] as const),
    ...routers.map(({ netns, name }) => [netns, name] as const),
  ]);
}

/**
 * A fabric that is made for BGP has it spoken to the top of the rack and not among the nodes: BGPPeers to the racks'
 * routers in place of the mesh, unless somebody has said who peers with whom, or tunnels make the fabric's knowledge needless.
 */
export function fabricBgp(topology: Topology, config: CalicoBgp): CalicoBgp {
  if (config.peers.length > 0 || isTunnelled(config)) return config;
  const ases = new Map(topology.routers.map(({ netns, as }) => [netns, as]));
  const peers = topology.machines.flatMap(({ node, gateway, router }): readonly CalicoBgpPeer[] => {
    const as = ases.get(router);
    return as === undefined ? [] : [{ node, peer: { address: gateway, as } }];
  });
  return peers.length === 0 ? config : { ...config, mesh: false, peers };
}

/** A route that a router announced leads to that router: through a tunnel it would end there. */
function isTunnelled({ pools, kernel }: CalicoBgp): boolean {
  const wrapped = new Set((kernel?.tunnels ?? []).map(({ prefix }) => formatPrefix(prefix)));
  return wrapped.size > 0 && pools.every((pool) => wrapped.has(formatPrefix(pool)));
}

function siteNode(machine: TopologyMachine, { labels, annotations, blocks, borrowed }: SiteNode): BgpSiteNode {
  const { node, device, address, gateway } = machine;
  const toDefault: BgpAlienRoute = { destination: DEFAULT_ROUTE, gateway, device, protocol: BOOT, metric: 0 };
  const own = Number(annotations.get('projectcalico.org/ASNumber')) || machine.as;
  const cluster = parseIpAddress(annotations.get(CLUSTER_ID) ?? '');
  return {
    name: node,
    labels,
    address: address.address,
    interfaces: [{ name: device, addresses: [address] }],
    routes: [toDefault, ...borrowed.map((route) => ({ ...route, protocol: BOOT, metric: 0 }))],
    blocks,
    ...(own !== undefined && { as: own }),
    ...(cluster !== undefined && { clusterId: cluster }),
  };
}

function interfacesOf({ links }: Topology, netns: NetnsId): readonly BgpInterface[] {
  const interfaces = new Map<string, IpPrefix[]>();
  for (const { ends } of links) {
    for (const { netns: owner, device, address } of ends) {
      if (owner !== netns || !address) continue;
      interfaces.set(device, [...(interfaces.get(device) ?? []), address]);
    }
  }
  return [...interfaces].map(([name, addresses]) => ({ name, addresses }));
}
