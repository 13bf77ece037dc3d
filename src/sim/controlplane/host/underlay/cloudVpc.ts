import { routerNetns } from '../../../../datamodel/network/netnsId.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import { familyOf, hostPrefix } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { mainRoute } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { type AttachedInterface, cloudInterfaces } from './cloudInterfaces.ts';
import { distantPorts, edgeRoutes, NIC, neighborPorts } from './outsidePorts.ts';
import type { UnderlayProvider } from './provider.ts';
import { makeRouter } from './routerNetns.ts';
import { commonPrefix, planHostsOn } from './subnetPlan.ts';
import type { UnderlayPlan } from './underlayPlan.ts';
import { underlayPort } from './underlayPort.ts';
import { vpcFilter } from './vpcFilter.ts';
import { vpcPlan } from './vpcPlan.ts';

export const VPC = routerNetns('vpc');
/** AWS's jumbo frames. */
const NIC_MTU = 9001;

/**
 * A cloud's virtual network: to the instances it looks like a subnet, but every packet goes through a router that answers all
 * ARP, routes what its table knows, and drops what is not from or to an instance's own address, or neither TCP, UDP nor ICMP.
 */
export const cloudVpc: UnderlayProvider = {
  nicMtu: NIC_MTU,
  plan: (input): UnderlayPlan => {
    const { subnet = commonPrefix(input.machines.map(({ address }) => address)), machines, own, outside } = input;
    return vpcPlan(VPC, input, planHostsOn(subnet, machines, own, outside));
  },
  namespaces: (plan) => [
    [
      VPC,
      () => {
        const { underlay } = plan;
        const nodes = [...plan.nodes.values()];
        const gateway = hostPrefix(underlay.gateway);
        return makeRouter(plan, {
          netns: VPC,
          segments: [],
          ports: [
            ...neighborPorts(underlay).map((port) => ({ ...port, addresses: [gateway] })),
            ...nodes.map(({ node, netns }) => ({
              device: underlayPort(node.metadata.name),
              peer: { netns, link: NIC },
              addresses: [gateway],
            })),
            ...cloudInterfaces(plan).map(({ node, device, gateway: own }) => ({
              device: underlayPort(`${node.node.metadata.name}-${device}`),
              peer: { netns: node.netns, link: device },
              addresses: [hostPrefix(own)],
            })),
            ...distantPorts(underlay),
          ],
          routes: [
            ...underlay.neighbors.map((address) =>
              mainRoute('host', hostPrefix(address), { dev: underlayPort(address), scope: 'link' }),
            ),
            ...nodes.flatMap(instanceRoutes),
            ...cloudRoutes(plan),
            ...cloudInterfaces(plan).flatMap(interfaceRoutes),
            ...edgeRoutes(underlay),
          ],
          // it answers at once for whomever it would forward to
          sysctls: { 'net.ipv4.conf.all.proxy_arp': '1', 'net.ipv4.neigh.default.proxy_delay': '0' },
          more: [{ tables: vpcFilter(plan) }],
        });
      },
    ],
  ],
};

function instanceRoutes({ node }: NodePlan): readonly Route[] {
  return node.internalIps
    .filter((address) => familyOf(address) === 'IPv4')
    .map((address) => mainRoute('host', hostPrefix(address), { dev: underlayPort(node.metadata.name), scope: 'link' }));
}

/** A network interface's own address, and those that the cloud delivers to it. */
function interfaceRoutes({ node, device, address, secondary }: AttachedInterface): readonly Route[] {
  const dev = underlayPort(`${node.node.metadata.name}-${device}`);
  return [
    mainRoute('cloud', hostPrefix(address), { dev, scope: 'link' }),
    ...secondary.map((each) => mainRoute('cloud', each, { via: address, dev })),
  ];
}

/** What a cloud controller has written into the route table, and addresses that the cloud gave to instances beside their own. */
function cloudRoutes({ network, nodes }: ClusterPlan): readonly Route[] {
  return [...(network.cloud?.routes ?? []), ...(network.cloud?.addresses ?? [])].flatMap(([name, prefixes]) => {
    const node = nodes.get(name);
    if (!node) return [];
    return prefixes.map((prefix) => mainRoute('cloud', prefix, { via: node.address, dev: underlayPort(name) }));
  });
}
