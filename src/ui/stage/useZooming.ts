import { type RefObject, useEffect, useMemo, useRef } from 'react';
import type { View, ZoomFrame, Zooming } from './zoomBehavior.ts';

/** Does something with what listens to hands: now when that is there, else as soon as it has been loaded. */
export interface WithZoom {
  (act: (zooming: Zooming) => void): void;
  /** Does nothing where it has not been wanted yet: it will find view and frame as they are then. */
  ifThere(act: (zooming: Zooming) => void): void;
}

/** Loads what lets hands move and zoom the stage when a hand comes near, or somebody else has use for it. */
export function useZooming(
  svg: RefObject<SVGSVGElement | null>,
  onZoom: (view: View, event: unknown) => void,
  view: RefObject<View>,
  frame: RefObject<ZoomFrame | undefined>,
): WithZoom {
  const there = useRef<Zooming>(undefined);
  /** What waits: of many wishes while it is being loaded the last is good for all. */
  const wish = useRef<(zooming: Zooming) => void>(undefined);
  const load = useRef<() => void>(undefined);

  useEffect(() => {
    const element = svg.current;
    if (!element) return;
    let state: 'idle' | 'loading' | 'gone' = 'idle';
    load.current = () => {
      if (state !== 'idle') return;
      state = 'loading';
      import('./zoomBehavior.ts').then(
        ({ attachZoom }) => {
          if (state === 'gone') return;
          const zooming = attachZoom(element, onZoom);
          if (frame.current) zooming.frame(frame.current);
          zooming.place(view.current);
          there.current = zooming;
          wish.current?.(zooming);
          wish.current = undefined;
        },
        () => {
          // nothing is lost but zooming; whoever wants it next tries again
          if (state === 'loading') state = 'idle';
        },
      );
    };
    const want = (): void => load.current?.();
    const signs = ['pointerenter', 'pointerdown', 'wheel', 'touchstart'] as const;
    for (const sign of signs) element.addEventListener(sign, want, { passive: true });
    return () => {
      state = 'gone';
      for (const sign of signs) element.removeEventListener(sign, want);
      there.current?.stop();
      there.current = undefined;
      load.current = undefined;
    };
  }, [svg, onZoom, view, frame]);

  return useMemo(
    () =>
      Object.assign(
        (act: (zooming: Zooming) => void) => {
          if (there.current) act(there.current);
          else {
            wish.current = act;
            load.current?.();
          }
        },
        {
          ifThere: (act: (zooming: Zooming) => void) => {
            if (there.current) act(there.current);
          },
        },
      ),
    [],
  );
}
