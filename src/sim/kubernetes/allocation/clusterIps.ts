import { chance } from '../../../base/chance.ts';
import {
  addressAt,
  addressBits,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  networkOf,
  prefixContains,
} from '../../../wire/address.ts';

/**
 * Hands out Service addresses: at random from the upper part of the range, which leaves the lower part to those who ask
 * for a certain address (KEP-3070).
 *
 * Source imitated: pkg/registry/core/service/ipallocator.
 */
export class ClusterIpAllocator {
  private readonly range: IpPrefix;
  private readonly seed: number;
  private readonly used = new Set<IpAddress>();
  /** Usable addresses: neither the network's own nor, in IPv4, the broadcast address. */
  private readonly count: number;

  constructor(range: IpPrefix, seed: number) {
    this.range = networkOf(range);
    this.seed = seed;
    const v4 = familyOf(range.address) === 'IPv4';
    const hostBits = Math.min(addressBits(familyOf(range.address)) - range.length, 31);
    this.count = Math.max(0, 2 ** hostBits - (v4 ? 2 : 1));
  }

  /** @returns why the address cannot be had. */
  reserve(address: IpAddress): string | undefined {
    const offset = this.contains(address);
    if (!offset) {
      const range = formatPrefix(this.range);
      return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range}`;
    }
    if (this.used.has(address)) return 'provided IP is already allocated';
    this.used.add(address);
    return undefined;
  }

  /** @param purpose what the address is for: the same Service gets the same one again. @returns undefined when full. */
  allocate(purpose: string): IpAddress | undefined {
    const offset = rangeOffset(this.count);
    return this.from(offset, this.count - offset, purpose) ?? this.from(0, offset, purpose);
  }

  private from(first: number, length: number, purpose: string): IpAddress | undefined {
    if (length <= 0) return undefined;
    const start = chance(this.seed, 'cluster-ip', purpose) % length;
    for (let step = 0; step < length && step <= this.used.size; step++) {
      const address = addressAt(this.range, 1 + first + ((start + step) % length));
      if (this.used.has(address)) continue;
      this.used.add(address);
      return address;
    }
    return undefined;
  }

  private contains(address: IpAddress): boolean {
    if (!prefixContains(this.range, address)) return false;
    if (address === this.range.address) return false;
    return familyOf(address) === 'IPv6' || address !== addressAt(this.range, this.count + 1);
  }
}

/** min(max(16, size / 16), 256), and 0 for ranges too small to divide. */
function rangeOffset(count: number): number {
  if (count <= 16) return 0;
  return Math.min(Math.max(16, Math.floor(count / 16)), 256);
}
