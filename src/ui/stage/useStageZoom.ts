import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef } from 'react';
import { DETAIL_LEVELS, type DetailLevel } from '../../scene/detail.ts';
import type { Point } from '../../scene/geometry.ts';
import type { SceneLayout } from '../../scene/layout/model.ts';
import type { Size } from './useMeasure.ts';
import { useZooming } from './useZooming.ts';
import type { View, ZoomFrame } from './zoomBehavior.ts';

export interface StageZoom {
  readonly svg: RefObject<SVGSVGElement | null>;
  readonly world: RefObject<SVGGElement | null>;
  /** Zooms about the middle. */
  by(factor: number): void;
  /** Back to the whole picture, at the size it was made for. */
  reset(): void;
  /** Brings into view what has got the focus. */
  reveal(element: Element): void;
  /** Keeps a point of the drawing in view while a packet is there. */
  follow(point: Point, smooth: boolean): void;
}

interface Input {
  readonly layout: SceneLayout | undefined;
  /** Scale at which the drawing fills the stage. */
  readonly base: number;
  readonly size: Size | undefined;
  readonly level: DetailLevel;
  readonly onLevelChange: ((level: DetailLevel) => void) | undefined;
}

/** Zoom, against the base scale, at which the next level of detail takes over. */
const FINER = 1.8;
const COARSER = 0.62;
const LIMITS = { least: 0.4, most: 4 } as const;
const MARGIN = 80;
const REVEAL_MARGIN = 12;
/** Room around a packet that is followed. */
const FOLLOW = { left: 60, right: 210, top: 70, bottom: 60 } as const;

/**
 * One transform for the whole drawing: wheel, pinch and drag change it, and so does following a packet. What listens to hands
 * is not there for the first picture: it comes when a packet leaves the view, or a hand or key wants it.
 */
