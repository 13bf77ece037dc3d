import { expect, it } from 'vitest';
import { keptWith, once } from './kept.ts';

it('makes a thing once, also when there is nothing to it', () => {
  let made = 0;
  const get = once(() => {
    made++;
    return undefined;
  });
  expect([get(), get(), made]).toEqual([undefined, undefined, 1]);
});

it('keeps a thing with each value', () => {
  let made = 0;
  const get = keptWith((_: { readonly name: string }) => ++made);
  const [a, b] = [{ name: 'same' }, { name: 'same' }];
  expect([get(a), get(b), get(a), get(b)]).toEqual([1, 2, 1, 2]);
});
