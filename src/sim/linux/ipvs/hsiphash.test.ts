import { expect, test } from 'vitest';
import { hsiphash } from './hsiphash.ts';

test('gives what the kernel’s own test expects of the bytes 0 to 3 (lib/test_siphash.c, 64 bit)', () => {
  expect(hsiphash(0x03020100, [0x0706050403020100n, 0x0f0e0d0c0b0a0908n])).toBe(0x88d38328);
});
