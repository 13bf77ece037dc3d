import type { DropReason } from '../../../datamodel/flow/dropReason.ts';
import { IPV4_HEADER_LENGTH, Ipv4View } from '../../../wire/ipv4.ts';
import type { Skb } from '../skb.ts';

/** What is wrong with a received IPv4 header, if anything (RFC 1122 3.2.1; Linux: net/ipv4/ip_input.c, ip_rcv_core). */
export function headerFault(skb: Skb): { readonly reason: DropReason; readonly because: string } | undefined {
  const there = skb.bytes.length - skb.networkOffset;
  if (there < IPV4_HEADER_LENGTH) {
    return { reason: 'PKT_TOO_SMALL', because: `${there} bytes are too few for an IPv4 header` };
  }
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.version !== 4 || ip.headerLength < IPV4_HEADER_LENGTH || ip.headerLength > there) {
    return {
      reason: 'IP_INHDR',
      because: `Version ${ip.version} and header length ${ip.headerLength} make no IPv4 header`,
    };
  }
  if (!ip.checksumValid()) return { reason: 'IP_CSUM', because: 'The IPv4 header checksum is wrong' };
  if (ip.totalLength > there || ip.totalLength < ip.headerLength) {
    return { reason: 'PKT_TOO_SMALL', because: `The header promises ${ip.totalLength} bytes, ${there} are there` };
  }
  return undefined;
}
