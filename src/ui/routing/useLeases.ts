import { useEffect, useState } from 'react';
import type { Leases } from '../../datamodel/cluster/lease.ts';
import { words } from '../../store/words.ts';
import { useApp, useSession } from '../session.ts';

/** What the simulation answers, and why it does not. */
interface LeasesAnswer {
  readonly leases: Leases | undefined;
  readonly problem: string | undefined;
}

/** More nodes' entries are of no use to anybody. */
const MOST = 50;

/** The leases, asked for again whenever the cluster changes. @param node whose lease is followed; undefined: the first one's. */
export function useLeases(node: string | undefined): LeasesAnswer {
  const session = useSession();
  const revision = useApp((state) => state.cluster.view?.revision);
  const [answer, setAnswer] = useState<LeasesAnswer>({ leases: undefined, problem: undefined });
  useEffect(() => {
    if (revision === undefined) return;
    let isWanted = true;
    session.beside.leases({ most: MOST, ...(node !== undefined && { node }) }).then(
      (leases) => {
        if (isWanted) setAnswer({ leases, problem: undefined });
      },
      (error: unknown) => {
        if (isWanted) setAnswer((before) => ({ ...before, problem: words(error) }));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [session, revision, node]);
  return answer;
}
