import { addressBits, type IpPrefix, ipv4FromNumber, ipv4ToNumber, networkOf } from './address.ts';
import { type BgpAttributes, emitBgpAttributes, parseBgpAttributes } from './bgpAttribute.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * UPDATE message, RFC 4271 section 4.3. A path identifier of four octets stands before each prefix where both sides
 * agreed on it (RFC 7911). All three parts empty is End-of-RIB (RFC 4724 section 2).
 *
 *   +-------------------------------+
 *   |        withdrawn length       |  withdrawn routes: [path id], length in bits, prefix ...
 *   +-------------------------------+
 *   |       attributes length       |  path attributes ...
 *   +-------------------------------+
 *   |  reachable routes (NLRI): [path id], length in bits, prefix ...
 */
const PROTOCOL = 'BGP UPDATE';

/** What two speakers negotiated that changes how an UPDATE is written. */
export interface BgpEncoding {
  /** AS numbers of four octets (RFC 6793). */
  readonly as4: boolean;
  /** A path identifier before each prefix (RFC 7911). */
  readonly addPath: boolean;
}

/** A prefix as one UPDATE names it; without add-path it has no path identifier. */
export interface BgpNlri {
  readonly prefix: IpPrefix;
  readonly pathId?: number;
}

export interface BgpUpdate {
  readonly type: 'UPDATE';
  readonly withdrawn: readonly BgpNlri[];
  /** Of all that `reachable` lists. */
  readonly attributes?: BgpAttributes;
  readonly reachable: readonly BgpNlri[];
}

/** The body of an UPDATE. @throws WireError when a part exceeds 65,535 bytes. */
export function emitBgpUpdate(update: BgpUpdate, encoding: BgpEncoding): Uint8Array {
  const withdrawn = emitNlri(update.withdrawn, encoding);
  const attributes = update.attributes ? emitBgpAttributes(update.attributes, encoding.as4) : new Uint8Array(0);
  const reachable = emitNlri(update.reachable, encoding);
  for (const part of [withdrawn, attributes]) {
    if (part.length > 0xffff) throw new WireError(PROTOCOL, 0, `part of ${part.length} bytes`);
  }
  const bytes = new Uint8Array(4 + withdrawn.length + attributes.length + reachable.length);
  writeU16(bytes, 0, withdrawn.length);
  bytes.set(withdrawn, 2);
  writeU16(bytes, 2 + withdrawn.length, attributes.length);
  bytes.set(attributes, 4 + withdrawn.length);
  bytes.set(reachable, 4 + withdrawn.length + attributes.length);
  return bytes;
}

/** @throws WireError when a part is cut or a prefix is longer than 32 bits. */
export function parseBgpUpdate(body: Uint8Array, encoding: BgpEncoding): BgpUpdate {
  requireBytes(PROTOCOL, body, 0, 4);
  const withdrawnEnd = 2 + readU16(body, 0);
  requireBytes(PROTOCOL, body, withdrawnEnd, 2);
  const attributesStart = withdrawnEnd + 2;
  const attributesEnd = attributesStart + readU16(body, withdrawnEnd);
  requireBytes(PROTOCOL, body, attributesStart, attributesEnd - attributesStart);
  const attributes = body.subarray(attributesStart, attributesEnd);
  return {
    type: 'UPDATE',
    withdrawn: parseNlri(body.subarray(2, withdrawnEnd), encoding),
    ...(attributes.length > 0 && { attributes: parseBgpAttributes(attributes, encoding.as4) }),
    reachable: parseNlri(body.subarray(attributesEnd), encoding),
  };
}

function emitNlri(routes: readonly BgpNlri[], { addPath }: BgpEncoding): Uint8Array {
  const head = addPath ? 5 : 1;
  const bytes = new Uint8Array(routes.reduce((sum, { prefix }) => sum + head + prefixBytes(prefix.length), 0));
  let offset = 0;
  for (const { prefix, pathId } of routes) {
    if (addPath) writeU32(bytes, offset, pathId ?? 0);
    bytes[offset + head - 1] = prefix.length;
    const address = new Uint8Array(4);
    writeU32(address, 0, ipv4ToNumber(prefix.address));
    bytes.set(address.subarray(0, prefixBytes(prefix.length)), offset + head);
    offset += head + prefixBytes(prefix.length);
  }
  return bytes;
}

function parseNlri(bytes: Uint8Array, { addPath }: BgpEncoding): readonly BgpNlri[] {
  const routes: BgpNlri[] = [];
  const head = addPath ? 5 : 1;
  for (let offset = 0; offset < bytes.length; ) {
    requireBytes(PROTOCOL, bytes, offset, head);
    const length = bytes[offset + head - 1] ?? 0;
    if (length > addressBits('IPv4')) throw new WireError(PROTOCOL, offset, `prefix of ${length} bits`);
    requireBytes(PROTOCOL, bytes, offset + head, prefixBytes(length));
    const address = new Uint8Array(4);
    address.set(bytes.subarray(offset + head, offset + head + prefixBytes(length)));
    // Bits past the length are of no significance (RFC 4271 section 4.3).
    const prefix = networkOf({ address: ipv4FromNumber(readU32(address, 0)), length });
    routes.push({ prefix, ...(addPath && { pathId: readU32(bytes, offset) }) });
    offset += head + prefixBytes(length);
  }
  return routes;
}

function prefixBytes(bits: number): number {
  return Math.ceil(bits / 8);
}
