import { once } from '../../../../base/kept.ts';
import type { DeviceHook, DeviceProgram, LbMaps } from '../../../../datamodel/network/ebpf.ts';
import { ipAddress } from '../../../../wire/address.ts';
import { lbMapsCompiler } from '../../kubeproxy/ebpf/lbMaps.ts';
import { serviceMap } from '../../kubeproxy/serviceMap.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';

const OWNER = 'cilium-agent';
/** Source of a Pod that reaches itself through a Service (`service-loopback-ipv4`). */
export const SERVICE_LOOPBACK = ipAddress('169.254.42.1');

const HOOKS: readonly (readonly [DeviceHook, string])[] = [
  ['tc ingress', 'cil_from_container'],
  ['tc egress', 'cil_to_container'],
];

/**
 * What is left of Services to an agent beside kube-proxy: the ClusterIPs that Pods ask for, a packet at a time at their veths
 * (Documentation/network/kubernetes/kubeproxy-free.rst, `kubeProxyReplacement=false`). NodePorts, and all that the nodes' own
 * processes ask for, are kube-proxy's.
 */
export function clusterIpPrograms({ objects }: PlannedNodes): (node: NodePlan) => readonly DeviceProgram[] {
  const compile = once(() =>
    lbMapsCompiler(serviceMap(objects.services, objects.endpointSlices, 'IPv4'), {
      nodePorts: { from: 1, to: 0 },
      usesDsr: () => false,
      maglev: false,
      clusterIpsOnly: true,
    }),
  );
  return (node) => {
    const maps: LbMaps = compile()({
      name: node.node.metadata.name,
      nodePortAddresses: [],
      endpoints: new Set(node.pods.map(({ address }) => address)),
      identities: new Map([[node.address, 'host']]),
    });
    return node.pods.flatMap(({ hostVeth: device }) =>
      HOOKS.map(
        ([hook, name]): DeviceProgram => ({
          type: 'perPacket',
          hook,
          name,
          device,
          owner: OWNER,
          maps,
          loopback: SERVICE_LOOPBACK,
        }),
      ),
    );
  };
}
