import type { ClusterPlan } from '../../clusterPlan.ts';
import type { CloudInterface } from '../../network/provider.ts';
import type { NodePlan } from '../../nodePlan.ts';

/** A NIC beside an instance's first, with the instance. */
export interface AttachedInterface extends CloudInterface {
  readonly node: NodePlan;
}

/** What the cloud has attached to instances because a CNI asked for it. */
export function cloudInterfaces({
  network,
  nodes,
}: Pick<ClusterPlan, 'network' | 'nodes'>): readonly AttachedInterface[] {
  return [...(network.cloud?.interfaces ?? [])].flatMap(([name, attached]) => {
    const node = nodes.get(name);
    return node ? attached.map((each) => ({ ...each, node })) : [];
  });
}
