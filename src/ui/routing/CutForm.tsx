import { type FormEvent, useId, useState } from 'react';
import type { BgpQuestion } from '../../datamodel/bgp/course.ts';
import type { CutChoice } from './cuts.ts';

export interface CutFormProps {
  readonly choices: readonly CutChoice[];
  readonly isCut: boolean;
  readonly onCut: (question: BgpQuestion) => void;
  readonly onUndo: () => void;
}

/** Seconds after which a cut may be undone; a restart within two minutes is graceful. */
const RESTORES = [5, 30, 120] as const;
const GROUPS = ['Links', 'Machines'] as const;

/** What is cut, how, and when it is undone. */
export function CutForm({ choices, isCut, onCut, onUndo }: CutFormProps) {
  const id = useId();
  const [name, setName] = useState('');
  const [way, setWay] = useState(0);
  const [restore, setRestore] = useState('');
  const choice = choices.find((each) => each.name === name) ?? choices[0];
  const does = (choice?.ways[way] ?? choice?.ways[0])?.does;
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (does) onCut({ cut: does, ...(restore !== '' && { restoreAfter: Number(restore) }) });
  };
  return (
    <form className="routing-cut" onSubmit={onSubmit}>
      <label htmlFor={`${id}-what`}>Cut</label>
      <select
        id={`${id}-what`}
        className="select mono"
        value={choice?.name ?? ''}
        disabled={!choice}
        onChange={({ target }) => {
          setName(target.value);
          setWay(0);
        }}
      >
        {GROUPS.map((group) => (
          <optgroup key={group} label={group}>
            {choices
              .filter((each) => each.group === group)
              .map((each) => (
                <option key={each.name} value={each.name}>
                  {each.name}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
      <select
        className="select"
        aria-label="How it is cut"
        value={String(way)}
        disabled={!choice}
        onChange={({ target }) => setWay(Number(target.value))}
      >
        {choice?.ways.map(({ label }, i) => (
          <option key={label} value={String(i)}>
            {label}
          </option>
        ))}
      </select>
      <select
        className="select"
        aria-label="When it is restored"
        value={restore}
        disabled={!choice}
        onChange={({ target }) => setRestore(target.value)}
      >
        <option value="">and stays so</option>
        {RESTORES.map((after) => (
          <option key={after} value={String(after)}>
            restored after {after} s
          </option>
        ))}
      </select>
      <button type="submit" className="button small" disabled={!does}>
        Cut
      </button>
      <button type="button" className="button small quiet" disabled={!isCut} onClick={onUndo}>
        Restore
      </button>
    </form>
  );
}
