import { useEffect, useRef } from 'react';

export interface CandidatesProps {
  readonly id: string;
  readonly candidates: readonly string[];
  readonly active: number;
  readonly onChoose: (index: number) => void;
}

/** The ways to go on with a word; the input has the keys. */
export function Candidates({ id, candidates, active, onChoose }: CandidatesProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const option = list.current?.children[active];
    if (!list.current || !(option instanceof HTMLElement)) return;
    // the list alone scrolls, never the page around it
    const { offsetTop: top, offsetHeight: height } = option;
    if (top < list.current.scrollTop) list.current.scrollTop = top;
    else if (top + height > list.current.scrollTop + list.current.clientHeight)
      list.current.scrollTop = top + height - list.current.clientHeight;
  }, [active]);
  return (
    <div
      ref={list}
      className="candidates mono"
      id={id}
      role="listbox"
      aria-label="Completions"
      hidden={candidates.length === 0}
    >
      {candidates.map((candidate, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys
        <div
          key={candidate}
          id={`${id}-${i}`}
          role="option"
          tabIndex={-1}
          aria-selected={i === active}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(i)}
        >
          {candidate}
        </div>
      ))}
    </div>
  );
}
