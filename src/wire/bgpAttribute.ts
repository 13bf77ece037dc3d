import { type IpAddress, ipv4FromNumber, ipv4ToNumber } from './address.ts';
import { AS_TRANS } from './bgpOpen.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * A path attribute, RFC 4271 section 4.3.
 *
 *   +---------------+---------------+---------------+
 *   |O|T|P|E|   0   |     type      |    length     |  value ...   (length of two octets with the E flag)
 *   +---------------+---------------+---------------+
 */
const PROTOCOL = 'BGP attribute';
const OPTIONAL = 0x80;
const TRANSITIVE = 0x40;
const EXTENDED_LENGTH = 0x10;

export const BGP_ORIGINS = ['IGP', 'EGP', 'Incomplete'] as const;
export type BgpOrigin = (typeof BGP_ORIGINS)[number];

export interface BgpAsSegment {
  /** A set counts as one AS of the path, whatever it holds. */
  readonly kind: 'sequence' | 'set';
  readonly ases: readonly number[];
}

/** The attributes of a route on the wire, those that it lacks left out. */
export interface BgpAttributes {
  readonly origin?: BgpOrigin;
  readonly asPath?: readonly BgpAsSegment[];
  readonly nextHop?: IpAddress;
  readonly med?: number;
  readonly localPref?: number;
  /** RFC 1997, as 32-bit numbers. */
  readonly communities?: readonly number[];
  /** RFC 4456 */
  readonly originatorId?: IpAddress;
  /** RFC 4456 */
  readonly clusterList?: readonly IpAddress[];
  readonly others?: readonly BgpUnknownAttribute[];
}

export interface BgpUnknownAttribute {
  /** Without the bit of an extended length, which follows from the value. */
  readonly flags: number;
  readonly code: number;
  readonly value: Uint8Array;
}

const ORIGIN = 1;
const AS_PATH = 2;
const NEXT_HOP = 3;
const MULTI_EXIT_DISC = 4;
const LOCAL_PREF = 5;
const COMMUNITIES = 8;
const ORIGINATOR_ID = 9;
const CLUSTER_LIST = 10;
const SEGMENTS = [undefined, 'set', 'sequence'] as const;

/** The attributes by ascending code, as BIRD sorts them. @param as4 whether AS numbers have four octets. */
export function emitBgpAttributes(attributes: BgpAttributes, as4: boolean): Uint8Array {
  const parts: BgpUnknownAttribute[] = [...(attributes.others ?? [])];
  const add = (code: number, flags: number, value: Uint8Array) => parts.push({ code, flags, value });
  const { origin, asPath, nextHop, med, localPref, communities, originatorId, clusterList } = attributes;
  if (origin) add(ORIGIN, TRANSITIVE, Uint8Array.of(BGP_ORIGINS.indexOf(origin)));
  if (asPath) add(AS_PATH, TRANSITIVE, emitAsPath(asPath, as4));
  if (nextHop) add(NEXT_HOP, TRANSITIVE, numbers([ipv4ToNumber(nextHop)]));
  if (med !== undefined) add(MULTI_EXIT_DISC, OPTIONAL, numbers([med]));
  if (localPref !== undefined) add(LOCAL_PREF, TRANSITIVE, numbers([localPref]));
  if (communities) add(COMMUNITIES, OPTIONAL | TRANSITIVE, numbers(communities));
  if (originatorId) add(ORIGINATOR_ID, OPTIONAL, numbers([ipv4ToNumber(originatorId)]));
  if (clusterList) add(CLUSTER_LIST, OPTIONAL, numbers(clusterList.map(ipv4ToNumber)));
  const bytes = parts.sort((a, b) => a.code - b.code).flatMap((part) => [...emitAttribute(part)]);
  return Uint8Array.from(bytes);
}

/** @throws WireError when an attribute is cut, comes twice or has not the length that its code wants. */
export function parseBgpAttributes(bytes: Uint8Array, as4: boolean): BgpAttributes {
  const seen = new Map<number, BgpUnknownAttribute>();
  for (let offset = 0; offset < bytes.length; ) {
    requireBytes(PROTOCOL, bytes, offset, 3);
    const [flags, code] = [bytes[offset] ?? 0, bytes[offset + 1] ?? 0];
    const head = flags & EXTENDED_LENGTH ? 4 : 3;
    requireBytes(PROTOCOL, bytes, offset, head);
    const length = head === 4 ? readU16(bytes, offset + 2) : (bytes[offset + 2] ?? 0);
    requireBytes(PROTOCOL, bytes, offset + head, length);
    if (seen.has(code)) throw new WireError(PROTOCOL, offset, `attribute ${code} twice`);
    const value = bytes.slice(offset + head, offset + head + length);
    seen.set(code, { flags: flags & ~EXTENDED_LENGTH, code, value });
    offset += head + length;
  }
  return readKnown(seen, as4);
}

