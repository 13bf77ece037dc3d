import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import type { Suggestion } from '../../store/suggest.ts';
import './combobox.css';

export interface ComboboxProps {
  readonly label: string;
  readonly value: string;
  readonly suggestions: readonly Suggestion[];
  readonly onChange: (value: string) => void;
  readonly problem?: string | undefined;
}

/** More would be scrolled through rather than read; typing narrows them. */
const MOST_SHOWN = 60;

/** A text field that completes: what is typed counts, the list only helps (ARIA combobox with a listbox). */
export function Combobox({ label, value, suggestions, onChange, problem }: ComboboxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  /** Until something is typed, the list offers everything, not only what is like the present value. */
  const [typed, setTyped] = useState(false);
  const [focused, setFocused] = useState(false);
  const shown = useMemo(() => matching(suggestions, typed ? value : ''), [suggestions, typed, value]);
  const listed = shown.slice(0, MOST_SHOWN);
  const problemShown = problem !== undefined && !focused;

  const open = (): void => {
    setOpen(true);
    setActive(-1);
  };
  const close = (): void => {
    setOpen(false);
    setActive(-1);
  };
  const choose = (suggestion: Suggestion | undefined): void => {
    if (!suggestion) return;
    onChange(suggestion.value);
    setTyped(false);
    close();
  };
  const move = (to: number): void => {
    const next = listed.length === 0 ? -1 : (to + listed.length) % listed.length;
    setActive(next);
    const option = list.current?.children[next];
    if (list.current && option instanceof HTMLElement) keepInSight(list.current, option);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (isOpen) move(event.key === 'ArrowDown' ? active + 1 : active < 0 ? listed.length - 1 : active - 1);
      else open();
    } else if (event.key === 'Enter' && isOpen && active >= 0) {
      event.preventDefault();
      choose(listed[active]);
    } else if (event.key === 'Enter') {
      close();
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };

  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="combobox">
        <input
          ref={input}
          id={id}
          className="input mono"
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={problemShown}
          aria-describedby={problemShown ? `${id}-problem` : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={512}
          title={value}
          value={value}
          onChange={(event) => {
            setTyped(true);
            onChange(event.target.value);
            open();
          }}
          onFocus={(event) => {
            setFocused(true);
            event.currentTarget.select();
          }}
          onBlur={() => {
            afterPress(() => setFocused(false));
            setTyped(false);
            close();
          }}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          className="combobox-open"
          tabIndex={-1}
          aria-label={`Show choices for ${label}`}
          onMouseDown={(event) => {
            event.preventDefault();
            input.current?.focus();
            if (isOpen) close();
            else open();
          }}
        >
          <span aria-hidden="true">▾</span>
        </button>
        <div ref={list} className="combobox-list" id={`${id}-list`} role="listbox" aria-label={label} hidden={!isOpen}>
          {isOpen &&
            listed.map((suggestion, i) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys
              <div
                key={suggestion.value}
                id={`${id}-${i}`}
                role="option"
                tabIndex={-1}
                aria-selected={i === active}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => choose(suggestion)}
              >
                <span className="mono">{suggestion.value}</span>
                <small>{suggestion.hint}</small>
              </div>
            ))}
        </div>
        {isOpen && listed.length < shown.length && (
          <p className="combobox-more" aria-live="polite">
            {shown.length - listed.length} more: type to narrow
          </p>
        )}
      </div>
      {problemShown && (
        <p className="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

/** While a button is held down nothing may move away beneath it, or letting it go would miss what was pressed. */
function afterPress(then: () => void): void {
  // the click comes right after the button is up
  if (document.querySelector(':active')) window.addEventListener('mouseup', () => setTimeout(then), { once: true });
  else then();
}

/** Scrolls the list alone, never the page around it. */
function keepInSight(list: HTMLElement, option: HTMLElement): void {
  const bottom = option.offsetTop + option.offsetHeight;
  if (option.offsetTop < list.scrollTop) list.scrollTop = option.offsetTop;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}

/** Every word must occur; what begins with the text comes first. */
function matching(suggestions: readonly Suggestion[], text: string): readonly Suggestion[] {
  const needle = text.trim().toLowerCase();
  if (needle === '') return suggestions;
  const parts = needle.split(/\s+/);
  const found = suggestions.filter(({ value, hint }) => {
    const hay = `${value} ${hint}`.toLowerCase();
    return parts.every((part) => hay.includes(part));
  });
  const starts = found.filter(({ value }) => value.toLowerCase().startsWith(needle));
  return [...starts, ...found.filter((each) => !starts.includes(each))];
}
