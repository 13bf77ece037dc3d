/**
 * Chance as a pure function of what it is for: `hash(seed, purpose, netns, flow, n)`.
 *
 * There is no stream to draw from, so a packet added elsewhere changes no other packet's port or endpoint.
 * FNV-1a over the parts, finished with MurmurHash3's avalanche so that near inputs give far results.
 *
 * @returns an unsigned 32-bit integer.
 */
export function chance(seed: number, purpose: string, ...parts: readonly (string | number)[]): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  h = mixText(h, purpose);
  for (const part of parts) h = mixText(h, typeof part === 'number' ? `#${part}` : part);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

/** A number in [low, high], both included, by {@link chance}. */
export function chanceBetween(
  low: number,
  high: number,
  seed: number,
  purpose: string,
  ...parts: readonly (string | number)[]
): number {
  return low + (chance(seed, purpose, ...parts) % (high - low + 1));
}

function mixText(start: number, text: string): number {
  let h = start;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  // The separator keeps ('ab', 'c') and ('a', 'bc') apart.
  return Math.imul(h ^ 0x1f, 0x01000193);
}
