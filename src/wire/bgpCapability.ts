import { readU16, readU24, readU32, writeU16, writeU24, writeU32 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * A capability in an OPEN message, RFC 5492 section 4.
 *
 *   +---------------+---------------+
 *   |     code      |    length     |  value ...
 *   +---------------+---------------+
 */
const PROTOCOL = 'BGP capability';
export const AFI_IPV4 = 1;
export const SAFI_UNICAST = 1;

export interface BgpFamily {
  readonly afi: number;
  readonly safi: number;
}

/** What a speaker offers in its OPEN. Numbers that are not listed pass through as `other`. */
export type BgpCapability =
  /** RFC 4760 */
  | ({ readonly capability: 'multiprotocol' } & BgpFamily)
  /** RFC 2918 */
  | { readonly capability: 'route-refresh' }
  /** RFC 4724: `restarting` is its R bit, `time` seconds, `forwarding` a family's F bit. */
  | {
      readonly capability: 'graceful-restart';
      readonly restarting: boolean;
      readonly time: number;
      readonly families: readonly (BgpFamily & { readonly forwarding: boolean })[];
    }
  /** RFC 6793 */
  | { readonly capability: 'as4'; readonly as: number }
  /** RFC 7911: `mode` 1 receives, 2 sends, 3 does both. */
  | { readonly capability: 'add-path'; readonly families: readonly (BgpFamily & { readonly mode: number })[] }
  /** RFC 7313 */
  | { readonly capability: 'enhanced-refresh' }
  /** RFC 9494: `time` seconds. */
  | {
      readonly capability: 'long-lived-graceful-restart';
      readonly families: readonly (BgpFamily & { readonly forwarding: boolean; readonly time: number })[];
    }
  | { readonly capability: 'other'; readonly code: number; readonly value: Uint8Array };

const CODES = {
  multiprotocol: 1,
  'route-refresh': 2,
  'graceful-restart': 64,
  as4: 65,
  'add-path': 69,
  'enhanced-refresh': 70,
  'long-lived-graceful-restart': 71,
} as const;
const RESTARTING = 0x8000;
const FORWARDING = 0x80;

/** Code, length and value. @throws WireError when the value exceeds 255 bytes. */
export function emitBgpCapability(capability: BgpCapability): Uint8Array {
  const value = emitValue(capability);
  if (value.length > 255) throw new WireError(PROTOCOL, 1, `value of ${value.length} bytes`);
  const code = capability.capability === 'other' ? capability.code : CODES[capability.capability];
  return Uint8Array.of(code, value.length, ...value);
}

/** All capabilities of one optional parameter. @throws WireError when one is cut or has not the length that its code wants. */
export function parseBgpCapabilities(bytes: Uint8Array): readonly BgpCapability[] {
  const capabilities: BgpCapability[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    requireBytes(PROTOCOL, bytes, offset, 2);
    const length = bytes[offset + 1] ?? 0;
    requireBytes(PROTOCOL, bytes, offset + 2, length);
    capabilities.push(parseValue(bytes[offset] ?? 0, bytes.subarray(offset + 2, offset + 2 + length), offset));
    offset += 2 + length;
  }
  return capabilities;
}

function emitValue(capability: BgpCapability): Uint8Array {
  switch (capability.capability) {
    case 'multiprotocol':
      return Uint8Array.of(capability.afi >>> 8, capability.afi, 0, capability.safi);
    case 'route-refresh':
    case 'enhanced-refresh':
      return new Uint8Array(0);
    case 'graceful-restart': {
      const bytes = new Uint8Array(2 + 4 * capability.families.length);
      writeU16(bytes, 0, (capability.restarting ? RESTARTING : 0) | capability.time);
      capability.families.forEach((family, i) => {
        writeFamily(bytes, 2 + 4 * i, family);
        bytes[5 + 4 * i] = family.forwarding ? FORWARDING : 0;
      });
      return bytes;
    }
    case 'as4': {
      const bytes = new Uint8Array(4);
      writeU32(bytes, 0, capability.as);
      return bytes;
    }
    case 'add-path': {
      const bytes = new Uint8Array(4 * capability.families.length);
      capability.families.forEach((family, i) => {
        writeFamily(bytes, 4 * i, family);
        bytes[3 + 4 * i] = family.mode;
      });
      return bytes;
    }
    case 'long-lived-graceful-restart': {
      const bytes = new Uint8Array(7 * capability.families.length);
      capability.families.forEach((family, i) => {
        writeFamily(bytes, 7 * i, family);
        bytes[3 + 7 * i] = family.forwarding ? FORWARDING : 0;
        writeU24(bytes, 4 + 7 * i, family.time);
      });
      return bytes;
    }
    case 'other':
      return capability.value;
  }
}

function parseValue(code: number, value: Uint8Array, offset: number): BgpCapability {
  switch (code) {
    case CODES.multiprotocol:
      requireLength(value, 4, offset);
      return { capability: 'multiprotocol', afi: readU16(value, 0), safi: value[3] ?? 0 };
    case CODES['route-refresh']:
      requireLength(value, 0, offset);
      return { capability: 'route-refresh' };
    case CODES['enhanced-refresh']:
      requireLength(value, 0, offset);
      return { capability: 'enhanced-refresh' };
    case CODES['graceful-restart']: {
      const flags = readU16(value, 0);
      return {
        capability: 'graceful-restart',
        restarting: (flags & RESTARTING) !== 0,
        time: flags & 0xfff,
        families: entries(value, 2, 4, offset).map((at) => ({
          ...readFamily(value, at),
          forwarding: ((value[at + 3] ?? 0) & FORWARDING) !== 0,
        })),
      };
    }
    case CODES.as4:
      requireLength(value, 4, offset);
      return { capability: 'as4', as: readU32(value, 0) };
    case CODES['add-path']:
      return {
        capability: 'add-path',
        families: entries(value, 0, 4, offset).map((at) => ({ ...readFamily(value, at), mode: value[at + 3] ?? 0 })),
      };
    case CODES['long-lived-graceful-restart']:
      return {
        capability: 'long-lived-graceful-restart',
        families: entries(value, 0, 7, offset).map((at) => ({
          ...readFamily(value, at),
          forwarding: ((value[at + 3] ?? 0) & FORWARDING) !== 0,
          time: readU24(value, at + 4),
        })),
      };
    default:
      return { capability: 'other', code, value: value.slice() };
  }
}

function requireLength(value: Uint8Array, length: number, offset: number): void {
  if (value.length !== length) throw new WireError(PROTOCOL, offset, `value of ${value.length} bytes, not ${length}`);
}

/** Where the entries of `size` bytes each begin that fill `value` from `start` on. */
function entries(value: Uint8Array, start: number, size: number, offset: number): readonly number[] {
  const count = (value.length - start) / size;
  if (!Number.isInteger(count) || count < 0) throw new WireError(PROTOCOL, offset, `value of ${value.length} bytes`);
  return Array.from({ length: count }, (_, i) => start + i * size);
}

function writeFamily(bytes: Uint8Array, offset: number, { afi, safi }: BgpFamily): void {
  writeU16(bytes, offset, afi);
  bytes[offset + 2] = safi;
}

function readFamily(bytes: Uint8Array, offset: number): BgpFamily {
  return { afi: readU16(bytes, offset), safi: bytes[offset + 2] ?? 0 };
}
