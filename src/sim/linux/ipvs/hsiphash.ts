const MASK = 0xffff_ffff_ffff_ffffn;
/** SipHash's four words before the key: "somepseudorandomlygeneratedbytes". */
const INITIAL = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n] as const;

/** hsiphash_1u32 of a 64-bit kernel (lib/siphash.c): SipHash-1-3 of four bytes, cut to 32 bits. */
export function hsiphash(value: number, key: readonly [bigint, bigint]): number {
  const state = [INITIAL[0] ^ key[0], INITIAL[1] ^ key[1], INITIAL[2] ^ key[0], INITIAL[3] ^ key[1]] as State;
  const block = (4n << 56n) | BigInt(value >>> 0);
  state[3] ^= block;
  round(state);
  state[0] ^= block;
  state[2] ^= 0xffn;
  for (let i = 0; i < 3; i++) round(state);
  return Number((state[0] ^ state[1] ^ state[2] ^ state[3]) & 0xffff_ffffn);
}

type State = [bigint, bigint, bigint, bigint];

/** SIPROUND */
function round(v: State): void {
  v[0] = (v[0] + v[1]) & MASK;
  v[1] = rotate(v[1], 13n) ^ v[0];
  v[0] = rotate(v[0], 32n);
  v[2] = (v[2] + v[3]) & MASK;
  v[3] = rotate(v[3], 16n) ^ v[2];
  v[0] = (v[0] + v[3]) & MASK;
  v[3] = rotate(v[3], 21n) ^ v[0];
  v[2] = (v[2] + v[1]) & MASK;
  v[1] = rotate(v[1], 17n) ^ v[2];
  v[2] = rotate(v[2], 32n);
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}
