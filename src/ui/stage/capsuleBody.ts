import type { Capsule } from '../../scene/capsule.ts';
import type { CapsuleFrame } from '../../scene/frame.ts';
import { fitText, textWidth } from '../../scene/textFit.ts';
import { tryWords } from '../../scene/tries.ts';

const LABEL = { family: 'terminal', size: 11 } as const;
const LABEL_BOLD = { ...LABEL, bold: true } as const;
const WORDS = { family: 'words', size: 11 } as const;
/** Widest label; IPv6 ends and ARP questions are cut in the middle. */
const MOST_LABEL = 190;
/** From the capsule's first edge to its words, with its core before them and without. */
const TEXT_X = { core: 13, plain: 3 } as const;

/** The innermost part of a capsule, which its shells lie around: where it is and what it says. */
export interface CapsuleBody {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly text: string;
  readonly family: 'terminal' | 'words';
  /** What was there before the rewriting, struck out. */
  readonly isOld: boolean;
  readonly textX: number;
  readonly textY: number;
  /** The payload's mark. */
  readonly core: boolean;
  /** The packet that an ICMP error quotes, as a capsule inside. */
  readonly quoted?: { readonly text: string; readonly x: number; readonly y: number; readonly width: number };
  /** A word beside it. */
  readonly mark?: string;
}

export function bodyOf(frame: CapsuleFrame): CapsuleBody {
  const { capsule, piece, tries } = frame;
  if (piece) return pieceBody(`${piece.index}/${piece.of} · ${piece.length} B`);
  if (capsule.quoted) return errorBody(capsule, capsule.quoted.label, frame.ahead);
  const { text, isOld, isBold } = labelOf(frame);
  const core = capsule.shells.includes('data');
  const textX = core ? TEXT_X.core : TEXT_X.plain;
  const mark = capsule.mark ?? (tries === undefined ? undefined : tryWords(tries));
  return {
    top: -10,
    bottom: 10,
    left: -5,
    right: textX + textWidth(text, isBold ? LABEL_BOLD : LABEL) + 7,
    text,
    family: 'terminal',
    isOld,
    textX,
    textY: 4,
    core,
    ...(mark !== undefined && { mark }),
  };
}

/** Smaller than a whole packet: which it is of how many, and how long. */
function pieceBody(text: string): CapsuleBody {
  const right = TEXT_X.plain + textWidth(text, LABEL_BOLD) + 5;
  const { plain: textX } = TEXT_X;
  return { top: -8, bottom: 8, left: -4, right, text, family: 'terminal', isOld: false, textX, textY: 4, core: false };
}

/** Two lines: what is wrong, and the packet it is about. It grows to the side where nothing has been said. */
function errorBody({ mark }: Capsule, about: string, ahead: 1 | -1): CapsuleBody {
  const text = fitText(mark ?? 'ICMP error', MOST_LABEL, WORDS);
  const quoted = fitText(about, MOST_LABEL - 20, LABEL);
  const width = textWidth(quoted, LABEL) + 16;
  const top = ahead > 0 ? -10 : -32;
  const { plain: textX } = TEXT_X;
  return {
    top,
    bottom: top + 42,
    left: -5,
    right: textX + Math.max(textWidth(text, WORDS), width) + 7,
    text,
    family: 'words',
    isOld: false,
    textX,
    textY: top + 13,
    core: false,
    quoted: { text: quoted, x: textX, y: top + 19, width },
  };
}

function labelOf({ capsule, change, progress }: CapsuleFrame): {
  readonly text: string;
  readonly isOld: boolean;
  readonly isBold: boolean;
} {
  if (change?.type !== 'rewrite')
    return { text: fitText(capsule.label, MOST_LABEL, LABEL), isOld: false, isBold: false };
  const isOld = progress < 0.4;
  const text = isOld ? change.before : change.after;
  const whole = change.end === 'source' ? `from ${text}` : text;
  return { text: fitText(whole, MOST_LABEL, LABEL_BOLD), isOld, isBold: true };
}
