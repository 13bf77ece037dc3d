import type { EbpfEnd } from '../../../datamodel/network/ebpfState.ts';
import { ipv4FromNumber, ipv4ToNumber } from '../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH } from '../../../wire/ethernet.ts';
import { emitIpv4, IPV4_HEADER_LENGTH, Ipv4View, parseIpv4 } from '../../../wire/ipv4.ts';
import type { Skb } from '../skb.ts';

/*
 * Cilium's IPv4 option by which the node that was asked tells the backend's what for (bpf/lib/nodeport.h, dsr_opt_v4). Port
 * and address are swapped twice on the way there, so that they lie as a little-endian machine keeps numbers.
 *
 *   +--------+--------+-----------------+-----------------------------------+
 *   |  0x9a  |   8    |  service's port |         service's address         |
 *   +--------+--------+-----------------+-----------------------------------+
 */
const TYPE = 0x9a;
export const DSR_OPTION_LENGTH = 8;
const LONGEST_HEADER = 60;

/** Puts the option into the header. @returns false when there is no room for it. */
export function addDsrOption(skb: Skb, { address, port }: EbpfEnd): boolean {
  const at = skb.networkOffset;
  const ip = new Ipv4View(skb.bytes, at);
  if (ip.headerLength + DSR_OPTION_LENGTH > LONGEST_HEADER) return false;
  const fields = parseIpv4(skb.bytes, at);
  const options = new Uint8Array(DSR_OPTION_LENGTH + (fields.options?.length ?? 0));
  const view = new DataView(options.buffer);
  options[0] = TYPE;
  options[1] = DSR_OPTION_LENGTH;
  view.setUint16(2, port, true);
  view.setUint32(4, ipv4ToNumber(address), true);
  if (fields.options) options.set(fields.options, DSR_OPTION_LENGTH);
  const packet = emitIpv4({ ...fields, options }, ip.payload());
  const bytes = new Uint8Array(at + packet.length);
  bytes.set(skb.bytes.subarray(0, ETHERNET_HEADER_LENGTH));
  bytes.set(packet, at);
  skb.replace(bytes, skb.link);
  return true;
}

/** The service that a packet was for; undefined when it carries no such option in the first place. */
export function readDsrOption(skb: Skb): EbpfEnd | undefined {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.headerLength < IPV4_HEADER_LENGTH + DSR_OPTION_LENGTH) return undefined;
  const at = ip.offset + IPV4_HEADER_LENGTH;
  if (skb.bytes[at] !== TYPE || skb.bytes[at + 1] !== DSR_OPTION_LENGTH) return undefined;
  const view = new DataView(skb.bytes.buffer, skb.bytes.byteOffset + at, DSR_OPTION_LENGTH);
  return { port: view.getUint16(2, true), address: ipv4FromNumber(view.getUint32(4, true)) };
}
