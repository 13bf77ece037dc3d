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
  /** The interface that has it as a whole. */
  readonly interface?: string;
  /** Whose its addresses are, where those of one owner lie scattered. */
  readonly groups?: readonly AddressGroup[];
}

/** A node with its network interfaces, or one of these with its addresses. They are among its range's, too. */
export interface AddressGroup {
  readonly name: string;
  readonly groups: readonly AddressGroup[];
  /** Prefixes that it has as a whole. */
  readonly blocks: readonly AddressBlock[];
  readonly uses: readonly AddressUse[];
}

/**
 * Why an address is not free: somebody has it, it is on an interface and ready for a Pod, it is never handed out, or it was given
 * back and rests for a while.
 */
export type AddressState = 'pod' | 'service' | 'device' | 'warm' | 'kept' | 'cooling';

export interface AddressUse {
  readonly address: IpAddress;
  readonly state: AddressState;
  /** `default/web-0`, `cni0`, `broadcast address`. */
  readonly owner: string;
  /** Where the owner is. */
  readonly node?: string;
  /** It comes from another node's block. */
  readonly borrowed?: boolean;
  /** The network interface that the network delivers it to. */
  readonly interface?: string;
  /** Seconds until it is handed out again. */
  readonly restsFor?: number;
}
