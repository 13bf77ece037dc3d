import { type IpAddress, ipv4FromNumber, ipv4ToNumber } from './address.ts';
import { type BgpCapability, emitBgpCapability, parseBgpCapabilities } from './bgpCapability.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * OPEN message, RFC 4271 section 4.2, with capabilities as its optional parameters (RFC 5492).
 *
 *   +---------------+
 *   |    version    |
 *   +---------------+---------------+
 *   |      my AS, or 23456          |   (RFC 6793: where four octets are needed)
 *   +-------------------------------+
 *   |           hold time           |
 *   +-------------------------------+-------------------------------+
 *   |                        BGP identifier                         |
 *   +---------------+-----------------------------------------------+
 *   | params length |  optional parameters: type, length, value ...
 *   +---------------+
 */
const FIXED_LENGTH = 10;
const PROTOCOL = 'BGP OPEN';
const CAPABILITIES = 2;
/** AS_TRANS, RFC 6793: stands where an AS number needs more than two octets. */
export const AS_TRANS = 23456;

export interface BgpOpen {
  readonly type: 'OPEN';
  readonly version: number;
  /** As in the two octets of the message: AS_TRANS for longer ones, which the capability holds. */
  readonly as: number;
  /** Seconds; 0 is none. */
  readonly holdTime: number;
  readonly identifier: IpAddress;
  readonly capabilities: readonly BgpCapability[];
}

/** The body, all capabilities in one parameter, as BIRD writes them. @throws WireError when they exceed 253 bytes. */
export function emitBgpOpen(open: BgpOpen): Uint8Array {
  const capabilities = open.capabilities.flatMap((capability) => [...emitBgpCapability(capability)]);
  if (capabilities.length > 253) throw new WireError(PROTOCOL, 9, `capabilities of ${capabilities.length} bytes`);
  const parameters = capabilities.length > 0 ? [CAPABILITIES, capabilities.length, ...capabilities] : [];
  const bytes = new Uint8Array(FIXED_LENGTH + parameters.length);
  bytes[0] = open.version;
  writeU16(bytes, 1, open.as);
  writeU16(bytes, 3, open.holdTime);
  writeU32(bytes, 5, ipv4ToNumber(open.identifier));
  bytes[9] = parameters.length;
  bytes.set(parameters, FIXED_LENGTH);
  return bytes;
}

/** @throws WireError when the body is cut, or its lengths contradict each other. Parameters other than capabilities are skipped. */
export function parseBgpOpen(body: Uint8Array): BgpOpen {
  requireBytes(PROTOCOL, body, 0, FIXED_LENGTH);
  const end = FIXED_LENGTH + (body[9] ?? 0);
  if (end !== body.length) throw new WireError(PROTOCOL, 9, `parameters of ${body[9]} bytes`);
  const capabilities: BgpCapability[] = [];
  for (let offset = FIXED_LENGTH; offset < end; ) {
    requireBytes(PROTOCOL, body, offset, 2);
    const length = body[offset + 1] ?? 0;
    requireBytes(PROTOCOL, body, offset + 2, length);
    if (body[offset] === CAPABILITIES)
      capabilities.push(...parseBgpCapabilities(body.subarray(offset + 2, offset + 2 + length)));
    offset += 2 + length;
  }
  return {
    type: 'OPEN',
    version: body[0] ?? 0,
    as: readU16(body, 1),
    holdTime: readU16(body, 3),
    identifier: ipv4FromNumber(readU32(body, 5)),
    capabilities,
  };
}
