import {
  addressAt,
  addressBits,
  addressToBigint,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  networkOf,
  prefixContains,
} from '../../../wire/address.ts';
import { IndexSet } from './indexSet.ts';

export const NO_CIDRS_LEFT =
  'CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range';

/** In IPv6, a node's CIDR may be this many bits longer than the cluster's. */
const MAX_DIFFERENCE = 16;

/** Why a cluster CIDR cannot be cut into node CIDRs of a length. */
export function nodeCidrProblem(cluster: IpPrefix, length: number): string | undefined {
  const family = familyOf(cluster.address);
  if (length > addressBits(family)) {
    return 'SubNetMask is invalid, should be lower or equal to 32 for IPv4 and to 128 for IPv6';
  }
  return family === 'IPv6' && length - cluster.length > MAX_DIFFERENCE
    ? 'New CIDR set failed; the node CIDR size is too big'
    : undefined;
}

/**
 * Cuts node CIDRs out of the cluster's: a cursor that wraps, not the lowest that is free.
 *
 * Source imitated: pkg/controller/nodeipam/ipam/cidrset/cidr_set.go, which Cilium's operator has a copy of.
 */
export class NodeCidrSet {
  readonly cluster: IpPrefix;
  readonly length: number;
  private readonly size: bigint;
  private readonly used = new IndexSet();
  private next = 0n;

  /** @param length bits of a node's CIDR, at least the cluster's. */
  constructor(cluster: IpPrefix, length: number) {
    this.cluster = networkOf(cluster);
    this.length = length;
    this.size = 1n << BigInt(Math.max(0, length - cluster.length));
  }

  get full(): boolean {
    return this.used.size >= this.size || this.length < this.cluster.length;
  }

  /** @returns undefined when there are no CIDRs left. */
  allocateNext(): IpPrefix | undefined {
    if (this.full) return undefined;
    const ahead = this.used.firstGapFrom(this.next);
    const index = ahead < this.size ? ahead : this.used.firstGapFrom(0n);
    this.used.add(index, index);
    this.next = (index + 1n) % this.size;
    return this.at(index);
  }

  /** Marks all node CIDRs that overlap the prefix as taken. @returns whether it lies in the cluster's range. */
  occupy(prefix: IpPrefix): boolean {
    const range = this.rangeOf(prefix);
    if (range !== undefined) this.used.add(range.first, range.last);
    return range !== undefined;
  }

  /** @returns whether the prefix lies in the cluster's range. */
  release(prefix: IpPrefix): boolean {
    const range = this.rangeOf(prefix);
    if (range !== undefined) this.used.delete(range.first, range.last);
    return range !== undefined;
  }

  /** Whether all node CIDRs that overlap the prefix are taken. */
  isAllocated(prefix: IpPrefix): boolean {
    const range = this.rangeOf(prefix);
    return range !== undefined && this.used.hasAll(range.first, range.last);
  }

  at(index: bigint): IpPrefix {
    return { address: addressAt(this.cluster, index << this.hostBits()), length: this.length };
  }

  /** Which node CIDR an address lies in. @returns undefined outside of the cluster's range. */
  indexOf(address: IpAddress): bigint | undefined {
    if (!prefixContains(this.cluster, address)) return undefined;
    return (addressToBigint(address) - addressToBigint(this.cluster.address)) >> this.hostBits();
  }

  /** Which node CIDRs a prefix overlaps. @returns undefined outside of the cluster's range. */
  rangeOf(prefix: IpPrefix): { readonly first: bigint; readonly last: bigint } | undefined {
    const network = networkOf(prefix);
    if (familyOf(network.address) !== familyOf(this.cluster.address)) return undefined;
    if (network.length <= this.cluster.length && prefixContains(network, this.cluster.address))
      return { first: 0n, last: this.size - 1n };
    const first = this.indexOf(network.address);
    if (first === undefined) return undefined;
    const spanned = prefix.length >= this.length ? 1n : 1n << BigInt(this.length - prefix.length);
    return { first, last: first + spanned - 1n };
  }

  /** The controller's words for a prefix that is not in the cluster's range. */
  outOfRange(prefix: IpPrefix): string {
    return `cidr ${formatPrefix(networkOf(prefix))} is out the range of cluster cidr ${formatPrefix(this.cluster)}`;
  }

  get allocated(): number {
    return Number(this.used.size);
  }

  private hostBits(): bigint {
    return BigInt(addressBits(familyOf(this.cluster.address)) - this.length);
  }
}
