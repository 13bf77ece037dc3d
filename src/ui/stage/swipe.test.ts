// @vitest-environment jsdom
import { afterEach, expect, it } from 'vitest';
import { onSwipe } from './swipe.ts';

afterEach(() => {
  document.body.replaceChildren();
});

function stage(touchAction: string): {
  readonly element: SVGElement;
  readonly moves: number[];
  readonly stop: () => void;
} {
  const element = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  element.style.setProperty('touch-action', touchAction);
  document.body.append(element);
  const moves: number[] = [];
  return { element, moves, stop: onSwipe(element, (dx) => moves.push(dx)) };
}

function touch(element: SVGElement, type: string, x: number, pointerId = 1): void {
  const init = { bubbles: true, clientX: x, pointerId, pointerType: 'touch', isPrimary: pointerId === 1 };
  const event = new MouseEvent(type, init);
  // what a PointerEvent adds; not every DOM for tests has one
  for (const name of ['pointerId', 'pointerType', 'isPrimary'] as const) {
    Object.defineProperty(event, name, { value: init[name] });
  }
  element.dispatchEvent(event);
}

it('moves the drawing sideways with one finger where the page scrolls', () => {
  const { element, moves, stop } = stage('pan-y');
  touch(element, 'pointerdown', 100);
  touch(element, 'pointermove', 90);
  touch(element, 'pointermove', 60);
  expect(moves).toEqual([-10, -30]);
  touch(element, 'pointercancel', 60);
  touch(element, 'pointermove', 0);
  expect(moves).toHaveLength(2);
  stop();
  touch(element, 'pointerdown', 100);
  touch(element, 'pointermove', 90);
  expect(moves).toHaveLength(2);
});

it('leaves two fingers to the zoom, and one where nothing else scrolls', () => {
  const pinched = stage('pan-y');
  touch(pinched.element, 'pointerdown', 100);
  touch(pinched.element, 'pointerdown', 200, 2);
  touch(pinched.element, 'pointermove', 90);
  expect(pinched.moves).toEqual([]);
  const whole = stage('none');
  touch(whole.element, 'pointerdown', 100);
  touch(whole.element, 'pointermove', 90);
  expect(whole.moves).toEqual([]);
});
