import type { UnderlayName } from '../../../../datamodel/cluster/underlay.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { TopologyLink, TopologyMachine } from '../../../../datamodel/network/topology.ts';
import { type IpPrefix, prefixContains } from '../../../../wire/address.ts';
import { NIC } from './outsidePorts.ts';
import type { UnderlayInput } from './provider.ts';
import { firstFree } from './subnetPlan.ts';
import type { HostsPlan, UnderlayPlan } from './underlayPlan.ts';
import { underlayPort } from './underlayPort.ts';

export interface RoutedSubnet {
  readonly prefix: IpPrefix;
  /** The router's device on it. */
  readonly bridge: string;
}

/** Nodes on the subnets of one router, each with the router as its gateway. */
export function routedPlan(
  name: UnderlayName,
  router: NetnsId,
  { machines }: UnderlayInput,
  hosts: HostsPlan,
  subnets: readonly RoutedSubnet[],
): UnderlayPlan {
  const taken = new Set(machines.flatMap(({ node }) => node.internalIps));
  const plugged: TopologyMachine[] = [];
  const links = subnets.map(({ prefix, bridge }, i): TopologyLink => {
    const gateway = i === 0 ? hosts.gateway : firstFree(prefix, taken);
    const own = machines
      .filter(({ address }) => prefixContains(prefix, address))
      .map(
        ({ node, netns, address }): TopologyMachine => ({
          node: node.metadata.name,
          netns,
          device: NIC,
          address: { address, length: prefix.length },
          gateway,
          router,
          port: underlayPort(node.metadata.name),
        }),
      );
    plugged.push(...own);
    return {
      name: bridge,
      kind: 'switch',
      subnet: prefix,
      ends: [
        { netns: router, device: bridge, address: { address: gateway, length: prefix.length } },
        ...own.map(({ netns, device, address }) => ({ netns, device, address })),
      ],
    };
  });
  const byNode = new Map(plugged.map((machine) => [machine.node, machine]));
  return {
    ...hosts,
    name,
    topology: {
      routers: [
        { netns: router, name: router.slice(router.indexOf('/') + 1), role: 'router', routerId: hosts.gateway },
      ],
      links,
      machines: machines.flatMap(({ node }) => byNode.get(node.metadata.name) ?? []),
    },
    machines: byNode,
    edge: router,
    subnets: subnets.map(({ prefix }) => prefix),
    routers: links.flatMap(({ ends: [own] }) => own?.address?.address ?? []),
  };
}
