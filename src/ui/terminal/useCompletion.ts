import { useRef, useState } from 'react';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { useSession } from '../session.ts';
import { commonPrefix, type Word, withChosen, wordAt } from './completion.ts';

/** Sets the line and where the caret stands in it. */
export type SetLine = (line: string, caret: number) => void;

interface Open {
  readonly word: Word;
  readonly candidates: readonly string[];
  /** Index of the candidate that Enter would take; -1: none. */
  readonly active: number;
}

export interface Completion {
  readonly candidates: readonly string[];
  readonly active: number;
  /** What a screen reader hears of it. */
  readonly said: string;
  /** Completes the word at the caret as far as it is the only way, and lists the ways on. */
  readonly complete: (line: string, caret: number) => Promise<void>;
  readonly move: (by: 1 | -1) => void;
  readonly choose: (index: number) => void;
  readonly close: () => void;
}

/** Completes words of a command line: what all candidates share first, then a choice among them. */
export function useCompletion(netns: NetnsId, setLine: SetLine): Completion {
  const session = useSession();
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const [said, setSaid] = useState('');
  const asked = useRef(0);

  const close = (): void => {
    asked.current++;
    setOpen(undefined);
    setSaid('');
  };

  const complete = async (line: string, caret: number): Promise<void> => {
    const order = ++asked.current;
    const word = wordAt(line, caret);
    // a simulation that does not answer completes nothing
    const candidates = await session.beside.complete(netns, line.slice(0, caret)).catch(() => []);
    if (order !== asked.current) return;
    const [only] = candidates;
    if (only === undefined) {
      setOpen(undefined);
      return setSaid(word.word === '' ? 'Nothing more to complete' : `Nothing begins with ${word.word}`);
    }
    if (candidates.length === 1) {
      const chosen = withChosen(word, only);
      setLine(chosen.line, chosen.caret);
      setOpen(undefined);
      return setSaid(`Completed to ${only}`);
    }
    const shared = commonPrefix(candidates);
    const longer = shared.length > word.word.length ? shared : word.word;
    if (longer !== word.word) setLine(word.before + longer + word.behind, word.before.length + longer.length);
    setOpen({ word: { ...word, word: longer }, candidates, active: -1 });
    setSaid(`${candidates.length} ways to go on`);
  };

  return {
    candidates: open?.candidates ?? [],
    active: open?.active ?? -1,
    said,
    complete,
    move: (by) =>
      setOpen((before) => {
        if (!before) return before;
        const { length } = before.candidates;
        const from = before.active < 0 && by < 0 ? 0 : before.active;
        return { ...before, active: (from + by + length) % length };
      }),
    choose: (index) => {
      const candidate = open?.candidates[index];
      if (!open || candidate === undefined) return;
      const chosen = withChosen(open.word, candidate);
      setLine(chosen.line, chosen.caret);
      close();
    },
    close,
  };
}
