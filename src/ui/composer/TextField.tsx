import { type ReactNode, useId } from 'react';

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  /** What the value means, in a few words. */
  readonly hint?: string;
  readonly problem?: string | undefined;
  readonly unit?: ReactNode;
}

/** A field for a number; what is wrong with it stands beneath. */
export function TextField({ label, value, onChange, placeholder, hint, problem, unit }: TextFieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-control">
        <input
          id={id}
          className="input mono"
          inputMode="numeric"
          autoComplete="off"
          maxLength={9}
          placeholder={placeholder}
          value={value}
          aria-invalid={problem !== undefined}
          aria-describedby={described || undefined}
          onChange={(event) => onChange(event.target.value)}
        />
        {unit}
      </div>
      {hint && (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p className="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}
