import type { Netns } from '../../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { Nexthop, Route } from '../../../../datamodel/network/tables.ts';
import type { TopologyMachine, TopologyRouter } from '../../../../datamodel/network/topology.ts';
import { familyOf, hostPrefix, type IpPrefix, ipPrefix, networkOf, prefixContains } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { mainRoute } from '../../netnsParts.ts';
import { distantPorts, edgeRoutes, NIC, neighborPorts } from './outsidePorts.ts';
import { makeRouter, type RouterPort } from './routerNetns.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
/** Flows, not hosts, are spread over the spines. */
const BY_PORTS = { 'net.ipv4.fib_multipath_hash_policy': '1' };

/** All routers of the fabric, with static routes to where the nodes are: nothing else is known to them by themselves. */
export function leafSpineRouters(plan: ClusterPlan): readonly (readonly [NetnsId, () => Netns])[] {
  return plan.underlay.topology.routers.map((router) => [
    router.netns,
    () => (router.role === 'spine' ? spineNetns(plan, router) : rackNetns(plan, router)),
  ]);
}

function rackNetns(plan: ClusterPlan, { netns }: TopologyRouter): Netns {
  const { underlay } = plan;
  const { machines } = underlay.topology;
  const { ports, nexthops } = fabricPorts(plan, netns);
  const isEdge = netns === underlay.edge;
  const own = machines.filter(({ router }) => router === netns);
  const others = machines.filter(({ router }) => router !== netns);
  return makeRouter(plan, {
    netns,
    segments: isEdge
      ? [
          {
            bridge: 'br0',
            gateway: { address: underlay.gateway, length: underlay.prefix.length },
            ports: neighborPorts(underlay),
          },
        ]
      : [],
    ports: [
      ...ports,
      ...own.map(({ netns: peer, port, gateway, address }) => ({
        device: port,
        peer: { netns: peer, link: NIC },
        addresses: [{ address: gateway, length: address.length }],
      })),
      ...(isEdge ? distantPorts(underlay) : []),
    ],
    routes: [
      ...own.flatMap(({ port, ...machine }) =>
        further(plan, machine).map((prefix) => mainRoute('host', prefix, { dev: port, scope: 'link' })),
      ),
      ...others.flatMap((machine) => reach(plan, machine).map((prefix) => spread(prefix, nexthops))),
      ...(isEdge ? edgeRoutes(underlay) : [spread(DEFAULT_ROUTE, nexthops)]),
    ],
    sysctls: BY_PORTS,
  });
}

/** A spine knows by which rack everybody is reached; whom it does not know may be outside, which the first rack leads to. */
function spineNetns(plan: ClusterPlan, { netns }: TopologyRouter): Netns {
  const { underlay } = plan;
  const { ports, nexthops, byRouter } = fabricPorts(plan, netns);
  const [first] = nexthops;
  return makeRouter(plan, {
    netns,
    segments: [],
    ports,
    routes: [
      ...underlay.topology.machines.flatMap((machine) => {
        const way = byRouter.get(machine.router);
        return way ? reach(plan, machine).map((prefix) => spread(prefix, [way])) : [];
      }),
      ...(first ? [spread(DEFAULT_ROUTE, [byRouter.get(underlay.edge) ?? first])] : []),
    ],
    sysctls: BY_PORTS,
  });
}

/** A router's cables to other routers, and the ways that these are. */
function fabricPorts({ underlay }: ClusterPlan, netns: NetnsId) {
  const ports: RouterPort[] = [];
  const byRouter = new Map<NetnsId, Nexthop>();
  const routers = new Set(underlay.topology.routers.map((router) => router.netns));
  for (const { ends } of underlay.topology.links) {
    const own = ends.find((end) => end.netns === netns);
    const other = ends.find((end) => end.netns !== netns);
    if (!own?.address || !other?.address || !routers.has(other.netns)) continue;
    ports.push({ device: own.device, peer: { netns: other.netns, link: other.device }, addresses: [own.address] });
    byRouter.set(other.netns, { via: other.address.address, dev: own.device, weight: 1 });
  }
  return { ports, byRouter, nexthops: [...byRouter.values()] };
}

/** A static route by one way or by several of the same cost. */
function spread(destination: IpPrefix, nexthops: readonly Nexthop[]): Route {
  const [first, second] = nexthops;
  const { weight: _, ...one } = first ?? { weight: 1 };
  return { ...mainRoute('host', destination, second ? {} : one), protocol: 'static', ...(second && { nexthops }) };
}

/** What of a node has to be known elsewhere: its cable, and its further addresses. */
function reach(plan: ClusterPlan, machine: TopologyMachine): readonly IpPrefix[] {
  return [networkOf(machine.address), ...further(plan, machine)];
}

function further(plan: ClusterPlan, { node, address }: Pick<TopologyMachine, 'node' | 'address'>): readonly IpPrefix[] {
  const own = plan.nodes.get(node)?.node.internalIps ?? [];
  return own
    .filter((each) => familyOf(each) === 'IPv4' && !prefixContains(address, each))
    .map((each) => hostPrefix(each));
}
