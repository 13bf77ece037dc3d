import type { IpAddress, IpFamily } from '../../wire/address.ts';
import type { ObjectMeta, Protocol } from './objectMeta.ts';

/** discovery.k8s.io/v1 EndpointSlice of one Service, given or made by the controller. */
export interface EndpointSlice {
  readonly metadata: ObjectMeta;
  /** Label kubernetes.io/service-name; the Service lives in the slice's own namespace. undefined: nobody's, kube-proxy passes it by. */
  readonly serviceName: string | undefined;
  readonly addressType: IpFamily;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface EndpointPort {
  /** As the ServicePort's; '' when unnamed. */
  readonly name: string;
  readonly protocol: Protocol;
  /** undefined: all ports, which kube-proxy passes by. */
  readonly port: number | undefined;
}

export interface Endpoint {
  readonly addresses: readonly IpAddress[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName: string | undefined;
  readonly zone: string | undefined;
  readonly hostname: string | undefined;
  /** hints.forZones and forNodes, by name; absent: none were given. */
  readonly hints?: { readonly zones: readonly string[]; readonly nodes: readonly string[] };
  /** The Pod behind it. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
}
