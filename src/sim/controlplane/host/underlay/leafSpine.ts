import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import { routerNetns } from '../../../../datamodel/network/netnsId.ts';
import type { TopologyLink, TopologyMachine, TopologyRouter } from '../../../../datamodel/network/topology.ts';
import { type IpAddress, type IpPrefix, ipPrefix, networkOf } from '../../../../wire/address.ts';
import { nodeAddress } from '../../ipam/podAddresses.ts';
import { canKeep, fabricBase, fabricCable, MOST_RACKS, nodeEnd, otherEnd, SPINES } from './fabric.ts';
import { firstApart, following } from './freeSubnet.ts';
import { groupNodes, subnetOf } from './groups.ts';
import { leafSpineRouters } from './leafSpineRouters.ts';
import { NIC } from './outsidePorts.ts';
import type { Placement, UnderlayInput, UnderlayProvider } from './provider.ts';
import { renumber } from './renumber.ts';
import { planHostsOn } from './subnetPlan.ts';
import type { UnderlayPlan } from './underlayPlan.ts';
import { usedRanges } from './usedRanges.ts';

const SPINE_AS = 65_000;
const FIRST_RACK_AS = 65_101;
const FIRST_NODE_AS = 64_601;
/** Beyond the 16-bit numbers for private use that are below the spines' (RFC 6996). */
const FIRST_LONG_AS = 4_200_000_000;
const CABLE_LENGTH = 31;
const CLIENTS = ipPrefix('192.168.1.0/24');

/**
 * Racks with a router at the top of each, all of them connected to both spines: every cable a subnet of its own, every router an
 * autonomous system. Hosts outside of the cluster stand in the first rack.
 */
export const leafSpine: UnderlayProvider = {
  nicMtu: 1500,
  place,
  plan,
  namespaces: leafSpineRouters,
};

/**
 * Racks are subnets, where the nodes' addresses say so, or what labels say, or two. Nodes get the addresses of their cables,
 * unless those that they have can be such.
 */
function place(objects: ClusterObjects): Placement {
  const { nodes } = objects;
  const groups = groupNodes(nodes, MOST_RACKS);
  const addresses = nodes.flatMap((node) => nodeAddress(node) ?? []);
  const base = fabricBase(rangesOf(objects));
  const areApart = new Set(addresses.map(subnetOf)).size > 1;
  if (areApart && canKeep(nodes, addresses, base)) return { objects, groups };
  return { objects: renumber(objects, new Map(addresses.map((address, n) => [address, nodeEnd(base, n)]))), groups };
}

function rangesOf(objects: ClusterObjects): readonly IpPrefix[] {
  return usedRanges({ ...objects, nodes: [] });
}

function plan({ machines, groups, own, outside }: UnderlayInput): UnderlayPlan {
  const base = fabricBase(own.filter(({ address }) => address.includes('.')));
  const racks = Math.max(1, ...[...groups.values()].map((group) => group + 1));
  const racksOf = Array.from({ length: racks }, (_, i) => i + 1);
  const spines = Array.from({ length: SPINES }, (_, i) => i + 1);
  const tor = (rack: number): TopologyRouter => ({
    netns: routerNetns(`t${rack}`),
    name: `t${rack}`,
    role: 'top-of-rack',
    routerId: otherEnd(fabricCable(base, 1, rack).address),
    as: FIRST_RACK_AS + rack - 1,
  });
  const spine = (number: number): TopologyRouter => ({
    netns: routerNetns(`s${number}`),
    name: `s${number}`,
    role: 'spine',
    routerId: fabricCable(base, number, 1).address,
    as: SPINE_AS,
  });
  const uplinks = racksOf.flatMap((rack) =>
    spines.map((number): TopologyLink => {
      const subnet = fabricCable(base, number, rack);
      return {
        name: `t${rack}-s${number}`,
        kind: 'cable',
        subnet,
        ends: [
          { netns: routerNetns(`t${rack}`), device: `to-s${number}`, address: end(otherEnd(subnet.address)) },
          { netns: routerNetns(`s${number}`), device: `to-t${rack}`, address: end(subnet.address) },
        ],
      };
    }),
  );
  const plugged = machines.map(
    ({ node, netns, address }, n): TopologyMachine => ({
      node: node.metadata.name,
      netns,
      device: NIC,
      address: end(address),
      gateway: otherEnd(address),
      router: routerNetns(`t${(groups.get(node.metadata.name) ?? 0) + 1}`),
      port: `to-${node.metadata.name}`,
      as: asOfNode(n),
    }),
  );
  const clients = clientPrefix(machines, own);
  const hosts = planHostsOn(clients, machines, own, outside);
  return {
    ...hosts,
    // every further address of a node is behind the cable that it has
    onLink: [],
    name: 'leaf-spine',
    topology: {
      routers: [...racksOf.map(tor), ...spines.map(spine)],
      links: [...uplinks, ...plugged.map(cableOf)],
      machines: plugged,
    },
    machines: new Map(plugged.map((machine) => [machine.node, machine])),
    edge: routerNetns('t1'),
    subnets: plugged.map(({ address }) => networkOf(address)),
    routers: [
      hosts.gateway,
      ...uplinks.flatMap(({ ends }) => ends.flatMap(({ address }) => address?.address ?? [])),
      ...plugged.map(({ gateway }) => gateway),
    ],
  };
}

function cableOf({ node, netns, device, address, router, port, gateway }: TopologyMachine): TopologyLink {
  return {
    name: `${node}-${router.slice(router.indexOf('/') + 1)}`,
    kind: 'cable',
    subnet: networkOf(address),
    ends: [
      { netns, device, address },
      { netns: router, device: port, address: end(gateway) },
    ],
  };
}

function end(address: IpAddress): IpPrefix {
  return { address, length: CABLE_LENGTH };
}

/** Where hosts outside are: on a subnet that nobody else has. */
function clientPrefix(machines: UnderlayInput['machines'], own: readonly IpPrefix[]): IpPrefix {
  const used = [...own, ...machines.map(({ address }) => end(address))].filter(({ address }) => address.includes('.'));
  return firstApart([CLIENTS], used) ?? firstApart(following(CLIENTS), used) ?? CLIENTS;
}

function asOfNode(n: number): number {
  return FIRST_NODE_AS + n < SPINE_AS ? FIRST_NODE_AS + n : FIRST_LONG_AS + n;
}
