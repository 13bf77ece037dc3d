import type { Coin } from '../../../../datamodel/flow/step.ts';
import type { AddressType } from '../../../../datamodel/network/netfilter.ts';
import type { NftCtState, NftKeyPart, NftRule, NftSet, NftVerdict } from '../../../../datamodel/network/nftables.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import { IpProtocol } from '../../../../wire/ipv4.ts';

/** The packet as nftables' expressions see it, and what they can ask or tell the kernel about it. */
export interface NftSubject {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  /** Absent behind the first fragment and for protocols without ports. */
  readonly ports: { readonly source: number; readonly destination: number } | undefined;
  readonly inputDevice: string;
  readonly outputDevice: string;
  readonly ctState: NftCtState;
  mark: number;
  addressType(address: IpAddress): AddressType;
  /** Whether a rule added the element to a dynamic set within its time. */
  remembers(set: NftSet, key: string): boolean;
  remember(set: NftSet, key: string): void;
  /** `numgen random mod N`. @returns the index drawn, and how. */
  draw(rule: NftRule, verdicts: readonly NftVerdict[]): { readonly index: number; readonly coin: Coin };
}

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(IpProtocol).map(([name, number]) => [number, name]),
);

/** The text of a lookup's key; undefined when the packet does not have one of its parts. */
export function keyOf(subject: NftSubject, parts: readonly NftKeyPart[]): string | undefined {
  let key = '';
  for (const part of parts) {
    const text = partOf(subject, part);
    if (text === undefined) return undefined;
    key = key === '' ? text : `${key} . ${text}`;
  }
  return key;
}

function partOf({ source, destination, protocol, ports }: NftSubject, part: NftKeyPart): string | undefined {
  switch (part) {
    case 'saddr':
      return source;
    case 'daddr':
      return destination;
    case 'l4proto':
      return PROTOCOL_NAMES.get(protocol) ?? String(protocol);
    case 'sport':
      return ports && String(ports.source);
    case 'dport':
      return ports && String(ports.destination);
  }
}
