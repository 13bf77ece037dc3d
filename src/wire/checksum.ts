import type { IpAddress } from './address.ts';
import { familyOf, ipv4ToNumber, writeIpv6 } from './address.ts';
import { readU16, writeU16 } from './octets.ts';

/*
 * The internet checksum: the 16-bit one's complement of the one's complement sum of all 16-bit words (RFC 1071).
 * TCP and UDP sum a pseudo header before their own bytes (RFC 9293 3.1, RFC 768):
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |                        source address                         |
 *   +-------------------------------+-------------------------------+
 *   |                      destination address                      |
 *   +---------------+---------------+-------------------------------+
 *   |     zero      |   protocol    |  length of header and payload |
 *   +---------------+---------------+-------------------------------+
 */

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const IPV6_HEADER_LENGTH = 40;

/** Folds a sum of 16-bit words to 16 bits with end-around carry (RFC 1071 section 1). */
export function foldSum(sum: number): number {
  let folded = sum;
  // Above 32 bits only for more bytes than a packet has, where shifts would lose the top.
  while (folded > 0xffffffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

/**
 * One's complement sum, folded to 16 bits and not complemented, of `bytes[start, end)`; an odd last byte is padded with 0.
 * The range must lie within the array.
 * @param initial an earlier partial sum to go on from, such as {@link pseudoHeaderSum}'s.
 */
export function partialSum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  // Even and odd bytes apart: both sums stay small integers, which engines add fastest.
  let even = 0;
  let odd = 0;
  const lastPair = end - 1;
  let i = start;
  for (; i < lastPair; i += 2) {
    even += bytes[i]!;
    odd += bytes[i + 1]!;
  }
  if (i < end) even += bytes[i]!;
  return foldSum(initial + even * 256 + odd);
}

/** The checksum to store, 0 to 0xffff, of `bytes[start, end)` (RFC 1071); 0 when the range holds its valid checksum. */
export function internetChecksum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  return ~partialSum(bytes, start, end, initial) & 0xffff;
}

/** Partial sum of the pseudo header of either family. @param length bytes of transport header and payload. */
export function pseudoHeaderSum(source: IpAddress, destination: IpAddress, protocol: number, length: number): number {
  if (familyOf(source) === 'IPv6') {
    const addresses = new Uint8Array(32);
    writeIpv6(source, addresses, 0);
    writeIpv6(destination, addresses, 16);
    return partialSum(addresses, 0, 32, protocol + length);
  }
  const from = ipv4ToNumber(source);
  const to = ipv4ToNumber(destination);
  return foldSum((from >>> 16) + (from & 0xffff) + (to >>> 16) + (to & 0xffff) + protocol + length);
}

/** The checksum after one 16-bit word it covers changed from `from` to `to` (RFC 1624 equation 3). */
export function updateChecksum16(old: number, from: number, to: number): number {
  return ~foldSum((~old & 0xffff) + (~from & 0xffff) + to) & 0xffff;
}

/** As {@link updateChecksum16} for a 32-bit word, such as an IPv4 address (Linux: inet_proto_csum_replace4). */
export function updateChecksum32(old: number, from: number, to: number): number {
  const sum = (~old & 0xffff) + (~(from >>> 16) & 0xffff) + (~from & 0xffff) + (to >>> 16) + (to & 0xffff);
  return ~foldSum(sum) & 0xffff;
}

interface TransportPart {
  readonly start: number;
  readonly end: number;
  readonly checksumAt: number;
  readonly protocol: number;
  readonly initial: number;
}

/** Where the transport checksum of a whole IPv6 packet without extension headers is: every protocol's covers the addresses. */
function transportPart6(packet: Uint8Array, offset: number): TransportPart | undefined {
  const protocol = packet[offset + 6] ?? 0;
  const field = protocol === TCP ? 16 : protocol === UDP ? 6 : protocol === ICMPV6 ? 2 : -1;
  const start = offset + IPV6_HEADER_LENGTH;
  const end = start + readU16(packet, offset + 4);
  if (field < 0 || end > packet.length || start + field + 2 > end) return undefined;
  const initial = partialSum(packet, offset + 8, start, protocol + end - start);
  return { start, end, checksumAt: start + field, protocol, initial };
}

/** Where the transport checksum of a whole packet is; undefined for fragments and protocols without one here. */
function transportPart(packet: Uint8Array, offset: number): TransportPart | undefined {
  if ((packet[offset] ?? 0) >>> 4 === 6) return transportPart6(packet, offset);
  const protocol = packet[offset + 9] ?? 0;
  const field = protocol === TCP ? 16 : protocol === UDP ? 6 : protocol === ICMP ? 2 : -1;
  const start = offset + 4 * ((packet[offset] ?? 0) & 15);
  const packetEnd = offset + readU16(packet, offset + 2);
  const fragment = (readU16(packet, offset + 6) & 0x3fff) !== 0;
  if (field < 0 || fragment || start < offset + 20) return undefined;
  if (packetEnd > packet.length || start + field + 2 > packetEnd) return undefined;
  // UDP counts for itself; what follows its length is no part of the datagram.
  const end = protocol === UDP ? start + readU16(packet, start + 4) : packetEnd;
  if (end > packetEnd || end < start + field + 2) return undefined;
  const initial = protocol === ICMP ? 0 : partialSum(packet, offset + 12, offset + 20, protocol + end - start);
  return { start, end, checksumAt: start + field, protocol, initial };
}

/**
 * The checksum that the TCP, UDP or ICMP header of the packet at `offset` should carry, whatever it carries now.
 * @returns undefined for a fragment, a cut packet or another protocol, where there is nothing to compute.
 */
export function transportChecksum(packet: Uint8Array, offset = 0): number | undefined {
  const part = transportPart(packet, offset);
  if (part === undefined) return undefined;
  // Summing around the field instead of zeroing it keeps the packet untouched; both offsets are even within the part.
  const before = partialSum(packet, part.start, part.checksumAt, part.initial);
  const checksum = internetChecksum(packet, part.checksumAt + 2, part.end, before);
  return checksum === 0 && part.protocol === UDP ? 0xffff : checksum;
}

/** Writes {@link transportChecksum} into the packet's transport header, if there is one to write. */
export function fillTransportChecksum(packet: Uint8Array, offset = 0): void {
  const checksum = transportChecksum(packet, offset);
  const part = transportPart(packet, offset);
  if (checksum !== undefined && part !== undefined) writeU16(packet, part.checksumAt, checksum);
}

/** Whether a receiver accepts the packet's transport checksum: right, absent (UDP's 0), or not there to be checked. */
export function transportChecksumValid(packet: Uint8Array, offset = 0): boolean {
  const part = transportPart(packet, offset);
  if (part === undefined) return true;
  if (part.protocol === UDP && readU16(packet, part.checksumAt) === 0) return true;
  return internetChecksum(packet, part.start, part.end, part.initial) === 0;
}
