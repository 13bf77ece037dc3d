import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { EndpointSlice } from '../../../datamodel/kubernetes/endpointSlice.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { LoadBalancerIngress, Service } from '../../../datamodel/kubernetes/service.ts';
import type { TransportName } from '../../../datamodel/network/netfilter.ts';
import { familyOf, type IpAddress, type IpPrefix } from '../../../wire/address.ts';
import { nodeAddress } from '../ipam/podAddresses.ts';

/** A load balancer outside of the cluster: the host that has an ingress address of Services of type LoadBalancer. */
export interface LoadBalancerPlan {
  /** Whose Services' it is: `namespace/name`. */
  readonly services: readonly string[];
  readonly listeners: readonly BalancedPort[];
}

/**
 * One port of it, and the nodes that it has found healthy. Of ipMode VIP nodes get what clients send as it is, and do all the
 * rest themselves; of ipMode Proxy they hear from the balancer alone, at their node port.
 */
export interface BalancedPort {
  readonly ipMode: LoadBalancerIngress['ipMode'];
  readonly protocol: TransportName;
  readonly port: number;
  /** Absent: the Service has none, and only ipMode VIP does without. */
  readonly nodePort: number | undefined;
  readonly nodes: readonly IpAddress[];
  /** Empty: everybody may come. */
  readonly sourceRanges: readonly IpPrefix[];
}

const TRANSPORT = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;
/** Nodes with this label are no load balancer's targets; kubeadm puts it on control planes. */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** The load balancers that the Services' status speaks of, by address. Their health checks have been answered. */
export function planLoadBalancers({
  services,
  nodes,
  endpointSlices,
}: ClusterObjects): ReadonlyMap<IpAddress, LoadBalancerPlan> {
  const targets = nodes.filter((node) => node.ready && !node.metadata.labels.has(EXCLUDED));
  const plans = new Map<IpAddress, { readonly services: string[]; readonly listeners: BalancedPort[] }>();
  for (const service of services) {
    for (const { ip, ipMode } of service.loadBalancerIngress) {
      if (familyOf(ip) !== 'IPv4') continue;
      const plan = plans.get(ip) ?? { services: [], listeners: [] };
      plans.set(ip, plan);
      plan.services.push(`${service.metadata.namespace}/${service.metadata.name}`);
      plan.listeners.push(...portsOf(service, ipMode, healthyNodes(service, targets, endpointSlices)));
    }
  }
  return plans;
}

function portsOf(
  service: Service,
  ipMode: BalancedPort['ipMode'],
  nodes: readonly IpAddress[],
): readonly BalancedPort[] {
  const sourceRanges = service.loadBalancerSourceRanges.filter(({ address }) => familyOf(address) === 'IPv4');
  return service.ports.map(({ protocol, port, nodePort }) => ({
    ipMode,
    protocol: TRANSPORT[protocol],
    port,
    nodePort,
    nodes,
    sourceRanges,
  }));
}

/** Addresses of balancers that hand packets on as they came, and therefore stand on the nodes' own subnet. */
export function directBalancers(plans: ReadonlyMap<IpAddress, LoadBalancerPlan>): ReadonlySet<IpAddress> {
  const direct = [...plans].filter(([, { listeners }]) => listeners.some(({ ipMode }) => ipMode === 'VIP'));
  return new Set(direct.map(([address]) => address));
}

/** Under Local policy, those whose healthCheckNodePort answers 200: they have a ready endpoint of their own. */
function healthyNodes(
  service: Service,
  targets: readonly Node[],
  slices: readonly EndpointSlice[],
): readonly IpAddress[] {
  const { namespace, name } = service.metadata;
  const own = slices.filter((slice) => slice.serviceName === name && slice.metadata.namespace === namespace);
  const ready = new Set(
    own.flatMap(({ addressType, endpoints }) =>
      addressType === 'IPv4' ? endpoints.filter((endpoint) => endpoint.ready).map(({ nodeName }) => nodeName) : [],
    ),
  );
  return targets
    .filter((node) => service.externalTrafficPolicy !== 'Local' || ready.has(node.metadata.name))
    .flatMap((node) => nodeAddress(node) ?? []);
}
