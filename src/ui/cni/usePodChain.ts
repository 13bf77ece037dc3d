import { useEffect, useState } from 'react';
import type { Result } from '../../base/result.ts';
import type { PodChain, PodChainQuestion } from '../../datamodel/cluster/podChain.ts';
import { useApp, useSession } from '../session.ts';

/** The calls that answer a question, asked again whenever the cluster has changed; undefined while they are awaited. */
export function usePodChain(question: PodChainQuestion): Result<PodChain, string> | undefined {
  const session = useSession();
  const revision = useApp((state) => state.cluster.view?.revision);
  const [answer, setAnswer] = useState<Result<PodChain, string> | undefined>(undefined);
  const { namespace, name, list, release } = question;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision is another cluster
  useEffect(() => {
    let isCurrent = true;
    const asked = { namespace, name, ...(list !== undefined && { list }), ...(release !== undefined && { release }) };
    session.beside.podChain(asked).then(
      (chain) => isCurrent && setAnswer(chain),
      (error: unknown) => isCurrent && setAnswer({ ok: false, error: String(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [session, namespace, name, list, release, revision]);
  return answer;
}
