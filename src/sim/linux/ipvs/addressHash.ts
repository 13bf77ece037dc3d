import { familyOf, type IpAddress, ipv4ToNumber, writeIpv6 } from '../../../wire/address.ts';
import { readU32 } from '../../../wire/octets.ts';

/** An address as the 32 bits that schedulers hash: IPv6's four words, one upon the other (addr_fold). */
export function foldAddress(address: IpAddress): number {
  if (familyOf(address) === 'IPv4') return ipv4ToNumber(address);
  const bytes = new Uint8Array(16);
  writeIpv6(address, bytes, 0);
  return (readU32(bytes, 0) ^ readU32(bytes, 4) ^ readU32(bytes, 8) ^ readU32(bytes, 12)) >>> 0;
}

/** hash_32 of linux/hash.h: the uppermost of the product's bits. */
export function hash32(value: number, bits: number): number {
  return Math.imul(value, 0x61c88647) >>> (32 - bits);
}
