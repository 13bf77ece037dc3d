import type { EditView } from '../../datamodel/cluster/view.ts';
import { useApp } from '../session.ts';

const NONE: readonly EditView[] = [];

/** What people changed in the cluster that is shown, in order. */
export function useEdits(): readonly EditView[] {
  return useApp((state) => state.cluster.view?.edits ?? NONE);
}
