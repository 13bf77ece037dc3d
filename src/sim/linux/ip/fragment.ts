import { isTunnel } from '../../../datamodel/network/link.ts';
import { IPV4_HEADER_LENGTH, Ipv4View } from '../../../wire/ipv4.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/**
 * Cuts an IPv4 packet into fragments of at most `mtu` bytes (RFC 791 3.2; Linux: net/ipv4/ip_output.c, ip_do_fragment).
 *
 * @param sizes payload bytes of the fragments it was once put together from: kept if they fit.
 * @returns whole packets with valid header checksums; options stay in the first only unless their copy flag is set.
 */
export function fragmentPacket(packet: Uint8Array, mtu: number, sizes?: readonly number[]): readonly Uint8Array[] {
  const whole = new Ipv4View(packet);
  const { headerLength, payloadLength, moreFragments, fragmentOffset } = whole;
  const room = (mtu - headerLength) & ~7;
  if (room <= 0)
    throw new RangeError(`An MTU of ${mtu} has no room for a fragment behind a header of ${headerLength} bytes`);
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of borders(payloadLength, mtu - headerLength, sizes)) {
    const header = at === 0 ? packet.slice(0, headerLength) : laterHeader(packet, headerLength);
    const piece = new Uint8Array(header.length + size);
    piece.set(header);
    piece.set(packet.subarray(headerLength + at, headerLength + at + size), header.length);
    const ip = new Ipv4View(piece);
    ip.totalLength = piece.length;
    ip.fragmentOffset = fragmentOffset + at;
    ip.moreFragments = moreFragments || at + size < payloadLength;
    ip.fillChecksum();
    pieces.push(piece);
    at += size;
  }
  return pieces;
}

function borders(length: number, room: number, sizes: readonly number[] | undefined): readonly number[] {
  const fits = sizes?.every((size, i) => size <= room && (i === sizes.length - 1 || size % 8 === 0));
  if (sizes && fits && sizes.reduce((sum, size) => sum + size, 0) === length) return sizes;
  const result: number[] = [];
  for (let left = length; left > 0; ) {
    const size = left <= room ? left : room & ~7;
    result.push(size);
    left -= size;
  }
  return result;
}

/** The header for later fragments: options without the copy flag become "no operation" (ip_options_fragment). */
function laterHeader(packet: Uint8Array, headerLength: number): Uint8Array {
  const header = packet.slice(0, headerLength);
  for (let i = IPV4_HEADER_LENGTH; i < headerLength; ) {
    const option = header[i] ?? 0;
    if (option === 0) break;
    const length = option === 1 ? 1 : (header[i + 1] ?? 0);
    if (length < 1 || i + length > headerLength) break;
    if ((option & 0x80) === 0) header.fill(1, i, i + length);
    i += length;
  }
  return header;
}

/** Fragments say "do not fragment" only if they came as such (IPSKB_FRAG_PMTU). */
function withoutDf(packet: Uint8Array): Uint8Array {
  if (!new Ipv4View(packet).dontFragment) return packet;
  const copy = packet.slice();
  new Ipv4View(copy).dontFragment = false;
  return copy;
}

/**
 * Splits a packet inside a kernel; the whole one's trace ends and each piece goes on with its own. Fragments that it was put
 * together from have no room in front of them for a tunnel's headers: there it is cut anew (ip_do_fragment's slow path), but
 * for Geneve, whose device asks for none.
 *
 * @returns the pieces in order, with the frame's Ethernet header if it had one.
 */
export function splitPacket(kernel: Kernel, skb: Skb, mtu: number, device: string): readonly Skb[] {
  const { recorder } = kernel.world;
  const { networkOffset, link, meta } = skb;
  const frameHeader = skb.bytes.slice(0, networkOffset);
  const output = kernel.links.get(device);
  const hasRoom = output === undefined || !isTunnel(output) || output.kind === 'geneve';
  const sizes = hasRoom ? meta.fragmentSizes : undefined;
  const packet = skb.bytes.subarray(networkOffset);
  const packets = fragmentPacket(meta.fragmentMaxSize === undefined ? withoutDf(packet) : packet, mtu, sizes);
  const pieces = packets.map((packet) => packet.length);
  recorder.step(kernel.id, skb, { type: 'fragment', mtu, pieces }, { device });
  recorder.end(skb, { type: 'split', netns: kernel.id, into: packets.length });
  return packets.map((packet) => {
    const piece = skb.clone(recorder.beginCopy(skb));
    const bytes = new Uint8Array(networkOffset + packet.length);
    bytes.set(frameHeader);
    bytes.set(packet, networkOffset);
    piece.replace(bytes, link);
    delete piece.meta.fragmentMaxSize;
    delete piece.meta.fragmentSizes;
    return piece;
  });
}
