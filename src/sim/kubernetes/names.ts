import { chance, chanceBetween } from '../../base/chance.ts';

/** Letters and digits without vowels and look-alikes, so that no word comes about (apimachinery/pkg/util/rand). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** The five letters at the end of generated names. `parts` say whose; `taken` names are passed over. */
export function generateName(
  prefix: string,
  taken: ReadonlySet<string>,
  seed: number,
  ...parts: readonly (string | number)[]
): string {
  for (let attempt = 0; ; attempt++) {
    let bits = chance(seed, 'name', prefix, attempt, ...parts);
    let suffix = '';
    for (let i = 0; i < 5; i++) {
      suffix += ALPHABET[bits % ALPHABET.length] ?? '';
      bits = Math.floor(bits / ALPHABET.length);
    }
    // metav1's name generator cuts the prefix so that name and suffix stay within 63 letters.
    const name = `${prefix.slice(0, 58)}${suffix}`;
    if (!taken.has(name)) return name;
  }
}

/** A pod-template-hash: the decimal digits of a 32-bit hash, each replaced by a letter (rand.SafeEncodeString). */
export function templateHash(seed: number, ...parts: readonly (string | number)[]): string {
  const digits = String(chanceBetween(1_000_000_000, 0xffffffff, seed, 'template-hash', ...parts));
  let hash = '';
  for (let i = 0; i < digits.length; i++) hash += ALPHABET[digits.charCodeAt(i) % ALPHABET.length] ?? '';
  return hash;
}

/** A version 4 UUID that the same object gets again. */
export function uidOf(seed: number, kind: string, namespace: string, name: string): string {
  const hex = [0, 1, 2, 3]
    .map((n) => chance(seed, 'uid', kind, namespace, name, n).toString(16).padStart(8, '0'))
    .join('');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
