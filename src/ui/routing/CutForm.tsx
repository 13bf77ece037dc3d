import { type FormEvent, useId, useState } from 'react';
import type { BgpDeed } from '../../datamodel/bgp/operation.ts';
import type { CutChoice } from './cuts.ts';

export interface CutFormProps {
  readonly choices: readonly CutChoice[];
  readonly onCut: (does: BgpDeed) => void;
}

const GROUPS = ['Links', 'Machines'] as const;

/** What is cut, and how. */
export function CutForm({ choices, onCut }: CutFormProps) {
  const id = useId();
  const [name, setName] = useState('');
  const [way, setWay] = useState(0);
  const choice = choices.find((each) => each.name === name) ?? choices[0];
  const does = (choice?.ways[way] ?? choice?.ways[0])?.does;
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (does) onCut(does);
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
      <button type="submit" className="button small" disabled={!does}>
        Cut
      </button>
    </form>
  );
}
