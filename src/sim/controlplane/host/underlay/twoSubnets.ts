import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import { routerNetns } from '../../../../datamodel/network/netnsId.ts';
import { hostPrefix, type IpAddress, type IpPrefix, prefixContains } from '../../../../wire/address.ts';
import { nodeAddress } from '../../ipam/podAddresses.ts';
import { mainRoute } from '../../netnsParts.ts';
import { firstApart, following, movedInto } from './freeSubnet.ts';
import { groupNodes, subnetOf } from './groups.ts';
import { distantPorts, edgeRoutes, NIC, neighborPorts } from './outsidePorts.ts';
import type { Placement, UnderlayProvider } from './provider.ts';
import { renumber } from './renumber.ts';
import { type RoutedSubnet, routedPlan } from './routedPlan.ts';
import { makeRouter } from './routerNetns.ts';
import { commonPrefix, planHostsOn } from './subnetPlan.ts';
import { underlayPort } from './underlayPort.ts';
import { usedRanges } from './usedRanges.ts';

const ROUTER = routerNetns('r1');
const MOST_LABELS = 2;

/** Nodes on two subnets (or as many as their addresses say), with one router between them. */
export const twoSubnets: UnderlayProvider = {
  nicMtu: 1500,
  place,
  plan: (input) => {
    const subnets = subnetsOf(input.machines, input.groups);
    const [first] = subnets;
    const hosts = planHostsOn(first?.prefix ?? commonPrefix([]), input.machines, input.own, input.outside);
    return routedPlan('two-subnets', ROUTER, input, hosts, subnets);
  },
  namespaces: (plan) => [
    [
      ROUTER,
      () => {
        const { underlay } = plan;
        const { onLink } = underlay;
        const segments = underlay.topology.links.filter(({ kind }) => kind === 'switch');
        return makeRouter(plan, {
          netns: ROUTER,
          segments: segments.flatMap(({ ends: [own], subnet }, i) => {
            if (!own?.address) return [];
            const nodes = underlay.topology.machines.filter(({ address }) => prefixContains(subnet, address.address));
            return [
              {
                bridge: own.device,
                gateway: own.address,
                ports: [
                  ...(i === 0 ? neighborPorts(underlay) : []),
                  ...nodes.map(({ node, netns }) => ({ device: underlayPort(node), peer: { netns, link: NIC } })),
                ],
              },
            ];
          }),
          ports: distantPorts(underlay),
          routes: [
            ...onLink.flatMap((address) => {
              const owner = [...plan.nodes.values()].find(({ node }) => node.internalIps.includes(address));
              const bridge = segments.find(({ subnet }) => owner && prefixContains(subnet, owner.address))?.ends[0]
                ?.device;
              return bridge === undefined || segments.some(({ subnet }) => prefixContains(subnet, address))
                ? []
                : [mainRoute('host', hostPrefix(address), { dev: bridge, scope: 'link' })];
            }),
            ...edgeRoutes(underlay),
          ],
        });
      },
    ],
  ],
};

/** The subnets that the nodes are on, in the order of their first nodes. */
function subnetsOf(
  machines: Parameters<UnderlayProvider['plan']>[0]['machines'],
  groups: Placement['groups'],
): readonly RoutedSubnet[] {
  const members = new Map<number, IpAddress[]>();
  for (const { node, address } of machines) {
    const group = groups.get(node.metadata.name) ?? 0;
    members.set(group, [...(members.get(group) ?? []), address]);
  }
  if (members.size === 0) return [{ bridge: 'br0', prefix: commonPrefix([]) }];
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([, addresses], i) => ({ bridge: `br${i}`, prefix: commonPrefix(addresses) }));
}

/**
 * Nodes whose addresses are of several /24s are on these. Of others, the first group keeps its subnet, and the second has the
 * next free one, where every node has the place that it had in the first.
 */
function place(objects: ClusterObjects): Placement {
  const { nodes } = objects;
  const subnets = [...new Set(nodes.map((node) => subnetOf(nodeAddress(node))).filter((text) => text !== ''))];
  if (subnets.length > 1) {
    const numbers = new Map(nodes.map((node) => [node.metadata.name, subnets.indexOf(subnetOf(nodeAddress(node)))]));
    return { objects, groups: numbers };
  }
  const groups = groupNodes(nodes, MOST_LABELS);
  const first = commonPrefix(nodes.flatMap((node) => nodeAddress(node) ?? []));
  const second = firstApart(following(first), usedRanges(objects));
  const moved = new Map<IpAddress, IpAddress>();
  for (const node of second ? nodes : []) {
    if (groups.get(node.metadata.name) !== 1 || second === undefined) continue;
    for (const address of node.internalIps)
      if (prefixContains(first, address)) moved.set(address, movedInto(second, sized(first, address)));
  }
  return { objects: renumber(objects, moved), groups };
}

function sized({ length }: IpPrefix, address: IpAddress): IpPrefix {
  return { address, length };
}
