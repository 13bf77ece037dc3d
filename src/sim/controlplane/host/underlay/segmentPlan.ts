import type { UnderlayName } from '../../../../datamodel/cluster/underlay.ts';
import { UNDERLAY } from '../../../../datamodel/network/netnsId.ts';
import type { TopologyMachine } from '../../../../datamodel/network/topology.ts';
import { prefixContains } from '../../../../wire/address.ts';
import type { UnderlayInput } from './provider.ts';
import { BRIDGE } from './switchNetns.ts';
import type { HostsPlan, UnderlayPlan } from './underlayPlan.ts';
import { underlayPort } from './underlayPort.ts';

const NIC = 'eth0';
/** Bits of the prefix of an address that no subnet is known for. */
const HOST_BITS = 32;

/** All nodes and hosts on the one segment of a switch. */
export function segmentPlan(name: UnderlayName, { machines }: UnderlayInput, hosts: HostsPlan): UnderlayPlan {
  const { prefix, gateway } = hosts;
  const plugged = machines.map(
    ({ node, netns, address }): TopologyMachine => ({
      node: node.metadata.name,
      netns,
      device: NIC,
      address: { address, length: prefixContains(prefix, address) ? prefix.length : HOST_BITS },
      gateway,
      router: UNDERLAY,
      port: underlayPort(node.metadata.name),
    }),
  );
  return {
    ...hosts,
    name,
    topology: {
      routers: [{ netns: UNDERLAY, name: 'switch', role: 'switch', routerId: gateway }],
      links: [
        {
          name: 'segment',
          kind: 'switch',
          subnet: prefix,
          ends: [
            { netns: UNDERLAY, device: BRIDGE, address: { address: gateway, length: prefix.length } },
            ...plugged.map(({ netns, device, address }) => ({ netns, device, address })),
          ],
        },
      ],
      machines: plugged,
    },
    machines: new Map(plugged.map((machine) => [machine.node, machine])),
    edge: UNDERLAY,
    subnets: [prefix],
    routers: [gateway],
  };
}
