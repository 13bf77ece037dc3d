import type { ReactNode } from 'react';
import { type Font, fitText } from '../../scene/textFit.ts';

interface Props {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly font: Font;
  /** Pixels that it may take; longer text is cut in the middle, and whole as a tooltip and when copied. */
  readonly width?: number;
  readonly anchor?: 'start' | 'end' | 'middle';
  readonly className?: string;
}

/** A line of text in the drawing. */
export function FitText({ x, y, text, font, width, anchor, className }: Props): ReactNode {
  const shown = width === undefined ? text : fitText(text, width, font);
  const classes = `${font.family === 'terminal' ? 'stage-terminal' : 'stage-words'}${font.bold ? ' stage-bold' : ''}${className ? ` ${className}` : ''}`;
  return (
    <text
      x={x}
      y={y}
      className={classes}
      fontSize={font.size}
      {...(anchor && { textAnchor: anchor })}
      {...(shown !== text && { 'data-whole': text })}
    >
      {shown !== text && <title>{text}</title>}
      {shown}
    </text>
  );
}
