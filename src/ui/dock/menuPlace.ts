/** Where a menu opens, in pixels of the window. */
export interface Place extends Pick<DOMRect, 'x' | 'y' | 'width' | 'height'> {
  /** A key asked for it: its first item has the focus at once. */
  readonly byKey: boolean;
}

/** Beside an element. */
export function placeOf(element: Element, byKey: boolean): Place {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x, y, width, height, byKey };
}
