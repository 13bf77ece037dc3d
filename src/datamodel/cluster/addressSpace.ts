import type { IpAddress, IpPrefix } from '../../wire/address.ts';

/** All ranges of addresses that a cluster hands out, cut up as they are, down to who has which address. Plain data. */
export interface AddressSpace {
  readonly revision: number;
  readonly ranges: readonly AddressBlock[];
}

/** A range of addresses. What is neither in a block of it nor in its uses is free. */
export interface AddressBlock {
  readonly prefix: IpPrefix;
  /** What it is: `Pods`, `podCIDR`, `block`. */
  readonly name: string;
  /** The node that hands it out. */
  readonly node?: string;
  /** Where its IPAM goes on looking for a free address, if it goes round. */
  readonly next?: IpAddress;
  /** Ranges cut from it, ascending, apart from each other. */
  readonly blocks: readonly AddressBlock[];
  /** Addresses outside of those that are not free, ascending. */
  readonly uses: readonly AddressUse[];
}

/** Why an address is not free: somebody has it, it is never handed out, or it was given back and rests for a while. */
export type AddressState = 'pod' | 'service' | 'device' | 'kept' | 'cooling';

export interface AddressUse {
  readonly address: IpAddress;
  readonly state: AddressState;
  /** `default/web-0`, `cni0`, `broadcast address`. */
  readonly owner: string;
  /** Where the owner is. */
  readonly node?: string;
  /** It comes from another node's block. */
  readonly borrowed?: boolean;
}
