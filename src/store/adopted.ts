import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { AppState } from './appState.ts';

/** The shown cluster once a newer one is there. @param sameCluster it was changed and not made anew: what is told of it holds. */
export function adopted(cluster: AppState['cluster'], view: ClusterView, sameCluster: boolean): AppState['cluster'] {
  const shown = { ...cluster, status: 'ready', view, failure: undefined } as const;
  return sameCluster ? shown : { ...shown, built: cluster.built + 1, lastChange: undefined, flip: undefined };
}
