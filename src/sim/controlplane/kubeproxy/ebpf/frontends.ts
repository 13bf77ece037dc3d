import type { LbFlags, LbFrontend, LbService } from '../../../../datamodel/network/ebpf.ts';
import type { TransportName } from '../../../../datamodel/network/netfilter.ts';
import { type IpAddress, ipAddress } from '../../../../wire/address.ts';
import type { ServicePortInfo } from '../servicePort.ts';

/** One address of a service port, before it has backends. */
export interface Frontend extends LbFrontend {
  readonly service: ServicePortInfo;
  readonly type: LbFlags['type'];
  readonly scope: LbService['scope'];
}

/** The address that stands for all of the cluster's nodes when a socket asks for a NodePort. */
export const SURROGATE = ipAddress('0.0.0.0');

/**
 * The addresses of a service port that are the same on all nodes: its ClusterIP, its NodePort on the surrogate, external
 * addresses and load balancers' (Cilium: pkg/loadbalancer/reflectors/k8s.go). NodePorts and load balancers have an internal
 * scope beside the external one where the two traffic policies differ.
 */
export function sharedFrontends(service: ServicePortInfo): readonly Frontend[] {
  const { protocol, port, nodePort } = service;
  if (service.hostPort) return [];
  const front = (address: IpAddress, type: LbFlags['type'], at = port): readonly Frontend[] =>
    scopesOf(service, type).map((scope) => ({ service, type, scope, address, port: at, protocol }));
  return [
    ...front(service.clusterIp, 'ClusterIP'),
    ...(nodePort === 0 ? [] : front(SURROGATE, 'NodePort', nodePort)),
    ...service.loadBalancerVips.flatMap((address) => front(address, 'LoadBalancer')),
    ...service.externalIps.flatMap((address) => front(address, 'ExternalIPs')),
  ];
}

/** The NodePort on one of a node's own addresses. */
export function nodePortFrontends(service: ServicePortInfo, address: IpAddress): readonly Frontend[] {
  const { protocol, nodePort: port } = service;
  if (port === 0) return [];
  return scopesOf(service, 'NodePort').map((scope) => ({ service, type: 'NodePort', scope, address, port, protocol }));
}

/** A Pod's host port on its node, at that node's address if no other is said. */
export function hostPortFrontends(service: ServicePortInfo, node: string, own: IpAddress): readonly Frontend[] {
  const { protocol, port, hostPort } = service;
  if (hostPort?.node !== node) return [];
  const address = hostPort.address ?? own;
  return [{ service, type: 'HostPort', scope: 'external', address, port, protocol }];
}

export function policiesDiffer(service: ServicePortInfo): boolean {
  return service.externalPolicyLocal !== service.internalPolicyLocal;
}

function scopesOf(service: ServicePortInfo, type: LbFlags['type']): readonly LbService['scope'][] {
  const both = policiesDiffer(service) && (type === 'NodePort' || type === 'LoadBalancer');
  return both ? ['external', 'internal'] : ['external'];
}

/** Whether only backends on the same node will do for traffic to the frontend. */
export function wantsLocal({ service, type, scope }: Frontend): boolean {
  return type === 'ClusterIP' || scope === 'internal' ? service.internalPolicyLocal : service.externalPolicyLocal;
}

/** The flags of a frontend's master entry (pkg/loadbalancer/loadbalancer.go, NewSvcFlag). */
export function flagsOf({ service, type, address }: Frontend, usesDsr: (protocol: TransportName) => boolean): LbFlags {
  return {
    type,
    externalLocal: service.externalPolicyLocal,
    internalLocal: service.internalPolicyLocal,
    twoScopes: policiesDiffer(service) && type !== 'ClusterIP',
    sessionAffinity: service.affinitySeconds !== undefined,
    routable: type !== 'ClusterIP' && address !== SURROGATE,
    checkSourceRange: type === 'LoadBalancer' && service.sourceRanges.length > 0,
    dsr: usesDsr(service.protocol),
  };
}
