import { familyOf, parseIpAddress } from '../../../../wire/address.ts';
import { portMappings } from '../../cni/portmap.ts';
import type { NodePlan } from '../../nodePlan.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { SURROGATE } from './frontends.ts';

/**
 * Host ports of Pods as services of their node with one backend (Cilium: pkg/loadbalancer/reflectors/k8s.go): where the agent
 * stands in for kube-proxy it needs no portmap plugin.
 */
export function hostPortServices(nodes: Iterable<NodePlan>): readonly ServicePortInfo[] {
  return [...nodes].flatMap(({ node, pods }) =>
    pods.flatMap(({ pod, address }) =>
      portMappings(pod.ports).map(({ protocol, hostPort, hostIp, containerPort }): ServicePortInfo => {
        const bound = parseIpAddress(hostIp ?? '');
        const { namespace, name } = pod.metadata;
        return {
          name: `${namespace}/${name}:host-port-${hostPort}`,
          protocol,
          clusterIp: SURROGATE,
          port: hostPort,
          nodePort: 0,
          hostPort: {
            node: node.metadata.name,
            ...(bound && familyOf(bound) === 'IPv4' && bound !== SURROGATE && { address: bound }),
          },
          externalIps: [],
          loadBalancerVips: [],
          sourceRanges: [],
          healthCheckNodePort: 0,
          externalPolicyLocal: false,
          internalPolicyLocal: false,
          affinitySeconds: undefined,
          hinted: false,
          endpoints: [
            {
              address,
              port: containerPort,
              text: `${address}:${containerPort}`,
              nodeName: node.metadata.name,
              ready: true,
              serving: true,
              terminating: false,
              zoneHints: [],
              nodeHints: [],
            },
          ],
        };
      }),
    ),
  );
}
