import type { FieldChange } from '../../../datamodel/flow/step.ts';
import type { Hook } from '../../../datamodel/network/netfilter.ts';
import type { IpvsEnd } from '../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { transportChecksumValid } from '../../../wire/checksum.ts';
import { ICMPV4_HEADER_LENGTH, Icmpv4Type, Icmpv4View } from '../../../wire/icmpv4.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { writeU16 } from '../../../wire/octets.ts';
import type { Kernel } from '../kernel.ts';
import type { HookVerdict } from '../netfilter/hookFunction.ts';
import { tupleOf } from '../netfilter/tuple.ts';
import { dropPacket } from '../netfilter/verdict.ts';
import type { Skb } from '../skb.ts';
import type { LiveConnection } from './connection.ts';
import { clientKey, serverKey } from './connection.ts';
import { findIpvs } from './connectionTable.ts';
import { informConntrack } from './conntrack.ts';
import { type IpvsPacket, readIpvsPacket } from './packet.ts';
import { connectionRef, routeTo, sendOn, transmitDirectly } from './transmit.ts';

const SOURCE_QUENCH = 4;
const TRANSLATED: ReadonlySet<number> = new Set([
  Icmpv4Type.destinationUnreachable,
  SOURCE_QUENCH,
  Icmpv4Type.timeExceeded,
]);

/** An error about what a client sent to its real server: it goes to the client in the virtual server's name (ip_vs_out_icmp). */
export function errorFromServer(kernel: Kernel, skb: Skb, hook: Hook): HookVerdict {
  const quoted = quotedPacket(skb);
  if (quoted === undefined) return 'accept';
  const connection = findIpvs(kernel, serverKey(quoted.protocol, quoted.destination, quoted.source));
  if (connection === undefined) return 'accept';
  if (!transportChecksumValid(skb.bytes, skb.networkOffset)) return damaged(kernel, skb, hook);
  translate(kernel, skb, hook, connection, 'source', connection.virtual);
  skb.meta.ipvs = true;
  informConntrack(kernel, skb, connection);
  return 'accept';
}

/** An error about what a real server answered: it goes on to the real server (ip_vs_in_icmp, ip_vs_icmp_xmit). */
export function errorFromClient(kernel: Kernel, skb: Skb, hook: Hook): HookVerdict {
  if (skb.meta.ipvs) return 'accept';
  const quoted = quotedPacket(skb);
  if (quoted === undefined) return 'accept';
  const connection = findIpvs(kernel, clientKey(quoted.protocol, quoted.destination, quoted.source));
  if (connection === undefined) return 'accept';
  if (!transportChecksumValid(skb.bytes, skb.networkOffset)) return damaged(kernel, skb, hook);
  if (connection.direct) return transmitDirectly(kernel, skb, hook, connection);
  const route = routeTo(kernel, skb, hook, connection.destination.address, hook !== 'FORWARD');
  if (route === undefined) return 'drop';
  translate(kernel, skb, hook, connection, 'destination', connection.destination);
  return sendOn(kernel, skb, connection, route);
}

function quotedPacket({ bytes, networkOffset }: Skb): IpvsPacket | undefined {
  const ip = new Ipv4View(bytes, networkOffset);
  if (ip.fragmentOffset > 0 || !TRANSLATED.has(new Icmpv4View(bytes, ip.payloadOffset).type)) return undefined;
  return readIpvsPacket(bytes, ip.payloadOffset + ICMPV4_HEADER_LENGTH);
}

function damaged(kernel: Kernel, skb: Skb, hook: Hook): HookVerdict {
  dropPacket(kernel, skb, hook, 'A damaged error about a connection of IPVS is not translated.');
  return 'drop';
}

/**
 * Writes `end` into the error's own source or destination and into the opposite end of its quote (ip_vs_nat_icmp). The quote's
 * transport checksum is left as it is, though it no longer fits.
 */
function translate(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  connection: LiveConnection,
  side: 'source' | 'destination',
  end: IpvsEnd,
): void {
  const before = tupleOf(skb.bytes, skb.networkOffset);
  const bytes = skb.writable();
  const ip = new Ipv4View(bytes, skb.networkOffset);
  const quote = new Ipv4View(bytes, ip.payloadOffset + ICMPV4_HEADER_LENGTH);
  const opposite = side === 'source' ? 'destination' : 'source';
  const changes: FieldChange[] = [
    ...readdress(ip, side, end.address, ''),
    ...readdress(quote, opposite, end.address, 'quoted.'),
  ];
  writeU16(bytes, quote.payloadOffset + (opposite === 'source' ? 0 : 2), end.port);
  const icmp = new Icmpv4View(bytes, ip.payloadOffset);
  const from = icmp.checksum;
  icmp.fillChecksum(ip.payloadLength);
  changes.push({ path: 'icmp.checksum', from: hex(from), to: hex(icmp.checksum) });
  const after = tupleOf(bytes, skb.networkOffset);
  if (before === undefined || after === undefined) return;
  const kind = side === 'source' ? 'undo-dnat' : 'dnat';
  const detail = { type: 'translate', kind, by: 'ipvs', before, after } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { hook, changes, entry: connectionRef(kernel, connection) });
}

function readdress(
  ip: Ipv4View,
  side: 'source' | 'destination',
  address: IpAddress,
  prefix: string,
): readonly FieldChange[] {
  const { [side]: before, headerChecksum } = ip;
  if (before === address) return [];
  ip[side] = address;
  ip.fillChecksum();
  return [
    { path: `${prefix}ipv4.${side}`, from: before, to: address },
    { path: `${prefix}ipv4.headerChecksum`, from: hex(headerChecksum), to: hex(ip.headerChecksum) },
  ];
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
