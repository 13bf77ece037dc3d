import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef } from 'react';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { promptOf } from '../../store/terminal.ts';
import { MiddleCut } from '../controls/MiddleCut.tsx';
import { useApp, useSession } from '../session.ts';
import { Candidates } from './Candidates.tsx';
import { useCompletion } from './useCompletion.ts';
import { useHistory } from './useHistory.ts';
import { useScreen, useTerminal } from './useTerminal.ts';

/** As long as a line may be. */
const MOST_CHARACTERS = 4096;

/** Where a command line is typed. Tab completes what is typed; Escape, then Tab, leaves it, and so does Tab while it is empty. */
export function Entry({ netns }: { readonly netns: NetnsId }) {
  const id = useId();
  const session = useSession();
  const terminal = useTerminal();
  const { draft, history } = useScreen(netns);
  const wanted = useApp((state) => state.selection.toCommandLine);
  const input = useRef<HTMLInputElement>(null);
  const caret = useRef<number | undefined>(undefined);
  const leaving = useRef(false);
  const walk = useHistory(history);
  const setLine = (line: string, at: number): void => {
    caret.current = at;
    terminal.setDraft(netns, line);
  };
  const completion = useCompletion(netns, setLine);
  const { candidates, active } = completion;
  const isOpen = candidates.length > 0;

  useEffect(() => {
    if (!wanted) return;
    input.current?.focus();
    session.select({ toCommandLine: false });
  }, [wanted, session]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caret is put where it belongs once the line is there
  useLayoutEffect(() => {
    if (caret.current === undefined) return;
    input.current?.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  }, [draft]);

  const run = (): void => {
    completion.close();
    walk.leave();
    void terminal.enter(netns, draft);
  };
  const complete = (): void => void completion.complete(draft, input.current?.selectionStart ?? draft.length);
  const recall = (by: 1 | -1): void => {
    const line = walk.go(by, draft);
    if (line !== undefined) setLine(line, line.length);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const wasLeaving = leaving.current;
    leaving.current = false;
    const { selectionStart, selectionEnd } = event.currentTarget;
    const control = event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === 'Tab' && !event.shiftKey && !control) {
      if (wasLeaving || (draft.trim() === '' && !isOpen)) return;
      if (isOpen) completion.move(1);
      else complete();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const by = event.key === 'ArrowDown' ? 1 : -1;
      if (isOpen) completion.move(by);
      else recall(by);
    } else if (event.key === 'Enter' && isOpen && active >= 0) completion.choose(active);
    else if (event.key === 'Escape') {
      leaving.current = true;
      completion.close();
    } else if (control && event.key === 'l') terminal.clear(netns);
    // what is selected is copied, as everywhere
    else if (control && event.key === 'c' && selectionStart === selectionEnd) {
      completion.close();
      walk.leave();
      terminal.abandon(netns);
    } else return;
    event.preventDefault();
  };

  return (
    <form
      className="entry"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <label className="entry-prompt mono" htmlFor={id}>
        <MiddleCut text={promptOf(netns)} />
      </label>
      <input
        ref={input}
        id={id}
        className="entry-line mono"
        role="combobox"
        aria-label={`Command line, ${promptOf(netns)}`}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && active >= 0 ? `${id}-list-${active}` : undefined}
        aria-describedby={`${id}-keys`}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="go"
        maxLength={MOST_CHARACTERS}
        value={draft}
        onChange={(event) => {
          completion.close();
          walk.leave();
          terminal.setDraft(netns, event.target.value);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          leaving.current = false;
          completion.close();
        }}
      />
      <p className="visually-hidden" id={`${id}-keys`}>
        Tab completes, Escape and then Tab leaves. Up and Down recall earlier lines. Control L clears, Control C gives
        the line up.
      </p>
      <span className="visually-hidden" role="status">
        {completion.said}
      </span>
      <button
        type="button"
        className="button small"
        disabled={draft.trim() === ''}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => {
          input.current?.focus();
          complete();
        }}
      >
        Complete <span aria-hidden="true">⇥</span>
      </button>
      <button type="submit" className="button small">
        Run <span aria-hidden="true">↵</span>
      </button>
      <Candidates id={`${id}-list`} candidates={candidates} active={active} onChoose={completion.choose} />
    </form>
  );
}
