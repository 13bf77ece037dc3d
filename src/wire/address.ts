import ipaddr from 'ipaddr.js';
import type { Brand } from '../base/brand.ts';

/**
 * An IP address in its one canonical text: dotted quad, or RFC 5952 for IPv6.
 *
 * Equal addresses are equal strings, so `===`, Map keys and JSON all work; the family is read off the text by
 * {@link familyOf} and therefore cannot disagree with the value. This file is the one user of ipaddr.js.
 */
export type IpAddress = Brand<string, 'IpAddress'>;
/** A MAC address as `aa:bb:cc:dd:ee:ff`, lower case. */
export type MacAddress = Brand<string, 'MacAddress'>;
export type IpFamily = 'IPv4' | 'IPv6';
/** An address and how many of its leading bits count. Host bits may be set, as in an interface's `10.244.1.1/24`. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
}

const DOTTED_QUAD = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/** Of decimal numbers between dots or behind a slash; hexadecimal parts of IPv6 keep theirs. */
const LEADING_ZEROS = /(?<![:\da-fA-F])0+(?=\d)(?![\da-fA-F]*:)/g;

/** Reads an address in any valid notation. @returns undefined when the text is not an address (leading zeros are not). */
export function parseIpAddress(text: string): IpAddress | undefined {
  const quad = DOTTED_QUAD.exec(text);
  if (quad) return quad.slice(1).every((part) => Number(part) <= 255) ? (text as IpAddress) : undefined;
  if (!text.includes(':') || text.includes('%') || text.length > 45) return undefined;
  return ipaddr.IPv6.isValid(text) ? (ipaddr.IPv6.parse(text).toRFC5952String() as IpAddress) : undefined;
}

/** As {@link parseIpAddress}, but IPv4 parts may have leading zeros, which are decimal all the same (k8s.io/utils, ParseIPSloppy). */
export function parseSloppyIpAddress(text: string): IpAddress | undefined {
  return parseIpAddress(text.replace(LEADING_ZEROS, ''));
}

/** As {@link parseIpPrefix}, with leading zeros allowed. */
export function parseSloppyIpPrefix(text: string): IpPrefix | undefined {
  return parseIpPrefix(text.replace(LEADING_ZEROS, ''));
}

/** As {@link parseIpAddress}. @throws Error naming the text when it is not an address. */
export function ipAddress(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new Error(`"${text}" is not an IP address`);
  return address;
}

export function familyOf(address: IpAddress): IpFamily {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** Bits in an address of the family: 32 or 128. */
export function addressBits(family: IpFamily): number {
  return family === 'IPv4' ? 32 : 128;
}

/** @returns the address as an unsigned 32-bit integer. */
export function ipv4ToNumber(address: IpAddress): number {
  let value = 0;
  let part = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === 46) {
      value = value * 256 + part;
      part = 0;
    } else part = part * 10 + code - 48;
  }
  return value * 256 + part;
}

export function ipv4FromNumber(value: number): IpAddress {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as IpAddress;
}

/** Parses `address/length`. @returns undefined when it is not CIDR notation. Host bits are kept. */
export function parseIpPrefix(text: string): IpPrefix | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIpAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined;
  const length = Number(digits);
  return length <= addressBits(familyOf(address)) ? { address, length } : undefined;
}

/** As {@link parseIpPrefix}. @throws Error naming the text when it is not CIDR notation. */
export function ipPrefix(text: string): IpPrefix {
  const prefix = parseIpPrefix(text);
  if (prefix === undefined) throw new Error(`"${text}" is not a prefix in CIDR notation`);
  return prefix;
}

/** The prefix of exactly one address: /32 or /128. */
export function hostPrefix(address: IpAddress): IpPrefix {
  return { address, length: addressBits(familyOf(address)) };
}

export function formatPrefix(prefix: IpPrefix): string {
  return `${prefix.address}/${prefix.length}`;
}

export function ipv4Mask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** The prefix with its host bits cleared. */
export function networkOf(prefix: IpPrefix): IpPrefix {
  if (familyOf(prefix.address) === 'IPv4') {
    const network = (ipv4ToNumber(prefix.address) & ipv4Mask(prefix.length)) >>> 0;
    return { address: ipv4FromNumber(network), length: prefix.length };
  }
  return { address: addressAt({ address: prefix.address, length: prefix.length }, 0n), length: prefix.length };
}

