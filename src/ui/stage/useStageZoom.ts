import { select } from 'd3-selection';
import { zoom as d3Zoom, type ZoomBehavior, zoomIdentity, zoomTransform } from 'd3-zoom';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { DETAIL_LEVELS, type DetailLevel } from '../../scene/detail.ts';
import type { Point } from '../../scene/geometry.ts';
import type { SceneLayout } from '../../scene/layout/model.ts';
import { onSwipe, pageScrolls } from './swipe.ts';
import type { Size } from './useMeasure.ts';

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
const REVEAL_MARGIN = 12;
/** Room around a packet that is followed. */
const FOLLOW = { left: 60, right: 210, top: 70, bottom: 60 } as const;

/** One transform for the whole drawing: wheel, pinch and drag change it, and so does following a packet. */
export function useStageZoom(input: Input): StageZoom {
  const svg = useRef<SVGSVGElement>(null);
  const world = useRef<SVGGElement>(null);
  const behavior = useRef<ZoomBehavior<SVGSVGElement, unknown>>(undefined);
  const latest = useRef(input);
  /** Where a level that was entered by zooming shall show what was under the pointer. */
  const anchor = useRef<Anchor>(undefined);
  const handled = useRef(false);
  /** A new picture of the same measures leaves the view as it is. */
  const fittedFor = useRef('');
  useLayoutEffect(() => {
    latest.current = input;
  });

  useEffect(() => {
    const element = svg.current;
    if (!element) return;
    const made = d3Zoom<SVGSVGElement, unknown>()
      .clickDistance(4)
      .filter((event: Event) => isZoom(element, event))
      .on('zoom', ({ transform, sourceEvent }) => {
        world.current?.setAttribute('transform', transform.toString());
        if (!sourceEvent) return;
        handled.current = true;
        const { base, level, onLevelChange, layout } = latest.current;
        const next = levelBeyond(level, transform.k / base);
        if (!next || !onLevelChange || !layout || anchor.current) return;
        const [x, y] = pointerIn(element, sourceEvent);
        anchor.current = anchorAt(layout, transform.invertX(x), x, y);
        onLevelChange(next);
      });
    behavior.current = made;
    select(element).call(made).on('dblclick.zoom', null);
    const stopSwiping = onSwipe(element, (dx) => {
      handled.current = true;
      select(element).call(made.translateBy, dx / zoomTransform(element).k, 0);
    });
    return () => {
      stopSwiping();
      select(element).on('.zoom', null);
      behavior.current = undefined;
    };
  }, []);

  const { layout, base, size } = input;
  useLayoutEffect(() => {
    const element = svg.current;
    const zoom = behavior.current;
    if (!element || !zoom || !layout || !size) return;
    const [w, h] = [layout.width * base, layout.height * base];
    zoom
      .scaleExtent([base * LIMITS.least, base * LIMITS.most])
      .extent([
        [0, 0],
        [size.width, size.height],
      ])
      .translateExtent([
        [-80, -80],
        [layout.width + 80, layout.height + 80],
      ]);
    const frame = `${layout.level} ${size.width} ${size.height} ${layout.width} ${layout.height}`;
    const at = anchor.current;
    anchor.current = undefined;
    if (frame === fittedFor.current) return;
    fittedFor.current = frame;
    const column = at && layout.columns.find((candidate) => candidate.netns === at.netns);
    const x = at && column ? at.x - (column.box.x + column.box.width * at.share) * base : (size.width - w) / 2;
    const y = at ? Math.min(0, Math.max(size.height - h, at.y - layout.height * base * 0.5)) : 0;
    const fitted = zoomIdentity
      .translate(w > size.width ? Math.min(0, Math.max(size.width - w, x)) : (size.width - w) / 2, y)
      .scale(base);
    handled.current = false;
    select(element).call(zoom.transform, fitted);
  }, [layout, base, size]);

  const by = useCallback((factor: number) => {
    const element = svg.current;
    const zoom = behavior.current;
    if (!element || !zoom) return;
    const { base: scale, level, onLevelChange } = latest.current;
    const wanted = (zoomTransform(element).k * factor) / scale;
    const next = levelBeyond(level, wanted);
    if (next && onLevelChange) onLevelChange(next);
    else {
      handled.current = true;
      select(element).call(zoom.scaleBy, factor);
    }
  }, []);

  const reset = useCallback(() => {
    const element = svg.current;
    const zoom = behavior.current;
    if (!element || !zoom) return;
    handled.current = false;
    select(element).call(zoom.transform, zoomIdentity.scale(latest.current.base));
  }, []);

  const follow = useCallback((point: Point, smooth: boolean) => {
    const element = svg.current;
    const zoom = behavior.current;
    const { size: view, layout: drawn, base: scale } = latest.current;
    if (!element || !zoom || !view || !drawn || handled.current) return;
    const transform = zoomTransform(element);
    const [x, y] = transform.apply([point.x, point.y]);
    const wide = drawn.width * scale > view.width + 1;
    const high = drawn.height * scale > view.height + 1;
    const dx = wide ? outside(x, FOLLOW.left, Math.max(FOLLOW.left, view.width - FOLLOW.right)) : 0;
    const dy = high ? outside(y, FOLLOW.top, Math.max(FOLLOW.top, view.height - FOLLOW.bottom)) : 0;
    if (Math.abs(dx) < 1 && Math.abs(dy) < 1) return;
    const share = smooth ? 0.16 : 1;
    select(element).call(zoom.translateBy, (dx * share) / transform.k, (dy * share) / transform.k);
  }, []);

  const reveal = useCallback((focused: Element) => {
    const element = svg.current;
    const zoom = behavior.current;
    if (!element || !zoom) return;
    const [view, box] = [element.getBoundingClientRect(), focused.getBoundingClientRect()];
    const dx = shift(box.left - view.left, box.right - view.right);
    const dy = shift(box.top - view.top, box.bottom - view.bottom);
    if (dx === 0 && dy === 0) return;
    const { k } = zoomTransform(element);
    select(element).call(zoom.translateBy, dx / k, dy / k);
  }, []);

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

/** Whether the gesture is the drawing's: one finger and the plain wheel scroll the page, where that scrolls. */
function isZoom(element: SVGSVGElement, event: Event): boolean {
  if ('touches' in event) return (event as TouchEvent).touches.length > 1 || !pageScrolls(element);
  if (event instanceof WheelEvent && !event.ctrlKey && !event.metaKey && pageScrolls(element)) return false;
  if (!(event instanceof MouseEvent) || event.button) return false;
  return !(event.type === 'mousedown' && isText(event.target));
}

function isText(target: EventTarget | null): boolean {
  return target instanceof SVGElement && target.closest('text') !== null;
}

function pointerIn(element: SVGSVGElement, event: Event): [number, number] {
  const box = element.getBoundingClientRect();
  if (event instanceof MouseEvent) return [event.clientX - box.left, event.clientY - box.top];
  return [box.width / 2, box.height / 2];
}
