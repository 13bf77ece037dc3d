const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

const encoder = new TextEncoder();

/** FNV-1 with 32 bits, multiplying before the exclusive or: Go's hash/fnv New32. */
export function fnv1(text: string): number {
  let hash = OFFSET;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash, PRIME) ^ byte;
  return hash >>> 0;
}
