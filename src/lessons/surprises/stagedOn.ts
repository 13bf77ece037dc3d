import { WITHOUT_KUBE_PROXY } from '../../datamodel/cluster/cniBackends.ts';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { Missing, Staging, Surprise } from './surprise.ts';

/** A surprise with its participants on a cluster: all of them are told of kube-proxy, which a CNI may stand in for. */
export function stagedOn(surprise: Surprise, view: ClusterView): Staging | Missing {
  if (WITHOUT_KUBE_PROXY.has(view.cni)) return { missing: 'kube-proxy, in whose stead this CNI’s own programs stand' };
  return surprise.stage(view);
}
