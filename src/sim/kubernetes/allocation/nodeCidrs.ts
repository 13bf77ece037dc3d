import {
  addressAt,
  addressBits,
  familyOf,
  type IpAddress,
  type IpPrefix,
  networkOf,
  prefixContains,
} from '../../../wire/address.ts';

/**
 * Cuts node CIDRs out of the cluster's: a cursor that wraps, not the lowest that is free.
 *
 * Source imitated: pkg/controller/nodeipam/ipam/cidrset/cidr_set.go.
 */
export class NodeCidrSet {
  private readonly cluster: IpPrefix;
  private readonly length: number;
  private readonly size: bigint;
  private readonly used = new Set<bigint>();
  private next = 0n;

  /** @param length bits of a node's CIDR, at least the cluster's. */
  constructor(cluster: IpPrefix, length: number) {
    this.cluster = networkOf(cluster);
    this.length = length;
    this.size = 1n << BigInt(Math.max(0, length - cluster.length));
  }

  /** @returns undefined when there are no CIDRs left. */
  allocateNext(): IpPrefix | undefined {
    if (BigInt(this.used.size) >= this.size || this.length < this.cluster.length) return undefined;
    while (this.used.has(this.next)) this.next = (this.next + 1n) % this.size;
    const index = this.next;
    this.used.add(index);
    this.next = (index + 1n) % this.size;
    return this.at(index);
  }

  /** Marks all node CIDRs that overlap the prefix as taken. @returns whether it lies in the cluster's range. */
  occupy(prefix: IpPrefix): boolean {
    const range = this.range(prefix);
    if (range === undefined) return false;
    for (let index = range.first; index <= range.last; index++) this.used.add(index);
    return true;
  }

  release(prefix: IpPrefix): void {
    const range = this.range(prefix);
    if (range !== undefined) for (let index = range.first; index <= range.last; index++) this.used.delete(index);
  }

  at(index: bigint): IpPrefix {
    return { address: addressAt(this.cluster, index << this.hostBits()), length: this.length };
  }

  /** Which node CIDR an address lies in. @returns undefined outside of the cluster's range. */
  indexOf(address: IpAddress): bigint | undefined {
    if (!prefixContains(this.cluster, address)) return undefined;
    return (numberOf(address) - numberOf(this.cluster.address)) >> this.hostBits();
  }

  get allocated(): number {
    return this.used.size;
  }

  private hostBits(): bigint {
    return BigInt(addressBits(familyOf(this.cluster.address)) - this.length);
  }

  private range(prefix: IpPrefix): { readonly first: bigint; readonly last: bigint } | undefined {
    const network = networkOf(prefix);
    if (familyOf(network.address) !== familyOf(this.cluster.address)) return undefined;
    if (network.length <= this.cluster.length && prefixContains(network, this.cluster.address))
      return { first: 0n, last: this.size - 1n };
    const first = this.indexOf(network.address);
    if (first === undefined) return undefined;
    const spanned = prefix.length >= this.length ? 1n : 1n << BigInt(this.length - prefix.length);
    return { first, last: first + spanned - 1n };
  }
}

function numberOf(address: IpAddress): bigint {
  if (familyOf(address) === 'IPv4') return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
  return groupsOf(address).reduce((value, group) => value * 65536n + BigInt(group), 0n);
}

/** The eight groups of an IPv6 address in its canonical text. */
function groupsOf(address: IpAddress): number[] {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].map((group) => Number.parseInt(group, 16));
}
