const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A text's UTF-8 in base64 (RFC 4648 section 4). */
export function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let encoded = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.subarray(i, i + 3);
    const value = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    encoded += ALPHABET[value >>> 18] ?? '';
    encoded += ALPHABET[(value >>> 12) & 63] ?? '';
    encoded += b === undefined ? '=' : (ALPHABET[(value >>> 6) & 63] ?? '');
    encoded += c === undefined ? '=' : (ALPHABET[value & 63] ?? '');
  }
  return encoded;
}
