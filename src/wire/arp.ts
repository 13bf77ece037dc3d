import type { IpAddress, MacAddress } from './address.ts';
import { ipv4FromNumber, ipv4ToNumber, macFromBytes, writeMac } from './address.ts';
import { EtherType } from './ethernet.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * ARP for IPv4 over Ethernet, RFC 826.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |    hardware type (1)          |    protocol type (0x0800)     |
 *   +---------------+---------------+-------------------------------+
 *   | hw length (6) | pr. length (4)|  operation (1 ask, 2 answer)  |
 *   +---------------+---------------+-------------------------------+
 *   |                          sender MAC                           |
 *   +-------------------------------+-------------------------------+
 *   |       sender MAC, rest        |          sender IPv4          |
 *   +-------------------------------+-------------------------------+
 *   |       sender IPv4, rest       |          target MAC           |
 *   +-------------------------------+-------------------------------+
 *   |                       target MAC, rest                        |
 *   +---------------------------------------------------------------+
 *   |                          target IPv4                          |
 *   +---------------------------------------------------------------+
 */
export const ARP_LENGTH = 28;
export const ArpOperation = { request: 1, reply: 2 } as const;
const ETHERNET = 1;

export interface ArpFields {
  readonly operation: 1 | 2;
  readonly senderMac: MacAddress;
  readonly senderIp: IpAddress;
  readonly targetMac: MacAddress;
  readonly targetIp: IpAddress;
}

/** An ARP message read and written in place. */
export class ArpView {
  readonly bytes: Uint8Array;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get operation(): number {
    return readU16(this.bytes, this.offset + 6);
  }
  set operation(value: number) {
    writeU16(this.bytes, this.offset + 6, value);
  }

  get senderMac(): MacAddress {
    return macFromBytes(this.bytes, this.offset + 8);
  }
  set senderMac(mac: MacAddress) {
    writeMac(mac, this.bytes, this.offset + 8);
  }

  get senderIp(): IpAddress {
    return ipv4FromNumber(readU32(this.bytes, this.offset + 14));
  }
  set senderIp(address: IpAddress) {
    writeU32(this.bytes, this.offset + 14, ipv4ToNumber(address));
  }

  get targetMac(): MacAddress {
    return macFromBytes(this.bytes, this.offset + 18);
  }
  set targetMac(mac: MacAddress) {
    writeMac(mac, this.bytes, this.offset + 18);
  }

  get targetIp(): IpAddress {
    return ipv4FromNumber(readU32(this.bytes, this.offset + 24));
  }
  set targetIp(address: IpAddress) {
    writeU32(this.bytes, this.offset + 24, ipv4ToNumber(address));
  }
}

export function emitArp(fields: ArpFields): Uint8Array {
  const bytes = new Uint8Array(ARP_LENGTH);
  writeU16(bytes, 0, ETHERNET);
  writeU16(bytes, 2, EtherType.ipv4);
  bytes[4] = 6;
  bytes[5] = 4;
  const view = new ArpView(bytes);
  view.operation = fields.operation;
  view.senderMac = fields.senderMac;
  view.senderIp = fields.senderIp;
  view.targetMac = fields.targetMac;
  view.targetIp = fields.targetIp;
  return bytes;
}

/** @throws WireError when cut, or when it is not a request or reply of IPv4 over Ethernet. */
export function parseArp(bytes: Uint8Array, offset = 0): ArpFields {
  requireBytes('ARP', bytes, offset, ARP_LENGTH);
  if (readU16(bytes, offset) !== ETHERNET || readU16(bytes, offset + 2) !== EtherType.ipv4) {
    throw new WireError('ARP', offset, 'not IPv4 over Ethernet');
  }
  if (bytes[offset + 4] !== 6 || bytes[offset + 5] !== 4) {
    throw new WireError('ARP', offset + 4, 'address lengths are not 6 and 4');
  }
  const view = new ArpView(bytes, offset);
  const operation = view.operation;
  if (operation !== 1 && operation !== 2) throw new WireError('ARP', offset + 6, `unknown operation ${operation}`);
  const { senderMac, senderIp, targetMac, targetIp } = view;
  return { operation, senderMac, senderIp, targetMac, targetIp };
}
