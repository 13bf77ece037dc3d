import type { TransportName } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress, IpPrefix } from '../../../wire/address.ts';

/** One port of one Service as a proxy of one family sees it (pkg/proxy/serviceport.go), with all of its endpoints. */
export interface ServicePortInfo {
  /** `namespace/name:port`, or without the colon when the port has no name. */
  readonly name: string;
  readonly protocol: TransportName;
  readonly clusterIp: IpAddress;
  readonly port: number;
  /** 0: none. */
  readonly nodePort: number;
  /** Of a Pod's host port, which only its node has: there and, if it says so, at this address. */
  readonly hostPort?: { readonly node: string; readonly address?: IpAddress };
  readonly externalIps: readonly IpAddress[];
  /** Without those of ipMode Proxy, whose traffic the load balancer is to see. */
  readonly loadBalancerVips: readonly IpAddress[];
  readonly sourceRanges: readonly IpPrefix[];
  /** 0: none. */
  readonly healthCheckNodePort: number;
  readonly externalPolicyLocal: boolean;
  readonly internalPolicyLocal: boolean;
  /** undefined: no session affinity. */
  readonly affinitySeconds: number | undefined;
  /** Whether anything says for whom one of the endpoints is meant. */
  readonly hinted: boolean;
  /** In the order of their texts. */
  readonly endpoints: readonly EndpointInfo[];
}

export interface EndpointInfo {
  readonly address: IpAddress;
  readonly port: number;
  /** `ip:port`, with brackets around an IPv6 address. */
  readonly text: string;
  readonly nodeName: string | undefined;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
}

/** Whether anything outside the cluster has a way in. */
export function externallyAccessible(service: ServicePortInfo): boolean {
  return service.nodePort !== 0 || service.loadBalancerVips.length > 0 || service.externalIps.length > 0;
}

/** Whether Cluster policy is in use; externally accessible Services need it for the Pods' short way. */
export function usesClusterEndpoints(service: ServicePortInfo): boolean {
  return !service.internalPolicyLocal || externallyAccessible(service);
}

export function usesLocalEndpoints(service: ServicePortInfo): boolean {
  return service.internalPolicyLocal || (service.externalPolicyLocal && externallyAccessible(service));
}
