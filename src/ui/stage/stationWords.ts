import type { Face, Row } from '../../scene/layout/model.ts';
import type { Lit } from '../../scene/lit.ts';
import { type Font, textWidth } from '../../scene/textFit.ts';
import { type Kept, keptText } from './kept.ts';

/** From a block's left edge to its words, right of both lanes. */
export const TEXT_X = 40;

const SMALL = { family: 'terminal', size: 11 } as const;
const SMALL_WORDS = { family: 'words', size: 11 } as const;
const PAD = 10;

export interface Word {
  readonly part: 'label' | 'aside' | 'note' | 'chains' | 'chip' | 'kept';
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly font: Font;
  readonly width: number;
  readonly anchor?: 'end';
  readonly className: string;
}

export interface Said {
  readonly lit: Lit | undefined;
  readonly chains: readonly string[];
  readonly met: boolean;
  readonly kept: Kept | undefined;
}

/**
 * A station's words, so that none touches another. One line: the label, and what was decided at the right. Two lines: below
 * a hook's label the decision takes the place of the note, below a device's it stands beside it.
 */
export function layWords({ box }: Row, face: Face, { lit, chains, met, kept }: Said): Word[] {
  const left = box.x + TEXT_X + (face.indent ? 12 : 0);
  const right = box.x + box.width - PAD;
  const all = right - left;
  const two = face.note !== undefined;
  const first = two ? box.y + box.height / 2 - 3 : box.y + box.height / 2 + 4;
  const second = first + 15;
  const labelFont: Font = { family: face.labelFont, size: face.strong ? 12 : 11, bold: face.strong };
  const labelWidth = Math.min(textWidth(face.label, labelFont), all);
  const labelTone = met ? ' stage-met' : face.indent ? ' stage-faint' : '';
  const words: Word[] = [
    {
      part: 'label',
      x: left,
      y: first,
      text: face.label,
      font: labelFont,
      width: labelWidth,
      className: `stage-label${labelTone}`,
    },
  ];
  const roomBeside = all - labelWidth - 8;
  // the station's own name says nothing new
  const chip = lit && lit.chip.text !== '' && lit.chip.text !== face.label ? lit.chip : undefined;
  const asideFits =
    face.aside !== undefined && (two || face.kind === 'bridge') && textWidth(face.aside, SMALL) <= roomBeside;
  if (face.aside !== undefined && (two ? asideFits : !chip)) {
    words.push({
      part: 'aside',
      x: right,
      y: first,
      text: face.aside,
      font: SMALL,
      width: roomBeside,
      anchor: 'end',
      className: 'stage-muted',
    });
  }
  const replaces = two && (face.kind === 'hook' || face.kind === 'node') && chip !== undefined;
  if (face.note !== undefined && !replaces) {
    const noteWidth = chip ? all - Math.min(textWidth(chip.text, SMALL), all / 2) - 8 : all;
    const tone = face.noteTone === 'tunnel' ? 'stage-tunnel-text' : 'stage-faint';
    words.push({
      part: 'note',
      x: left,
      y: second,
      text: face.note,
      font: SMALL,
      width: noteWidth,
      className: tone,
    });
  }
  const chainsWidth = roomBeside - (chip ? textWidth(chip.text, SMALL) + 8 : 0);
  if (chains.length > 0 && !two && chainsWidth > 40) {
    words.push({
      part: 'chains',
      x: left + labelWidth + 8,
      y: first,
      text: chains.join(' › '),
      font: SMALL,
      width: chainsWidth,
      className: 'stage-faint',
    });
  }
  if (!chip) return words;
  const font: Font = {
    family: chip.terminal ? 'terminal' : 'words',
    size: 11,
    bold: chip.tone === 'nat' || chip.tone === 'drop',
  };
  const className = `stage-chip stage-chip-${chip.tone}${lit?.focus ? '' : ' stage-waiting'}`;
  if (replaces) {
    const own = Math.min(textWidth(chip.text, font), kept ? all * 0.55 : all);
    words.push({ part: 'chip', x: left, y: second, text: chip.text, font, width: own + 1, className });
    const room = all - own - 12;
    if (kept) {
      words.push({
        part: 'kept',
        x: right,
        y: second,
        text: keptText(kept, room, SMALL_WORDS),
        font: SMALL_WORDS,
        width: room,
        anchor: 'end',
        className: `stage-chip stage-chip-${kept.tone}`,
      });
    }
  } else {
    const noteWidth = face.note === undefined ? 0 : Math.min(textWidth(face.note, SMALL), all / 2);
    const room = two ? all - noteWidth - 8 : roomBeside;
    if (room >= Math.min(52, textWidth(chip.text, font)))
      words.push({
        part: 'chip',
        x: right,
        y: two ? second : first,
        text: chip.text,
        font,
        width: room,
        anchor: 'end',
        className,
      });
  }
  return words;
}
