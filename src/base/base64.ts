const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648 section 4, padded. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const word = (a << 16) | (b << 8) | c;
    const digits = [18, 12, 6, 0].map((shift) => DIGITS[(word >>> shift) & 63] ?? '');
    const missing = Math.max(0, i + 3 - bytes.length);
    text += digits.slice(0, 4 - missing).join('') + '='.repeat(missing);
  }
  return text;
}

/** @returns undefined for what is no base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/={1,2}$/, '');
  const values = [...digits].map((digit) => DIGITS.indexOf(digit));
  if (text.length % 4 !== 0 || values.includes(-1)) return undefined;
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  for (let i = 0; i < bytes.length; i++) {
    const at = Math.floor((i * 8) / 6);
    const shift = (i * 8) % 6;
    bytes[i] = ((values[at] ?? 0) << (2 + shift)) | ((values[at + 1] ?? 0) >>> (4 - shift));
  }
  return bytes;
}
