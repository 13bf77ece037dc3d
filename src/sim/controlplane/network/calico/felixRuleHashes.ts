import { sha224 } from '@noble/hashes/sha2.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LENGTH = 16;
const encoder = new TextEncoder();

/**
 * The hashes by which Felix knows its rules (felix/generictables/rules.go, RuleHashes): of the chain's name, and from rule to rule
 * of the hash before and the rule as it would be appended.
 *
 * @param rules what follows the chain's name and the comment.
 */
export function felixRuleHashes(chain: string, rules: readonly string[]): readonly string[] {
  let hash = sha224(encoder.encode(chain));
  return rules.map((rule) => {
    hash = sha224
      .create()
      .update(hash)
      .update(encoder.encode(`-A ${chain} HASH ${rule}`))
      .digest();
    return base64Url(hash).slice(0, LENGTH);
  });
}

/** RFC 4648 section 5, without padding; whole groups of three bytes. */
function base64Url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i + 2 < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (const shift of [18, 12, 6, 0]) text += ALPHABET[(group >>> shift) & 63];
  }
  return text;
}
