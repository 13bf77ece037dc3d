import { useEffect, useState } from 'react';
import type { Comparison } from '../../datamodel/cluster/comparison.ts';
import { words } from '../../store/words.ts';
import { useApp, useSession } from '../session.ts';
import type { Choice } from './modes.ts';

/** What is known of a comparison: an answer to what was asked before is never shown as the answer to this. */
export type ComparisonState =
  | { readonly status: 'asking' }
  | { readonly status: 'failed'; readonly problem: string }
  | { readonly status: 'ready'; readonly comparison: Comparison };

interface Answer {
  readonly key: string;
  readonly state: ComparisonState;
}

/** The composer's request under two choices, asked anew whenever the request, the cluster or a choice changes. */
export function useComparison([a, b]: readonly [Choice, Choice]): ComparisonState {
  const session = useSession();
  const draft = useApp((state) => state.composer.draft);
  const revision = useApp((state) => state.cluster.view?.revision);
  const failure = useApp((state) => state.cluster.failure);
  const [answer, setAnswer] = useState<Answer | undefined>(undefined);
  const key = JSON.stringify([a, b, draft, revision, failure]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for all that the answer depends on
  useEffect(() => {
    if (revision === undefined || failure !== undefined) return;
    let isWanted = true;
    const tell = (state: ComparisonState): void => {
      if (isWanted) setAnswer({ key, state });
    };
    session.compare([a, b]).then(
      (found) =>
        tell(
          found.ok ? { status: 'ready', comparison: found.comparison } : { status: 'failed', problem: found.problem },
        ),
      (error: unknown) => tell({ status: 'failed', problem: words(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [key]);

  if (failure !== undefined) return { status: 'failed', problem: failure };
  return answer?.key === key ? answer.state : { status: 'asking' };
}
