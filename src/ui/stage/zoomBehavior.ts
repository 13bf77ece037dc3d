import { select } from 'd3-selection';
import { zoom as d3Zoom, zoomIdentity, zoomTransform } from 'd3-zoom';
import { onSwipe, pageScrolls } from './swipe.ts';

/** Where the drawing lies in the stage: moved by x and y pixels, after being made k times as big. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

/** How far hands may take the drawing. */
export interface ZoomFrame {
  readonly scales: readonly [number, number];
  /** Of the stage, in pixels. */
  readonly size: { readonly width: number; readonly height: number };
  /** Of the drawing, in its own units, with the margin that may be seen around it. */
  readonly drawing: { readonly width: number; readonly height: number; readonly margin: number };
}

/** A stage that follows wheel, pinch and drag. */
export interface Zooming {
  frame(frame: ZoomFrame): void;
  place(view: View): void;
  /** About the middle of the stage. */
  scaleBy(factor: number): void;
  /** In the drawing's own units, as far as its frame lets it. */
  translateBy(dx: number, dy: number): void;
  stop(): void;
}

/** @param onZoom hears of every change; `event` is the hand's, absent when nobody's hand was in it. */
export function attachZoom(element: SVGSVGElement, onZoom: (view: View, event: unknown) => void): Zooming {
  const behavior = d3Zoom<SVGSVGElement, unknown>()
    .clickDistance(4)
    .filter((event: Event) => isZoom(element, event))
    .on('zoom', ({ transform, sourceEvent }) => onZoom(transform, sourceEvent ?? undefined));
  const drawing = select(element);
  drawing.call(behavior).on('dblclick.zoom', null);
  const stopSwiping = onSwipe(element, (dx) => {
    drawing.call(behavior.translateBy, dx / zoomTransform(element).k, 0);
    onZoom(zoomTransform(element), 'swipe');
  });
  return {
    frame: ({ scales, size, drawing: { width, height, margin } }) => {
      behavior
        .scaleExtent([...scales])
        .extent([
          [0, 0],
          [size.width, size.height],
        ])
        .translateExtent([
          [-margin, -margin],
          [width + margin, height + margin],
        ]);
    },
    place: ({ x, y, k }) => void drawing.call(behavior.transform, zoomIdentity.translate(x, y).scale(k)),
    scaleBy: (factor) => void drawing.call(behavior.scaleBy, factor),
    translateBy: (dx, dy) => void drawing.call(behavior.translateBy, dx, dy),
    stop: () => {
      stopSwiping();
      drawing.on('.zoom', null);
    },
  };
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
