import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { Labels, ObjectMeta, Protocol } from './objectMeta.ts';

/** A Service after defaulting and allocation. */
export interface Service {
  readonly metadata: ObjectMeta;
  readonly type: ServiceType;
  /** Empty for headless Services (`clusterIP: None`) and ExternalName; the first is `clusterIP`. */
  readonly clusterIps: readonly IpAddress[];
  readonly headless: boolean;
  readonly externalName: string | undefined;
  /** undefined or empty: nobody selects Pods for it, its endpoints are somebody else's business. */
  readonly selector: Labels | undefined;
  readonly ports: readonly ServicePort[];
  readonly externalIps: readonly IpAddress[];
  readonly loadBalancerIngress: readonly LoadBalancerIngress[];
  /** Guards load balancer addresses only. */
  readonly loadBalancerSourceRanges: readonly IpPrefix[];
  readonly externalTrafficPolicy: TrafficPolicy;
  readonly internalTrafficPolicy: TrafficPolicy;
  /** Given by the API server to LoadBalancers with externalTrafficPolicy Local. */
  readonly healthCheckNodePort: number | undefined;
  readonly sessionAffinity: 'None' | 'ClientIP';
  /** Only with ClientIP. */
  readonly sessionAffinityTimeoutSeconds: number;
  readonly publishNotReadyAddresses: boolean;
  readonly trafficDistribution: string | undefined;
}

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
export type TrafficPolicy = 'Cluster' | 'Local';

export interface ServicePort {
  /** '' when unnamed: only a Service with one port may leave it out. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** A number, or the name of a container port. */
  readonly targetPort: number | string;
  readonly nodePort: number | undefined;
}

export interface LoadBalancerIngress {
  readonly ip: IpAddress;
  readonly ipMode: 'VIP' | 'Proxy';
}
