import type { FlannelBackend } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { IpPrefix } from '../../../../wire/address.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import type { FlannelLease } from './lease.ts';

/** flanneld's backend, running on all nodes (pkg/backend/common.go). */
export interface RunningBackend {
  /** What subnet.env tells the flannel plugin. */
  readonly mtu: number;
  readonly tunnelDevice: string | undefined;
  /**
   * The ways from a node to all other nodes' Pods, with the device for them where there is one.
   * @param network of all Pods.
   */
  ways(node: NodePlan, own: FlannelLease, leases: ReadonlyMap<NodePlan, FlannelLease>, network: IpPrefix): NetnsParts;
}

/** How a backend starts. What it finds wrong goes to the warnings. */
export type StartBackend<Type extends FlannelBackend['type']> = (
  planned: PlannedNodes,
  config: Extract<FlannelBackend, { readonly type: Type }>,
  warnings: string[],
) => RunningBackend;
