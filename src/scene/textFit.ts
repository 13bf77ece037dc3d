/** How wide text will be, well enough to lay it out without asking a browser. */

export interface Font {
  readonly family: 'words' | 'terminal';
  /** In pixels. */
  readonly size: number;
  readonly bold?: boolean;
}

/** Advance of JetBrains Mono, every character alike. */
const TERMINAL_ADVANCE = 0.6;
/** Advances of Inter in hundredths of an em, at weights 400 and 600; what is not named counts as a wide capital. */
const REGULAR = advances({
  25: 'ijl',
  29: "I !,.:·;'",
  34: '`t|',
  38: '()/[\\]fr',
  43: '1{}',
  48: '-_"^',
  53: '*?s',
  57: 'kxz7Lavy',
  60: 'Jce5Fhnou',
  63: '2E38bdgpq69Z',
  65: '#0P$&4RST',
  69: 'B+<=>~−KYAVX',
  74: 'DC',
  77: 'GHUNOQ',
  84: 'w✕⤢',
  91: 'm…M',
  99: '→@%W',
});
const BOLD = advances({
  28: ' ijlI',
  33: ",.:·!';",
  38: '`t|()/[\\]',
  43: 'fr1',
  49: '{}-_^',
  55: '"*?s',
  58: 'Lkxz7a',
  61: 'FJcvyeEo',
  64: '5hnu2bdgpq369',
  66: '#8P$0BRSZ',
  68: '&4T+<=>~−',
  74: 'KXYADVCU',
  78: 'GHNOQ',
  84: 'w✕⤢',
  93: 'mM',
  103: '→…@%W',
});
const UNKNOWN = 78;

function advances(groups: Readonly<Record<number, string>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(groups).flatMap(([width, characters]) => [...characters].map((c) => [c, Number(width)])),
  );
}

/** In pixels; a little more than the text will take. */
export function textWidth(text: string, font: Font): number {
  if (font.family === 'terminal') return [...text].length * TERMINAL_ADVANCE * font.size;
  const table = font.bold ? BOLD : REGULAR;
  let width = 0;
  for (const character of text) width += table.get(character) ?? UNKNOWN;
  return (width / 100) * font.size;
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
