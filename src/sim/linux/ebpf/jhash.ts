/** Of `maglev.hashSeed`, `JLfvgnHc2kaSUFaI`: its middle four bytes, which seed IPv4's hash. */
const SEED = 0x71dcda46;
const INITIAL = 0xdeadbeef;

/** Jenkins' hash of three words (Linux: include/linux/jhash.h, jhash_3words). @returns an unsigned 32-bit integer. */
export function jhash3(first: number, second: number, third: number, seed = SEED): number {
  const start = (INITIAL + (3 << 2) + seed) >>> 0;
  let a = (first + start) >>> 0;
  let b = (second + start) >>> 0;
  let c = (third + start) >>> 0;
  c = subtract(c ^ b, b, 14);
  a = subtract(a ^ c, c, 11);
  b = subtract(b ^ a, a, 25);
  c = subtract(c ^ b, b, 16);
  a = subtract(a ^ c, c, 4);
  b = subtract(b ^ a, a, 14);
  return subtract(c ^ b, b, 24);
}

function subtract(from: number, what: number, by: number): number {
  const word = what >>> 0;
  return (from - ((word << by) | (word >>> (32 - by)))) >>> 0;
}
