import { useId } from 'react';
import './controls.css';

export interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  /** `name`: what is heard, where the label alone would not do. */
  readonly options: readonly { readonly value: T; readonly label: string; readonly name?: string }[];
  /** Whether an option cannot be had now, and why. */
  readonly closed?: ((value: T) => string | undefined) | undefined;
  readonly onChange: (value: T) => void;
  /** The label is heard only; something else says it to the eye. */
  readonly quiet?: boolean;
}

/** One of a few, all in sight: radio buttons that look like a switch, so that browsers and readers know what they are. */
export function Segmented<T extends string>({ label, value, options, closed, onChange, quiet }: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset className="segmented" data-own-keys>
      <legend className={quiet ? 'visually-hidden' : 'setting-label'}>{label}</legend>
      <div className="segmented-track">
        {options.map((option) => (
          <label key={option.value} className="segmented-item" title={closed?.(option.value)}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              aria-label={option.name}
              disabled={closed?.(option.value) !== undefined}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
