import type { FieldChange } from '../../../datamodel/flow/step.ts';
import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { familyOf, ipv4ToNumber, writeIpv6 } from '../../../wire/address.ts';
import { updateChecksum16, updateChecksum32 } from '../../../wire/checksum.ts';
import { Icmpv4View } from '../../../wire/icmpv4.ts';
import { type IpView, ipView } from '../../../wire/ip.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { readU16, readU32, writeU16 } from '../../../wire/octets.ts';
import { fillSctpChecksum, SCTP_HEADER_LENGTH, sctpChecksum } from '../../../wire/sctp.ts';
import { hasIcmpIdentifier, hasPorts } from './tuple.ts';

/** Which end of a packet nat writes (nf_nat_manip_type). */
export type Manip = 'source' | 'destination';

const NAMES = new Map<number, string>([
  [IpProtocol.tcp, 'tcp'],
  [IpProtocol.udp, 'udp'],
  [IpProtocol.sctp, 'sctp'],
]);

/**
 * Makes one end of the packet at `offset` that of `target`, checksums with it (nf_nat_ipv4_manip_pkt and _ipv6_).
 *
 * The packet may be a quote cut short: a port is written if it is there, a checksum too.
 * @param prefix put before the paths of the changes: `quoted.` for the packet inside an ICMP error.
 */
export function rewriteEnd(
  bytes: Uint8Array,
  offset: number,
  target: ConntrackTuple,
  manip: Manip,
  prefix = '',
): FieldChange[] {
  const ip = ipView(bytes, offset);
  const before: IpAddress = ip[manip];
  const after = target[manip];
  const changes: FieldChange[] = [];
  const note = (path: string, from: string | number, to: string | number): void => {
    if (from !== to) changes.push({ path: `${prefix}${path}`, from: `${from}`, to: `${to}` });
  };
  if (ip.fragmentOffset === 0) rewriteTransport(bytes, ip, target, manip, note);
  if (before !== after && !(ip instanceof Ipv4View)) {
    ip[manip] = after;
    note(`ipv6.${manip}`, before, after);
  } else if (before !== after && ip instanceof Ipv4View) {
    const checksum = ip.headerChecksum;
    ip.headerChecksum = updateChecksum32(checksum, ipv4ToNumber(before), ipv4ToNumber(after));
    ip[manip] = after;
    note(`ipv4.${manip}`, before, after);
    note('ipv4.headerChecksum', hex(checksum), hex(ip.headerChecksum));
  }
  return changes;
}

type Note = (path: string, from: string | number, to: string | number) => void;

function rewriteTransport(bytes: Uint8Array, ip: IpView, target: ConntrackTuple, manip: Manip, note: Note): void {
  const at = ip.payloadOffset;
  const { protocol } = ip;
  if (protocol === IpProtocol.icmp) rewriteIdentifier(bytes, at, target, note);
  if (!hasPorts(protocol) || bytes.length < at + 4) return;
  const name = NAMES.get(protocol) ?? 'data';
  const isSource = manip === 'source';
  const portAt = isSource ? at : at + 2;
  const from = readU16(bytes, portAt);
  const to = isSource ? target.sourcePort : target.destinationPort;
  if (from === to && ip[manip] === target[manip]) return;
  const checksumAt = checksumOffset(bytes, at, protocol);
  if (checksumAt !== undefined) {
    const old = readU16(bytes, checksumAt);
    const addressed = updateForAddress(old, ip[manip], target[manip]);
    const updated = updateChecksum16(addressed, from, to);
    // A UDP sum of 0 would say that there is none (CSUM_MANGLED_0).
    const stored = updated === 0 && protocol === IpProtocol.udp ? 0xffff : updated;
    writeU16(bytes, checksumAt, stored);
    note(`${name}.checksum`, hex(old), hex(stored));
  }
  writeU16(bytes, portAt, to);
  note(`${name}.${isSource ? 'sourcePort' : 'destinationPort'}`, from, to);
  if (protocol === IpProtocol.sctp) refreshSctpChecksum(bytes, ip, note);
}

/** SCTP's sum covers its own bytes only, all of which must be there (sctp_manip_pkt). */
function refreshSctpChecksum(bytes: Uint8Array, ip: IpView, note: Note): void {
  const at = ip.payloadOffset;
  const end = at + ip.payloadLength;
  if (ip.payloadLength < SCTP_HEADER_LENGTH || bytes.length < end) return;
  const before = sctpChecksum(bytes, at);
  fillSctpChecksum(bytes, at, end);
  note('sctp.checksum', before, sctpChecksum(bytes, at));
}

/** The checksum after an address of the pseudo header changed, word by word. */
function updateForAddress(checksum: number, from: IpAddress, to: IpAddress): number {
  if (familyOf(from) === 'IPv4') return updateChecksum32(checksum, ipv4ToNumber(from), ipv4ToNumber(to));
  const words = new Uint8Array(32);
  writeIpv6(from, words, 0);
  writeIpv6(to, words, 16);
  let updated = checksum;
  for (let i = 0; i < 16; i += 4) updated = updateChecksum32(updated, readU32(words, i), readU32(words, 16 + i));
  return updated;
}

/** Where the checksum is that covers addresses and ports; undefined if it is cut off, absent or does not cover them. */
function checksumOffset(bytes: Uint8Array, at: number, protocol: number): number | undefined {
  if (protocol === IpProtocol.tcp) return bytes.length >= at + 20 ? at + 16 : undefined;
  if (protocol !== IpProtocol.udp || bytes.length < at + 8) return undefined;
  return readU16(bytes, at + 6) === 0 ? undefined : at + 6;
}

function rewriteIdentifier(bytes: Uint8Array, at: number, target: ConntrackTuple, note: Note): void {
  if (bytes.length < at + 8) return;
  const icmp = new Icmpv4View(bytes, at);
  if (!hasIcmpIdentifier(icmp.type)) return;
  const { identifier, checksum } = icmp;
  const to = target.sourcePort;
  if (identifier === to) return;
  icmp.checksum = updateChecksum16(checksum, identifier, to);
  icmp.identifier = to;
  note('icmp.identifier', identifier, to);
  note('icmp.checksum', hex(checksum), hex(icmp.checksum));
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
