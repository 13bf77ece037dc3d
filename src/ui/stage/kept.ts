import type { ChipTone } from '../../scene/chip.ts';
import type { Face } from '../../scene/layout/model.ts';
import type { LitScene } from '../../scene/lit.ts';
import { type Font, textWidth } from '../../scene/textFit.ts';

/** What a station decided whose lane has been folded since: worth its words as long as the packet is told about. */
export interface Kept {
  readonly station: string;
  readonly text: string;
  readonly tone: ChipTone;
  readonly weight: number;
}

/** Chips of this weight say that a packet was rewritten, wrapped, cut or dropped. */
const MEMORABLE = 78;

export function keptOf(face: Face, scene: LitScene): Kept | undefined {
  const lit = scene.lit.get(face.station);
  if (!lit || lit.chip.weight < MEMORABLE) return undefined;
  const { text, tone, weight } = lit.chip;
  // of a packet that waits, or that an error is about, only its end counts
  return lit.focus || tone === 'drop' ? { station: face.label, text, tone, weight } : undefined;
}

/** With its station's name where there is room. @param width in pixels. */
export function keptText({ station, text }: Kept, width: number, font: Font): string {
  const whole = `${station}: ${text}`;
  return textWidth(whole, font) <= width ? whole : text;
}
