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
  27: 'I',
  29: ' !,.:·',
  30: "'",
  31: ';',
  33: '`t',
  34: '|',
  37: '()/[\\]',
  38: 'fr',
  41: '1',
  43: '{}',
  46: '-_',
  47: '"',
  48: '^',
  51: '*',
  52: '?',
  53: 's',
  55: 'kx',
  56: 'z',
  57: '7Lavy',
  58: 'Jc',
  59: 'e',
  60: '5Fhnou',
  61: '2E',
  62: '38bdgpq',
  63: '69Z',
  64: '#0P',
  65: '$&4RST',
  66: 'B',
  67: '+<=>~−',
  68: 'KY',
  69: 'AVX',
  73: 'D',
  74: 'C',
  75: 'GHU',
  76: 'N',
  77: 'OQ',
  82: 'w',
  84: '✕⤢',
  87: '…',
  88: 'm',
  91: 'M',
  96: '→',
  97: '@',
  99: '%W',
});
const BOLD = advances({
  26: ' ',
  27: 'ijl',
  28: 'I',
  32: ',.:·',
  33: "!';",
  36: '`t|',
  38: '()/[\\]',
  39: 'f',
  40: 'r',
  43: '1',
  46: '{}',
  47: '-_',
  49: '^',
  53: '"',
  54: '*',
  55: '?s',
  57: 'Lkxz',
  58: '7a',
  59: 'FJcvy',
  60: 'e',
  61: 'Eo',
  62: '5hnu',
  63: '2bdgpq',
  64: '369',
  65: '#8P',
  66: '$0BRSZ',
  67: '&4T',
  68: '+<=>~−',
  71: 'K',
  72: 'XY',
  73: 'ADV',
  74: 'CU',
  75: 'GH',
  76: 'N',
  77: 'O',
  78: 'Q',
  84: 'w✕⤢',
  91: 'm',
  93: 'M',
  96: '→…',
  100: '@',
  101: '%',
  103: 'W',
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
