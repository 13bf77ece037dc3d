import type { CapsuleFrame } from '../../scene/frame.ts';
import { fitText, textWidth } from '../../scene/textFit.ts';
import { Parts } from './capsuleParts.ts';

const LABEL = { family: 'terminal', size: 11 } as const;
const LABEL_BOLD = { ...LABEL, bold: true } as const;
const WORDS = { family: 'words', size: 11 } as const;
const BADGE = { family: 'words', size: 12, bold: true } as const;
/** Widest label; IPv6 ends and ARP questions are cut in the middle. */
const MOST_LABEL = 190;
/** Half heights of the shells, innermost first. */
const SHELL = { l4: 10, ip: 13.5, tunnel: 19 } as const;
const CORE = 5;
const COPY_STEP = { x: 9, y: 7 } as const;

export interface PaintContext {
  /** Of the drawing: what would stick out to the right goes to the left. */
  readonly width: number;
  readonly wait: string | undefined;
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
    const { point, rank, capsule, tone, focus, change } = frame;
    const [x, y] = [point.x + rank * COPY_STEP.x, point.y + rank * COPY_STEP.y];
    const moved = frame.moving && (x !== this.#x || y !== this.#y);
    [this.#x, this.#y] = [x, y];
    parts.set('root', 'transform', `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    parts.set(
      'root',
      'class',
      `stage-capsule stage-tone-${tone}${focus ? '' : ' stage-capsule-other'}${capsule.piece ? ' stage-piece' : ''}`,
    );
    this.#setMoving(moved);
    const right = this.#shells(frame);
    this.#badge(frame, right, context.width - x);
    this.#drop(frame);
    parts.show('wait', context.wait !== undefined);
    if (context.wait !== undefined) {
      parts.set('wait', 'x', '-14');
      parts.set('wait', 'y', '34');
      parts.text('wait', `${context.wait} later`);
    }
    parts.set('root', 'data-change', change?.type ?? '');
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

  /** @returns the capsule's right edge. */
  #shells({ capsule, change, progress }: CapsuleFrame): number {
    const parts = this.#parts;
    const dropped = change?.type === 'drop' ? Math.min(1, progress * 3) : 0;
    const rewriting = change?.type === 'rewrite';
    const label = labelOf(capsule.label, change, progress);
    parts.set(
      'label',
      'class',
      `stage-terminal stage-capsule-label${rewriting ? ' stage-rewriting' : ''}${label.old ? ' stage-was' : ''}`,
    );
    parts.text('label', label.text);
    const font = rewriting ? LABEL_BOLD : LABEL;
    const labelWidth = textWidth(label.text, font);
    const has = (shell: 'tunnel' | 'ip' | 'l4' | 'data' | 'arp'): boolean => capsule.shells.includes(shell);
    const core = has('data');
    const textX = core ? 13 : 3;
    const [left, edge] = [-5, textX + labelWidth + 7];
    parts.set('label', 'x', String(textX));
    parts.set('label', 'y', '4');
    parts.show('data', core);
    if (core) parts.box('data', -CORE, -CORE, CORE * 2, CORE * 2, 3);
    parts.show('l4', has('l4'));
    if (has('l4')) parts.box('l4', left - 3, -SHELL.l4, edge - left + 6, SHELL.l4 * 2, SHELL.l4);
    const framed = has('ip') || has('arp');
    parts.show('ip', framed);
    if (framed) parts.box('ip', left - 7, -SHELL.ip, edge - left + 14, SHELL.ip * 2, SHELL.ip);
    parts.set(
      'ip',
      'class',
      `stage-shell ${has('arp') ? 'stage-shell-eth' : 'stage-shell-ip'}${rewriting ? ' stage-rewriting' : ''}`,
    );
    const wrapping = change?.type === 'wrap' ? Math.min(1, progress * 2.5) : 1;
    const unwrapping = change?.type === 'unwrap' ? Math.min(1, progress * 2.5) : 1;
    const tunnel = has('tunnel') || unwrapping < 1;
    parts.show('tunnel', tunnel);
    if (tunnel) {
      const spread = has('tunnel') ? (1 - wrapping) * 16 : unwrapping * 16;
      parts.box(
        'tunnel',
        left - 14 - spread,
        -SHELL.tunnel - spread,
        edge - left + 28 + 2 * spread,
        2 * (SHELL.tunnel + spread),
        SHELL.tunnel + spread,
      );
      parts.set('tunnel', 'opacity', (has('tunnel') ? wrapping : 1 - unwrapping).toFixed(2));
      parts.set('tunnel', 'class', `stage-shell stage-shell-tunnel${spread > 0 ? ' stage-shell-open' : ''}`);
    }
    for (const part of ['ip', 'l4', 'data', 'label'] as const) parts.set(part, 'opacity', (1 - dropped).toFixed(2));
    if (dropped > 0 && tunnel) parts.set('tunnel', 'opacity', (1 - dropped).toFixed(2));
    const reach = edge + (has('tunnel') ? 16 : framed ? 8 : 4);
    return this.#mark(capsule.mark, reach, dropped);
  }

  #mark(mark: string | undefined, at: number, dropped: number): number {
    const parts = this.#parts;
    parts.show('mark', mark !== undefined && dropped === 0);
    if (mark === undefined) return at;
    const text = fitText(mark, 130, WORDS);
    const width = textWidth(text, WORDS) + 12;
    parts.box('markBox', at + 3, -10, width, 20, 6);
    parts.set('markText', 'x', String(at + 9));
    parts.set('markText', 'y', '4');
    parts.text('markText', text);
    return at + 3 + width;
  }

  #badge({ capsule, change }: CapsuleFrame, right: number, roomRight: number): void {
    const parts = this.#parts;
    const shown = capsule.overhead > 0 && change?.type !== 'drop';
    parts.show('badge', shown);
    if (!shown) return;
    const text = `+${capsule.overhead} B`;
    const width = textWidth(text, BADGE) + 16;
    const x = right + 6 + width < roomRight - 4 ? right + 6 : -28 - width;
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

function labelOf(
  label: string,
  change: CapsuleFrame['change'],
  progress: number,
): { readonly text: string; readonly old: boolean } {
  if (change?.type !== 'rewrite') return { text: fitText(label, MOST_LABEL, LABEL), old: false };
  const old = progress < 0.4;
  const text = old ? change.before : change.after;
  return { text: fitText(change.end === 'source' ? `from ${text}` : text, MOST_LABEL, LABEL_BOLD), old };
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
