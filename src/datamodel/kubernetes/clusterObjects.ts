import type { ConfigMap } from './configMap.ts';
import type { EndpointSlice } from './endpointSlice.ts';
import type { Namespace } from './namespace.ts';
import type { NetworkConfig } from './networkConfig.ts';
import type { Node } from './node.ts';
import type { Pod } from './pod.ts';
import type { Service } from './service.ts';
import type { Workload } from './workload.ts';

/** The whole cluster, admitted, completed and consistent: what agents compile into kernel configuration. Plain data. */
export interface ClusterObjects {
  readonly network: NetworkConfig;
  readonly namespaces: readonly Namespace[];
  /** In creation order, which is the order that node CIDRs are handed out in. */
  readonly nodes: readonly Node[];
  /** In creation order, which is the order that addresses are handed out in. */
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly configMaps: readonly ConfigMap[];
  /** What a person should know: Pods without a node, no CoreDNS, addresses outside of their node's CIDR. */
  readonly warnings: readonly string[];
}