function readKnown(seen: Map<number, BgpUnknownAttribute>, as4: boolean): BgpAttributes {
  const take = (code: number, length?: number): Uint8Array | undefined => {
    const value = seen.get(code)?.value;
    seen.delete(code);
    if (value && length !== undefined && value.length !== length)
      throw new WireError(PROTOCOL, 0, `attribute ${code} of ${value.length} bytes`);
    return value;
  };
  const origin = take(ORIGIN, 1);
  const asPath = take(AS_PATH);
  const nextHop = take(NEXT_HOP, 4);
  const med = take(MULTI_EXIT_DISC, 4);
  const localPref = take(LOCAL_PREF, 4);
  const communities = take(COMMUNITIES);
  const originatorId = take(ORIGINATOR_ID, 4);
  const clusterList = take(CLUSTER_LIST);
  const others = [...seen.values()];
  return {
    ...(origin && { origin: originOf(origin[0] ?? 0) }),
    ...(asPath && { asPath: parseAsPath(asPath, as4) }),
    ...(nextHop && { nextHop: ipv4FromNumber(readU32(nextHop, 0)) }),
    ...(med && { med: readU32(med, 0) }),
    ...(localPref && { localPref: readU32(localPref, 0) }),
    ...(communities && { communities: readNumbers(communities, COMMUNITIES) }),
    ...(originatorId && { originatorId: ipv4FromNumber(readU32(originatorId, 0)) }),
    ...(clusterList && { clusterList: readNumbers(clusterList, CLUSTER_LIST).map(ipv4FromNumber) }),
    ...(others.length > 0 && { others }),
  };
}

function originOf(value: number): BgpOrigin {
  const origin = BGP_ORIGINS[value];
  if (!origin) throw new WireError(PROTOCOL, 0, `origin ${value}`);
  return origin;
}

function emitAttribute({ flags, code, value }: BgpUnknownAttribute): Uint8Array {
  if (value.length > 0xffff) throw new WireError(PROTOCOL, 2, `value of ${value.length} bytes`);
  const head =
    value.length > 255
      ? [flags | EXTENDED_LENGTH, code, value.length >>> 8, value.length & 255]
      : [flags, code, value.length];
  return Uint8Array.of(...head, ...value);
}

function emitAsPath(path: readonly BgpAsSegment[], as4: boolean): Uint8Array {
  const size = as4 ? 4 : 2;
  const bytes = new Uint8Array(path.reduce((sum, { ases }) => sum + 2 + size * ases.length, 0));
  let offset = 0;
  for (const { kind, ases } of path) {
    if (ases.length === 0 || ases.length > 255) throw new WireError(PROTOCOL, offset, `segment of ${ases.length} ASes`);
    bytes[offset] = SEGMENTS.indexOf(kind);
    bytes[offset + 1] = ases.length;
    offset += 2;
    for (const as of ases) {
      if (as4) writeU32(bytes, offset, as);
      else writeU16(bytes, offset, as > 0xffff ? AS_TRANS : as);
      offset += size;
    }
  }
  return bytes;
}

function parseAsPath(bytes: Uint8Array, as4: boolean): readonly BgpAsSegment[] {
  const size = as4 ? 4 : 2;
  const path: BgpAsSegment[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    requireBytes(PROTOCOL, bytes, offset, 2);
    const kind = SEGMENTS[bytes[offset] ?? 0];
    const count = bytes[offset + 1] ?? 0;
    if (!kind || count === 0) throw new WireError(PROTOCOL, offset, `AS path segment ${bytes[offset]} of ${count}`);
    requireBytes(PROTOCOL, bytes, offset + 2, count * size);
    const start = offset + 2;
    const ases = Array.from({ length: count }, (_, i) =>
      as4 ? readU32(bytes, start + 4 * i) : readU16(bytes, start + 2 * i),
    );
    path.push({ kind, ases });
    offset = start + count * size;
  }
  return path;
}

function numbers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => {
    writeU32(bytes, 4 * i, value);
  });
  return bytes;
}

function readNumbers(value: Uint8Array, code: number): readonly number[] {
  if (value.length % 4 !== 0) throw new WireError(PROTOCOL, 0, `attribute ${code} of ${value.length} bytes`);
  return Array.from({ length: value.length / 4 }, (_, i) => readU32(value, 4 * i));
}
