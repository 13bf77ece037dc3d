import { useEffect, useState } from 'react';
import { type Figure, figuresOf } from '../../scene/compare/figures.ts';
import type { Flip } from '../../store/appState.ts';
import { words } from '../../store/words.ts';
import { choiceOf } from '../compare/modes.ts';
import { useApp, useSession } from '../session.ts';

/** What a flip can change about a request, in the order in which it is told. */
const NAMES = [
  'Outcome',
  'Hops',
  'Largest frame',
  'Pod MTU',
  'Source that the receiver sees',
  'Headers on the wire',
] as const;

export type FlipFigures =
  | { readonly status: 'asking' }
  | { readonly status: 'failed'; readonly problem: string }
  | { readonly status: 'ready'; readonly figures: readonly Figure[] };

/** The request that is shown, run again on the cluster of before and on the one there is now. */
export function useFlipFigures(flip: Flip): FlipFigures {
  const session = useSession();
  const sending = useApp((state) => state.traffic.sending);
  const revision = useApp((state) => state.traffic.conversation?.revision);
  const problems = useApp((state) => state.composer.problems);
  const [answer, setAnswer] = useState<{ readonly flip: Flip; readonly state: FlipFigures } | undefined>(undefined);
  const isAnswered = answer?.flip === flip;
  // the flow that is sent again after the flip has the addresses of the cluster that there is now
  const isSent = sending === 0 && revision !== undefined && revision >= flip.after.revision;

  useEffect(() => {
    const { lastFlow } = session.store.getState().traffic;
    if (isAnswered || !isSent || !lastFlow) return;
    let isWanted = true;
    const tell = (state: FlipFigures): void => {
      if (isWanted) setAnswer({ flip, state });
    };
    session.beside.compare(lastFlow, [choiceOf(flip.before), {}]).then(
      (comparison) => {
        const found = figuresOf(comparison);
        tell({ status: 'ready', figures: NAMES.flatMap((name) => found.find((each) => each.name === name) ?? []) });
      },
      (error: unknown) => tell({ status: 'failed', problem: words(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [session, flip, isSent, isAnswered]);

  if (isAnswered) return answer.state;
  if (sending === 0 && revision === undefined)
    return { status: 'failed', problem: Object.values(problems).join(' ') || 'the request could not be sent again.' };
  return { status: 'asking' };
}
