import { useEffect, useState } from 'react';
import { CNI_BACKENDS } from '../../datamodel/cluster/cniBackends.ts';
import type { CniBackend } from '../../datamodel/cluster/command.ts';
import type { UnderlayName } from '../../datamodel/cluster/underlay.ts';
import type { Weighing } from '../../datamodel/cluster/weighing.ts';
import { words } from '../../store/words.ts';
import { useApp, useSession } from '../session.ts';

/** What is known of a backend: nothing yet, why it could not be tried, or what it does. */
export type Row = Weighing | { readonly cni: CniBackend; readonly problem: string };

export interface Weighings {
  readonly rows: readonly Row[];
  readonly missing: number;
}

/** Every backend on an underlay, one after the other; begun anew when the cluster is another one. */
export function useWeighings(underlay: UnderlayName): Weighings {
  const session = useSession();
  const revision = useApp((state) => state.cluster.view?.revision);
  const [known, setKnown] = useState<{ readonly key: string; readonly rows: readonly Row[] }>({ key: '', rows: [] });
  const key = `${underlay} ${revision}`;
  const rows = known.key === key ? known.rows : [];
  const next = CNI_BACKENDS[rows.length];

  useEffect(() => {
    if (next === undefined) return;
    let isWanted = true;
    const tell = (row: Row): void => {
      if (isWanted) setKnown((before) => ({ key, rows: [...(before.key === key ? before.rows : []), row] }));
    };
    session.beside.weigh(next, underlay).then(tell, (error: unknown) => tell({ cni: next, problem: words(error) }));
    return () => {
      isWanted = false;
    };
  }, [session, next, underlay, key]);

  return { rows, missing: CNI_BACKENDS.length - rows.length };
}
