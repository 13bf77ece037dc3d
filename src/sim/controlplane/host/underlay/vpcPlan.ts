import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { TopologyLink } from '../../../../datamodel/network/topology.ts';
import { hostPrefix } from '../../../../wire/address.ts';
import type { UnderlayInput } from './provider.ts';
import { segmentPlan } from './segmentPlan.ts';
import type { HostsPlan, UnderlayPlan } from './underlayPlan.ts';

/** As one subnet to the instances, each of which is alone on its link with the router. */
export function vpcPlan(vpc: NetnsId, input: UnderlayInput, hosts: HostsPlan): UnderlayPlan {
  const plan = segmentPlan('cloud-vpc', input, hosts);
  const machines = plan.topology.machines.map((machine) => ({ ...machine, router: vpc }));
  const gateway = hostPrefix(hosts.gateway);
  return {
    ...plan,
    topology: {
      routers: [{ netns: vpc, name: 'vpc', role: 'vpc', routerId: hosts.gateway }],
      links: machines.map(
        ({ node, netns, device, address, port }): TopologyLink => ({
          name: `${node}-vpc`,
          kind: 'cable',
          subnet: hosts.prefix,
          ends: [
            { netns, device, address },
            { netns: vpc, device: port, address: gateway },
          ],
        }),
      ),
      machines,
    },
    machines: new Map(machines.map((machine) => [machine.node, machine])),
    edge: vpc,
  };
}
