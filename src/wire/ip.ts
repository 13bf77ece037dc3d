import type { IpFamily } from './address.ts';
import { Ipv4View } from './ipv4.ts';
import { Ipv6View } from './ipv6.ts';

export type IpView = Ipv4View | Ipv6View;

/** The IP header at `offset`, whichever version its first half-byte names; what is neither is read as IPv4. */
export function ipView(bytes: Uint8Array, offset = 0): IpView {
  return familyAt(bytes, offset) === 'IPv6' ? new Ipv6View(bytes, offset) : new Ipv4View(bytes, offset);
}

export function familyAt(bytes: Uint8Array, offset = 0): IpFamily {
  return (bytes[offset] ?? 0) >>> 4 === 6 ? 'IPv6' : 'IPv4';
}
