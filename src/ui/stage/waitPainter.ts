import type { CapsuleFrame, WaitFrame } from '../../scene/frame.ts';
import { textWidth } from '../../scene/textFit.ts';
import { Parts } from './capsuleParts.ts';

const FONT = { family: 'words', size: 11, bold: true } as const;
/** Beside a capsule that waits, on the side where nothing has been said. */
const ASIDE = 36;
/** A capsule nearer than this stands where the clock would. */
const NEAR = 40;

/** Draws the clock of a stretch in which nothing happens, beside whoever waits. */
export class WaitPainter {
  readonly #parts: Parts;

  constructor(root: SVGGElement) {
    this.#parts = new Parts(root);
  }

  /**
   * @param frames what is drawn beside it.
   * @param calm the hand stands still.
   */
  paint(wait: WaitFrame | undefined, frames: readonly CapsuleFrame[], calm: boolean): void {
    const parts = this.#parts;
    parts.show('root', wait !== undefined);
    if (!wait) return;
    const { point, ahead, label, progress } = wait;
    const taken = frames.some((frame) => Math.hypot(frame.point.x - point.x, frame.point.y - point.y) < NEAR);
    const y = point.y + (taken ? ahead * ASIDE : 0);
    parts.set('root', 'transform', `translate(${point.x.toFixed(1)} ${y.toFixed(1)})`);
    const text = `${label} wait`;
    parts.box('waitBox', -16, -13, textWidth(text, FONT) + 38, 26, 8);
    parts.set('waitHand', 'transform', `rotate(${calm ? 90 : (progress * 360).toFixed(0)})`);
    parts.text('waitText', text);
  }
}
