/** How wide text will be, well enough to lay it out without asking a browser. */

export interface Font {
  readonly family: 'words' | 'terminal';
  /** In pixels. */
  readonly size: number;
  readonly bold?: boolean;
}

/** Advance of JetBrains Mono, every character alike. */
const TERMINAL_ADVANCE = 0.6;
/** Advances of Inter, in ems, rounded up; what is not named counts as a wide lower-case letter. */
const WORDS_ADVANCES: readonly (readonly [string, number])[] = [
  ["ijl.,:;'|!", 0.29],
  ['ftrI()[]/ -·', 0.4],
  ['mw%', 0.9],
  ['MWQOG@', 0.8],
  ['ABCDEHKNPRSTUVXYZ+=→', 0.7],
  ['0123456789', 0.65],
];
const WORDS_ADVANCE = 0.6;
const ADVANCE = new Map(WORDS_ADVANCES.flatMap(([characters, width]) => [...characters].map((c) => [c, width])));

/** In pixels; a little more than the text will take. */
export function textWidth(text: string, font: Font): number {
  if (font.family === 'terminal') return [...text].length * TERMINAL_ADVANCE * font.size;
  let ems = 0;
  for (const character of text) ems += ADVANCE.get(character) ?? WORDS_ADVANCE;
  return ems * font.size * (font.bold ? 1.06 : 1);
}

/** The text, with its middle replaced by an ellipsis where it is wider than `width`; the end stays, for names differ there. */
export function fitText(text: string, width: number, font: Font): string {
  if (textWidth(text, font) <= width) return text;
  const characters = [...text];
  for (let keep = characters.length - 1; keep > 0; keep--) {
    const head = Math.ceil(keep / 2);
    const cut = `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (keep - head)).join('')}`;
    if (textWidth(cut, font) <= width) return cut;
  }
  return '…';
}
