import { chance } from '../../../base/chance.ts';
import { readU32, writeU32 } from '../../../wire/octets.ts';
import type { Kernel, SocketEnd } from '../kernel.ts';
import type { Agreement } from './association.ts';

const FIELDS = ['ownTag', 'ownTsn', 'peerTag', 'peerTsn', 'peerWindow'] as const;
const LENGTH = 4 * (FIELDS.length + 2);
/** net.sctp.valid_cookie_life, in milliseconds. */
const LIFE = 60_000;
const MILLISECOND = 1_000_000;

/**
 * What a server lets its client keep for it, so that it need remember nothing of an INIT (RFC 9260 section 5.1.3): what was
 * agreed, when, and a sum over both with a secret of its own.
 */
export function makeCookie(kernel: Kernel, agreement: Agreement, from: SocketEnd, port: number): Uint8Array {
  const cookie = new Uint8Array(LENGTH);
  for (const [i, field] of FIELDS.entries()) writeU32(cookie, 4 * i, agreement[field]);
  writeU32(cookie, 4 * FIELDS.length, now(kernel));
  writeU32(cookie, LENGTH - 4, signature(kernel, cookie, from, port));
  return cookie;
}

/** @returns what was agreed; undefined for a cookie that is too old or somebody else's. */
export function readCookie(kernel: Kernel, cookie: Uint8Array, from: SocketEnd, port: number): Agreement | undefined {
  if (cookie.length !== LENGTH || readU32(cookie, LENGTH - 4) !== signature(kernel, cookie, from, port))
    return undefined;
  if ((now(kernel) - readU32(cookie, 4 * FIELDS.length)) >>> 0 > LIFE) return undefined;
  const [ownTag = 0, ownTsn = 0, peerTag = 0, peerTsn = 0, peerWindow = 0] = FIELDS.map((_, i) =>
    readU32(cookie, 4 * i),
  );
  return { ownTag, ownTsn, peerTag, peerTsn, peerWindow };
}

function now(kernel: Kernel): number {
  return Math.floor(kernel.world.queue.now / MILLISECOND) >>> 0;
}

function signature({ id, world }: Kernel, cookie: Uint8Array, from: SocketEnd, port: number): number {
  const content = cookie.subarray(0, LENGTH - 4).join('.');
  return chance(world.bootSeed, 'sctp cookie', id, content, from.address, from.port, port);
}
