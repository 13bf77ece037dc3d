import { EthernetView, EtherType } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';

const ECN = 3;
const CONGESTION_EXPERIENCED = 3;
const CAPABLE = 2;

/** The IPv4 packet at the beginning of what a tunnel carries, or inside its Ethernet frame. */
export function innerIpv4(bytes: Uint8Array, link: 'ethernet' | 'ip'): Ipv4View | undefined {
  if (link === 'ip') return new Ipv4View(bytes);
  const ethernet = new EthernetView(bytes);
  return ethernet.etherType === EtherType.ipv4 ? new Ipv4View(bytes, ethernet.payloadOffset) : undefined;
}

/**
 * The outer packet's TOS: of the inner one only ECN is copied, "congestion experienced" as ECT(0) (RFC 6040 4.1; Linux:
 * include/net/inet_ecn.h, INET_ECN_encapsulate).
 */
export function outerTos(inner: Ipv4View | undefined, tos = 0): number {
  const ecn = (inner?.tos ?? 0) & ECN;
  return (tos & ~ECN) | (ecn === CONGESTION_EXPERIENCED ? CAPABLE : ecn);
}

/** Marks the inner packet if the outer one was marked (RFC 6040 4.2; IP_ECN_decapsulate). @returns false when it must be dropped. */
export function takeOverCongestion(inner: Ipv4View | undefined, outer: number): boolean {
  if ((outer & ECN) !== CONGESTION_EXPERIENCED || inner === undefined) return true;
  if ((inner.tos & ECN) === 0) return false;
  if ((inner.tos & ECN) === CONGESTION_EXPERIENCED) return true;
  inner.tos |= CONGESTION_EXPERIENCED;
  inner.fillChecksum();
  return true;
}
