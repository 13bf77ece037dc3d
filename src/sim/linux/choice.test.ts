import { describe, expect, it } from 'vitest';
import { choose, explore } from './choice.ts';

describe('explore', () => {
  it('runs once for every way, and the chances of all make one', () => {
    const found = explore((choices) => {
      const world = { choices };
      const first = choose(world, [1 / 3, 2 / 3]);
      return first === 0 ? 'a' : `b${choose(world, [0.5, 0.25, 0.25])}`;
    }, 10);
    expect(found.map(({ outcome }) => outcome)).toEqual(['a', 'b0', 'b1', 'b2']);
    expect(found.map(({ probability }) => probability)).toEqual([1 / 3, 1 / 3, 1 / 6, 1 / 6]);
  });

  it('takes the only open way without counting it as a choice', () => {
    const found = explore((choices) => choose({ choices }, [0, 1, 0]), 10);
    expect(found).toEqual([{ probability: 1, outcome: 1 }]);
  });

  it('gives up with a word when there are too many ways', () => {
    expect(() => explore((choices) => choose({ choices }, [1, 1, 1]), 2)).toThrow('More than 2 ways');
  });
});

describe('choose', () => {
  it('leaves it to chance where nobody scripted anything', () => {
    expect(choose({}, [0.5, 0.5])).toBeUndefined();
  });
});
