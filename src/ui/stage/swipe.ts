/**
 * Whether the page around the stage scrolls, so that one finger and the wheel belong to it. The style sheet says so:
 * `touch-action: pan-y`.
 */
export function pageScrolls(element: Element): boolean {
  return getComputedStyle(element).touchAction === 'pan-y';
}

/**
 * One finger that goes sideways moves the drawing, where going up and down scrolls the page; the browser tells the two
 * apart, and takes the pointer away when it scrolls.
 * @param move by so many pixels to the right. @returns the way to stop listening.
 */
export function onSwipe(element: SVGElement, move: (dx: number) => void): () => void {
  let finger: { readonly id: number; readonly x: number } | undefined;
  const down = (event: PointerEvent): void => {
    const alone = finger === undefined && event.pointerType === 'touch' && event.isPrimary;
    // a second finger begins a pinch
    finger = alone && pageScrolls(element) ? { id: event.pointerId, x: event.clientX } : undefined;
  };
  const moved = (event: PointerEvent): void => {
    if (!finger || event.pointerId !== finger.id) return;
    const dx = event.clientX - finger.x;
    finger = { id: finger.id, x: event.clientX };
    move(dx);
  };
  const up = (event: PointerEvent): void => {
    if (event.pointerId === finger?.id) finger = undefined;
  };
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', moved);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', moved);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
  };
}
