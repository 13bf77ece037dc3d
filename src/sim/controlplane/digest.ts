import { sha256, sha512 } from '@noble/hashes/sha2.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const encoder = new TextEncoder();

/** SHA-256 of a text in UTF-8, as lower-case hex. */
export function sha256Hex(text: string): string {
  return hex(sha256(encoder.encode(text)));
}

/** SHA-512 of a text in UTF-8, as lower-case hex. */
export function sha512Hex(text: string): string {
  return hex(sha512(encoder.encode(text)));
}

/** SHA-256 of a text in UTF-8, in base32 (RFC 4648 section 6) without padding. */
export function sha256Base32(text: string): string {
  return base32(sha256(encoder.encode(text)));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32[(value << (5 - bits)) & 31];
}
