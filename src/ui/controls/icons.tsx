import type { ReactNode } from 'react';

const PATHS = {
  play: 'M5 3.2v9.6L13 8z',
  pause: 'M4.5 3h2.6v10H4.5zM8.9 3h2.6v10H8.9z',
  stepForward: 'M3.5 3.5v9l6-4.5zM11 3.5h1.8v9H11z',
  stepBack: 'M12.5 3.5v9l-6-4.5zM3.2 3.5H5v9H3.2z',
  hopForward: 'M2 3.5v9L7.4 8zM7.6 3.5v9L13 8zM13 3.5h1.4v9H13z',
  hopBack: 'M14 3.5v9L8.6 8zM8.4 3.5v9L3 8zM1.6 3.5H3v9H1.6z',
  close: 'M4 3l4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4-4-4z',
  more: 'M2.2 6.6h2.8v2.8H2.2zM6.6 6.6h2.8v2.8H6.6zM11 6.6h2.8v2.8H11z',
  chevron: 'M4 6l4 4.4L12 6z',
} as const;

export type IconName = keyof typeof PATHS;

/** A small picture beside or instead of a word; whoever uses it names it. */
export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg className="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" />
    </svg>
  );
}

export function Logo(): ReactNode {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" focusable="false">
      <path
        d="M2 15 C2 5 9 5 11 11 S20 17 20 7"
        fill="none"
        stroke="var(--brand)"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <circle cx="2.6" cy="15" r="2.4" fill="var(--l4)" />
      <circle cx="19.6" cy="7" r="2.4" fill="var(--tun)" />
    </svg>
  );
}