export function prefixContains(prefix: IpPrefix, address: IpAddress): boolean {
  const family = familyOf(prefix.address);
  if (family !== familyOf(address)) return false;
  if (family === 'IPv4') {
    const mask = ipv4Mask(prefix.length);
    return (ipv4ToNumber(prefix.address) & mask) === (ipv4ToNumber(address) & mask);
  }
  return ipaddr.IPv6.parse(address).match(ipaddr.IPv6.parse(prefix.address), prefix.length);
}

/** The `index`-th address of the prefix, counting its network address as 0. @throws RangeError outside the prefix. */
export function addressAt(prefix: IpPrefix, index: number | bigint): IpAddress {
  const bits = addressBits(familyOf(prefix.address));
  const offset = BigInt(index);
  const size = 1n << BigInt(bits - prefix.length);
  if (offset < 0n || offset >= size) throw new RangeError(`${formatPrefix(prefix)} has no address number ${index}`);
  const network = (addressToBigint(prefix.address) / size) * size;
  return addressFromBigint(network + offset, familyOf(prefix.address));
}

/** How many addresses a prefix spans. */
export function addressesIn({ address, length }: IpPrefix): bigint {
  return 1n << BigInt(addressBits(familyOf(address)) - length);
}

/** The last address of the prefix: its broadcast address in IPv4. */
export function lastAddress(prefix: IpPrefix): IpAddress {
  const bits = addressBits(familyOf(prefix.address));
  return addressAt(prefix, (1n << BigInt(bits - prefix.length)) - 1n);
}

/** The 16 bytes of an IPv6 address, read and written in place. */
export function ipv6FromBytes(bytes: Uint8Array, offset: number): IpAddress {
  return new ipaddr.IPv6(Array.from(bytes.subarray(offset, offset + 16))).toRFC5952String() as IpAddress;
}

export function writeIpv6(address: IpAddress, bytes: Uint8Array, offset: number): void {
  bytes.set(ipaddr.IPv6.parse(address).toByteArray(), offset);
}

/** Numeric order within a family, IPv4 before IPv6; for sorting. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  const bits = familyOf(a).localeCompare(familyOf(b));
  if (bits !== 0) return bits;
  const difference = addressToBigint(a) - addressToBigint(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The address as an unsigned integer of its family's width. */
export function addressToBigint(address: IpAddress): bigint {
  if (familyOf(address) === 'IPv4') return BigInt(ipv4ToNumber(address));
  return ipaddr.IPv6.parse(address)
    .toByteArray()
    .reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

/** The address that is this unsigned integer of its family's width. */
export function addressFromBigint(value: bigint, family: IpFamily): IpAddress {
  if (family === 'IPv4') return ipv4FromNumber(Number(value));
  const bytes = Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 255n));
  return new ipaddr.IPv6(bytes).toRFC5952String() as IpAddress;
}

const MAC = /^([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2})$/;

/** Reads a MAC address, either case. @returns undefined when the text is not one. */
export function parseMacAddress(text: string): MacAddress | undefined {
  const lower = text.toLowerCase();
  return MAC.test(lower) ? (lower as MacAddress) : undefined;
}

/** As {@link parseMacAddress}. @throws Error naming the text when it is not a MAC address. */
export function macAddress(text: string): MacAddress {
  const mac = parseMacAddress(text);
  if (mac === undefined) throw new Error(`"${text}" is not a MAC address`);
  return mac;
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function macFromBytes(bytes: Uint8Array, offset: number): MacAddress {
  const h = (i: number): string => HEX[bytes[offset + i] ?? 0] ?? '00';
  return `${h(0)}:${h(1)}:${h(2)}:${h(3)}:${h(4)}:${h(5)}` as MacAddress;
}

export function writeMac(mac: MacAddress, bytes: Uint8Array, offset: number): void {
  for (let i = 0; i < 6; i++) bytes[offset + i] = Number.parseInt(mac.slice(3 * i, 3 * i + 2), 16);
}

/** Locally administered MAC made of a two-byte head and an IPv4 address, as CNI's bridge plugin does with `0a:58`. */
export function macFromIpv4(head: string, address: IpAddress): MacAddress {
  const value = ipv4ToNumber(address);
  const tail = [value >>> 24, value >>> 16, value >>> 8, value].map((byte) => HEX[byte & 255]);
  return `${head}:${tail.join(':')}` as MacAddress;
}