export function useStageZoom(input: Input): StageZoom {
  const svg = useRef<SVGSVGElement>(null);
  const world = useRef<SVGGElement>(null);
  const view = useRef<View>({ x: 0, y: 0, k: 1 });
  const frame = useRef<ZoomFrame>(undefined);
  const latest = useRef(input);
  /** Where a level that was entered by zooming shall show what was under the pointer. */
  const anchor = useRef<Anchor>(undefined);
  const handled = useRef(false);
  /** A new picture of the same measures leaves the view as it is. */
  const fittedFor = useRef('');
  useLayoutEffect(() => {
    latest.current = input;
  });

  const onZoom = useCallback((next: View, event: unknown) => {
    view.current = next;
    world.current?.setAttribute('transform', `translate(${next.x},${next.y}) scale(${next.k})`);
    if (event === undefined) return;
    handled.current = true;
    const element = svg.current;
    const { base, level, onLevelChange, layout } = latest.current;
    const beyond = levelBeyond(level, next.k / base);
    if (!element || !beyond || !onLevelChange || !layout || anchor.current) return;
    const [x, y] = pointerIn(element, event);
    anchor.current = anchorAt(layout, (x - next.x) / next.k, x, y);
    onLevelChange(beyond);
  }, []);
  const withZoom = useZooming(svg, onZoom, view, frame);

  const { layout, base, size } = input;
  useLayoutEffect(() => {
    if (!layout || !size) return;
    const [w, h] = [layout.width * base, layout.height * base];
    const scales = [base * LIMITS.least, base * LIMITS.most] as const;
    const bounds = { scales, size, drawing: { width: layout.width, height: layout.height, margin: MARGIN } };
    frame.current = bounds;
    withZoom.ifThere((zooming) => zooming.frame(bounds));
    const key = `${layout.level} ${size.width} ${size.height} ${layout.width} ${layout.height}`;
    const at = anchor.current;
    anchor.current = undefined;
    if (key === fittedFor.current) return;
    fittedFor.current = key;
    const column = at && layout.columns.find((candidate) => candidate.netns === at.netns);
    const left = at && column ? at.x - (column.box.x + column.box.width * at.share) * base : (size.width - w) / 2;
    const y = at ? Math.min(0, Math.max(size.height - h, at.y - layout.height * base * 0.5)) : 0;
    const x = w > size.width ? Math.min(0, Math.max(size.width - w, left)) : (size.width - w) / 2;
    handled.current = false;
    onZoom({ x, y, k: base }, undefined);
    withZoom.ifThere((zooming) => zooming.place({ x, y, k: base }));
  }, [layout, base, size, onZoom, withZoom]);

  const by = useCallback(
    (factor: number) => {
      const { base: scale, level, onLevelChange } = latest.current;
      const next = levelBeyond(level, (view.current.k * factor) / scale);
      if (next && onLevelChange) onLevelChange(next);
      else {
        handled.current = true;
        withZoom((zooming) => zooming.scaleBy(factor));
      }
    },
    [withZoom],
  );

  const reset = useCallback(() => {
    handled.current = false;
    withZoom((zooming) => zooming.place({ x: 0, y: 0, k: latest.current.base }));
  }, [withZoom]);

  const follow = useCallback(
    (point: Point, smooth: boolean) => {
      const { size: seen, layout: drawn, base: scale } = latest.current;
      if (!seen || !drawn || handled.current) return;
      const { x: left, y: top, k } = view.current;
      const [x, y] = [point.x * k + left, point.y * k + top];
      const wide = drawn.width * scale > seen.width + 1;
      const high = drawn.height * scale > seen.height + 1;
      const dx = wide ? outside(x, FOLLOW.left, Math.max(FOLLOW.left, seen.width - FOLLOW.right)) : 0;
      const dy = high ? outside(y, FOLLOW.top, Math.max(FOLLOW.top, seen.height - FOLLOW.bottom)) : 0;
      if (Math.abs(dx) < 1 && Math.abs(dy) < 1) return;
      const share = smooth ? 0.16 : 1;
      withZoom((zooming) => zooming.translateBy((dx * share) / k, (dy * share) / k));
    },
    [withZoom],
  );

  const reveal = useCallback(
    (focused: Element) => {
      withZoom((zooming) => {
        const element = svg.current;
        if (!element?.contains(focused)) return;
        const [seen, box] = [element.getBoundingClientRect(), focused.getBoundingClientRect()];
        const dx = shift(box.left - seen.left, box.right - seen.right);
        const dy = shift(box.top - seen.top, box.bottom - seen.bottom);
        if (dx !== 0 || dy !== 0) zooming.translateBy(dx / view.current.k, dy / view.current.k);
      });
    },
    [withZoom],
  );

  return useMemo(() => ({ svg, world, by, reset, follow, reveal }), [by, reset, follow, reveal]);
}

interface Anchor {
  readonly netns: string;
  /** Across the column, 0 to 1. */
  readonly share: number;
  readonly x: number;
  readonly y: number;
}

function anchorAt(layout: SceneLayout, worldX: number, x: number, y: number): Anchor | undefined {
  const column = layout.columns.find(({ box }) => worldX >= box.x && worldX <= box.x + box.width) ?? layout.columns[0];
  return (
    column && { netns: column.netns, share: Math.min(1, Math.max(0, (worldX - column.box.x) / column.box.width)), x, y }
  );
}

function levelBeyond(level: DetailLevel, zoom: number): DetailLevel | undefined {
  const at = DETAIL_LEVELS.indexOf(level);
  if (zoom >= FINER) return DETAIL_LEVELS[at + 1];
  return zoom <= COARSER ? DETAIL_LEVELS[at - 1] : undefined;
}

/** How far the value must move to lie between the two. */
function outside(value: number, low: number, high: number): number {
  return value < low ? low - value : value > high ? high - value : 0;
}

/** How far something must move whose near edge sticks out by less than zero, or whose far edge by more. */
function shift(near: number, far: number): number {
  return near < 0 ? REVEAL_MARGIN - near : far > 0 ? -far - REVEAL_MARGIN : 0;
}

function pointerIn(element: SVGSVGElement, event: unknown): [number, number] {
  const box = element.getBoundingClientRect();
  if (event instanceof MouseEvent) return [event.clientX - box.left, event.clientY - box.top];
  return [box.width / 2, box.height / 2];
}
