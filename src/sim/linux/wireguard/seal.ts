import { chance } from '../../../base/chance.ts';
import { readU32, writeU32 } from '../../../wire/octets.ts';
import { WIREGUARD_TAG_LENGTH } from '../../../wire/wireguardTag.ts';

/*
 * Stands in for ChaCha20-Poly1305 and Curve25519: as long on the wire, the same for the same key and counter, and opened only by
 * who has the key. It protects nothing.
 */

/** What a text is a key for. */
const keyOf = (key: string): number => chance(0, 'wireguard', key);

/** Encrypts, and appends a tag. */
export function seal(key: string, counter: number, plain: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plain.length + WIREGUARD_TAG_LENGTH);
  sealed.set(plain);
  applyStream(sealed.subarray(0, plain.length), keyOf(`${key} ${counter}`));
  sealed.set(tagOf(key, counter, plain), plain.length);
  return sealed;
}

/** @returns undefined when the tag does not fit: another key, or bytes that somebody has changed. */
export function open(key: string, counter: number, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < WIREGUARD_TAG_LENGTH) return undefined;
  const plain = sealed.slice(0, sealed.length - WIREGUARD_TAG_LENGTH);
  applyStream(plain, keyOf(`${key} ${counter}`));
  const tag = tagOf(key, counter, plain);
  return tag.every((byte, i) => byte === sealed[plain.length + i]) ? plain : undefined;
}

/** Bytes that look like chance. */
export function noise(key: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  applyStream(bytes, keyOf(key));
  return bytes;
}

/** 16 bytes that depend on all of the message (mac1, Poly1305). */
export function tagOf(key: string, counter: number, message: Uint8Array): Uint8Array {
  let hash = keyOf(`tag ${key} ${counter} ${message.length}`);
  for (const byte of message) hash = Math.imul(hash ^ byte, 0x01000193);
  return noise(`${hash}`, WIREGUARD_TAG_LENGTH);
}

/** Xorshift (Marsaglia, 2003), a word of 4 bytes at a time. */
function applyStream(bytes: Uint8Array, start: number): void {
  let state = start || 1;
  for (let i = 0; i < bytes.length; i += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (i + 4 <= bytes.length) writeU32(bytes, i, (readU32(bytes, i) ^ state) >>> 0);
    else for (let k = i; k < bytes.length; k++) bytes[k] = (bytes[k] ?? 0) ^ (state >>> (8 * (k - i)));
  }
}
