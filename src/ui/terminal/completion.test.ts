import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonPrefix, withChosen, wordAt } from './completion.ts';

describe('completing a word', () => {
  it('cuts the line around the word at the caret', () => {
    expect(wordAt('ip ro', 5)).toEqual({ before: 'ip ', word: 'ro', behind: '' });
    expect(wordAt('ip  dev eth0', 3)).toEqual({ before: 'ip ', word: '', behind: ' dev eth0' });
    expect(wordAt('', 0)).toEqual({ before: '', word: '', behind: '' });
  });

  it('puts a candidate in its place and the caret where the next word begins', () => {
    expect(withChosen(wordAt('ip ro', 5), 'route')).toEqual({ line: 'ip route ', caret: 9 });
    expect(withChosen(wordAt('ip ro del', 5), 'route')).toEqual({ line: 'ip route del', caret: 9 });
  });

  it('asks for the value of a sysctl that is written', () => {
    expect(withChosen(wordAt('sysctl -w net.ipv4.ip_f', 23), 'net.ipv4.ip_forward').line).toBe(
      'sysctl -w net.ipv4.ip_forward=',
    );
    expect(withChosen(wordAt('sysctl net.ipv4.ip_f', 20), 'net.ipv4.ip_forward').line).toBe(
      'sysctl net.ipv4.ip_forward ',
    );
  });

  it('finds the longest beginning that all candidates share', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b') }), { minLength: 1 }), (candidates) => {
        const shared = commonPrefix(candidates);
        expect(candidates.every((each) => each.startsWith(shared))).toBe(true);
        const [first = ''] = candidates;
        const longer = first.slice(0, shared.length + 1);
        expect(longer === shared || candidates.some((each) => !each.startsWith(longer))).toBe(true);
      }),
    );
    expect(commonPrefix([])).toBe('');
  });
});
