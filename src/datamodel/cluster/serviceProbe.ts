import type { IpAddress } from '../../wire/address.ts';
import type { TransportName } from '../network/netfilter.ts';

/** A question to one node's tables: where would a new connection go? */
export interface ServiceQuestion {
  /** A Node's name. */
  readonly node: string;
  /** The client's address: a Pod's, the node's own, or anybody's. */
  readonly from: IpAddress;
  readonly to: { readonly address: IpAddress; readonly port: number };
  readonly protocol: TransportName;
}

/** What the node's kernel answers, over every way that chance could take. */
export interface ServiceAnswer {
  /** `dnat`: at least one way leads to another destination. `accept`: it is let go as it is. */
  readonly verdict: 'dnat' | 'accept' | 'drop' | 'reject';
  /** Every destination that the tables can choose, the likeliest first. */
  readonly endpoints: readonly ChosenEndpoint[];
  /** Whether the Services' proxy hides the source on any of the ways; what the Pod network's agents do is theirs. */
  readonly masquerade: boolean;
  /** Rules that the kernel tried on the likeliest way. */
  readonly rules: number;
  /** Whether a rule of the Services' proxy decided anything. */
  readonly matched: boolean;
}

export interface ChosenEndpoint {
  /** `ip:port`, with brackets around an IPv6 address. */
  readonly address: string;
  /** In (0, 1], to nine decimals. */
  readonly probability: number;
}
