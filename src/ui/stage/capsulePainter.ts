import type { CapsuleFrame } from '../../scene/frame.ts';
import { fitText, textWidth } from '../../scene/textFit.ts';
import { bodyOf, type CapsuleBody } from './capsuleBody.ts';
import { Parts } from './capsuleParts.ts';

const LABEL = { family: 'terminal', size: 11 } as const;
const WORDS = { family: 'words', size: 11 } as const;
const BADGE = { family: 'words', size: 12, bold: true } as const;
/** How far the shells lie around the body, innermost first. */
const AROUND = { l4: 0, ip: 3.5, tunnel: 9 } as const;
const CORE = 5;
const COPY_STEP = { x: 9, y: 7 } as const;

export interface PaintContext {
  /** Of the drawing: what would stick out to the right goes to the left. */
  readonly width: number;
}

/** How far a capsule reaches, with what stands beside it. */
interface Ends {
  readonly left: number;
  readonly right: number;
}

/** Draws one capsule's state into its elements; attributes are written only when they change. */
export class CapsulePainter {
  readonly #parts: Parts;
  #moving = false;
  #x = Number.NaN;
  #y = Number.NaN;

  constructor(root: SVGGElement) {
    this.#parts = new Parts(root);
  }

  /** @param frame undefined: there is no packet to show. */
  paint(frame: CapsuleFrame | undefined, context: PaintContext): void {
    const parts = this.#parts;
    parts.show('root', frame !== undefined);
    if (!frame) {
      this.stand();
      return;
    }
    const { tone, focus, change, piece } = frame;
    const [x, y] = placeOf(frame);
    const moved = frame.moving && (x !== this.#x || y !== this.#y);
    [this.#x, this.#y] = [x, y];
    const others = focus || piece ? '' : ' stage-capsule-other';
    parts.set('root', 'transform', `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    parts.set('root', 'class', `stage-capsule stage-tone-${tone}${others}${piece ? ' stage-piece' : ''}`);
    parts.set('root', 'opacity', change?.type === 'split' ? change.left.toFixed(2) : '1');
    this.#setMoving(moved);
    const room = context.width - x - 4;
    const body = bodyOf(frame);
    const ends = this.#mark(body.mark, this.#shells(frame, body), room, change?.type === 'drop');
    this.#badge(frame, ends, room);
    this.#drop(frame);
    parts.set('root', 'data-change', change?.type ?? '');
    parts.set('root', 'data-piece', piece ? `${piece.index}/${piece.of}` : '');
  }

  /** Nothing moves any more. */
  stand(): void {
    this.#setMoving(false);
  }

  #setMoving(moving: boolean): void {
    if (this.#moving === moving) return;
    this.#moving = moving;
    this.#parts.set('root', 'data-moving', String(moving));
  }

  /** @returns the capsule's edges. */
  #shells({ capsule, change, progress }: CapsuleFrame, body: CapsuleBody): Ends {
    const parts = this.#parts;
    const dropped = change?.type === 'drop' ? Math.min(1, progress * 3) : 0;
    const rewriting = change?.type === 'rewrite' ? ' stage-rewriting' : '';
    const has = (shell: 'tunnel' | 'ip' | 'l4' | 'arp'): boolean => capsule.shells.includes(shell);
    const box = (part: 'l4' | 'ip' | 'tunnel', spread = 0): void => {
      const around = AROUND[part] + spread;
      const [width, height] = [body.right - body.left + 6, body.bottom - body.top + 2 * around];
      parts.box(part, body.left - 3 - around, body.top - around, width + 2 * around, height, Math.min(height / 2, 15));
    };
    parts.set(
      'label',
      'class',
      `stage-${body.family} stage-capsule-label${rewriting}${body.isOld ? ' stage-was' : ''}`,
    );
    parts.text('label', body.text);
    parts.set('label', 'x', String(body.textX));
    parts.set('label', 'y', String(body.textY));
    parts.show('data', body.core);
    if (body.core) parts.box('data', -CORE, -CORE, CORE * 2, CORE * 2, 3);
    parts.show('l4', has('l4'));
    if (has('l4')) box('l4');
    const framed = has('ip') || has('arp');
    parts.show('ip', framed);
    if (framed) box('ip');
    parts.set('ip', 'class', `stage-shell ${has('arp') ? 'stage-shell-eth' : 'stage-shell-ip'}${rewriting}`);
    const wrapping = change?.type === 'wrap' ? Math.min(1, progress * 2.5) : 1;
    const unwrapping = change?.type === 'unwrap' ? Math.min(1, progress * 2.5) : 1;
    const tunnel = has('tunnel') || unwrapping < 1;
    parts.show('tunnel', tunnel);
    if (tunnel) {
      const spread = has('tunnel') ? (1 - wrapping) * 16 : unwrapping * 16;
      box('tunnel', spread);
      parts.set('tunnel', 'opacity', (has('tunnel') ? wrapping : 1 - unwrapping).toFixed(2));
      parts.set('tunnel', 'class', `stage-shell stage-shell-tunnel${spread > 0 ? ' stage-shell-open' : ''}`);
    }
    this.#quoted(body);
    for (const part of ['ip', 'l4', 'data', 'label', 'quoted'] as const)
      parts.set(part, 'opacity', (1 - dropped).toFixed(2));
    if (dropped > 0 && tunnel) parts.set('tunnel', 'opacity', (1 - dropped).toFixed(2));
    return { left: -22, right: body.right + (has('tunnel') ? 16 : framed ? 8 : 4) };
  }

  #quoted({ quoted }: CapsuleBody): void {
    const parts = this.#parts;
    parts.show('quoted', quoted !== undefined);
    if (!quoted) return;
    const { x, y, width, text } = quoted;
    parts.box('quotedIp', x, y, width, 20, 10);
    parts.box('quotedL4', x + 2.5, y + 2.5, width - 5, 15, 7.5);
    parts.set('quotedText', 'x', String(x + 8));
    parts.set('quotedText', 'y', String(y + 14));
    parts.text('quotedText', text);
  }

  #mark(mark: string | undefined, ends: Ends, room: number, dropped: boolean): Ends {
    const parts = this.#parts;
    parts.show('mark', mark !== undefined && !dropped);
    if (mark === undefined) return ends;
    const text = fitText(mark, 130, WORDS);
    const width = textWidth(text, WORDS) + 12;
    const placed = placeBeside(ends, width, 3, room);
    parts.box('markBox', placed.x, -10, width, 20, 6);
    parts.set('markText', 'x', String(placed.x + 6));
    parts.set('markText', 'y', '4');
    parts.text('markText', text);
    return placed.ends;
  }

  #badge({ capsule, change }: CapsuleFrame, ends: Ends, room: number): void {
    const parts = this.#parts;
    const shown = capsule.overhead > 0 && change?.type !== 'drop';
    parts.show('badge', shown);
    if (!shown) return;
    const text = `+${capsule.overhead} B`;
    const width = textWidth(text, BADGE) + 16;
    const { x } = placeBeside(ends, width, 6, room);
    parts.box('badgeBox', x, -13, width, 26, 8);
    parts.set('badgeText', 'x', String(x + 8));
    parts.set('badgeText', 'y', '4.5');
    parts.text('badgeText', text);
  }

  #drop({ change, progress }: CapsuleFrame): void {
    const parts = this.#parts;
    const dropped = change?.type === 'drop' ? change : undefined;
    parts.show('drop', dropped !== undefined);
    if (!dropped) return;
    const shards = Math.min(1, progress * 1.6);
    parts.set('shards', 'd', shardPath(shards));
    parts.set('shards', 'opacity', (1 - shards).toFixed(2));
    const text = `✕ ${dropped.reason}`;
    const shown = Math.max(0, Math.min(1, progress * 3 - 0.4));
    parts.box('dropBox', -14, -12, textWidth(text, LABEL) + 20, 24, 7);
    parts.set('dropBox', 'opacity', shown.toFixed(2));
    parts.set('dropText', 'x', '-4');
    parts.set('dropText', 'y', '4');
    parts.set('dropText', 'opacity', shown.toFixed(2));
    parts.text('dropText', text);
  }
}

/** At the right, or at the left where the drawing ends. @param room from the capsule's place to that end. */
function placeBeside(
  ends: Ends,
  width: number,
  gap: number,
  room: number,
): { readonly x: number; readonly ends: Ends } {
  const right = ends.right + gap;
  if (right + width < room) return { x: right, ends: { ...ends, right: right + width } };
  const x = ends.left - gap - width;
  return { x, ends: { ...ends, left: x } };
}

/** Pieces lie beside each other, so that each can be read; copies are fanned out. */
function placeOf({ point, rank, ahead, aside }: CapsuleFrame): readonly [x: number, y: number] {
  return [point.x + rank * COPY_STEP.x, point.y + rank * COPY_STEP.y + aside * ahead];
}

/** Eight pieces flying apart. @param progress 0 to 1. */
function shardPath(progress: number): string {
  let path = '';
  for (let i = 0; i < 8; i++) {
    const angle = (i / 8) * 2 * Math.PI + 0.3;
    const distance = 6 + 34 * progress * (i % 2 === 0 ? 1 : 0.7);
    const [x, y] = [40 + Math.cos(angle) * distance * 1.8, Math.sin(angle) * distance];
    path += `M${x.toFixed(1)} ${y.toFixed(1)}l${(4 + (i % 3) * 2).toFixed(0)} ${i % 2 === 0 ? 3 : -3}l-3 4z`;
  }
  return path;
}
