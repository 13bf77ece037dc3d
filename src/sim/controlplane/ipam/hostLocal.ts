import {
  addressAt,
  addressBits,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  ipv4ToNumber,
  networkOf,
  prefixContains,
} from '../../../wire/address.ts';

/**
 * host-local's store for one subnet on one node: who has what, and which address was handed out last. The first address is
 * the gateway's and the last of IPv4 is the broadcast address; neither is handed out.
 */
export class HostLocalStore {
  readonly #subnet: IpPrefix;
  readonly #end: bigint;
  readonly #taken = new Set<IpAddress>();
  /** Number of the last address handed out within the subnet; the gateway's before there was one. */
  #last = GATEWAY;

  /** @param after the address handed out last, by an earlier run: last_reserved_ip. */
  constructor(subnet: IpPrefix, after?: IpAddress) {
    const family = familyOf(subnet.address);
    const size = 1n << BigInt(addressBits(family) - subnet.length);
    this.#subnet = networkOf(subnet);
    this.#end = family === 'IPv4' ? size - 2n : size - 1n;
    if (after !== undefined && family === 'IPv4' && prefixContains(subnet, after))
      this.#last = BigInt(ipv4ToNumber(after) - ipv4ToNumber(this.#subnet.address));
  }

  get gateway(): IpAddress {
    return addressAt(this.#subnet, GATEWAY);
  }

  /** Puts an address aside that somebody has already. */
  reserve(address: IpAddress): void {
    this.#taken.add(address);
  }

  /**
   * Hands out the next free address after the last one, wrapping round once, so that an address that was given back is not
   * taken up again at once (plugins/ipam/host-local/backend/allocator/allocator.go).
   *
   * @returns undefined when there is none left.
   */
  allocate(): IpAddress | undefined {
    const usable = this.#end - GATEWAY;
    for (let step = 1n; step <= usable; step++) {
      const number = GATEWAY + 1n + ((this.#last - GATEWAY - 1n + step + usable) % usable);
      const address = addressAt(this.#subnet, number);
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      this.#last = number;
      return address;
    }
    return undefined;
  }

  /** Gives an address back. */
  release(address: IpAddress): void {
    this.#taken.delete(address);
  }

  /** host-local's words for a subnet too small to have addresses to give, or with none left. */
  exhausted(): string {
    if (this.#end <= GATEWAY) return `Network ${formatPrefix(this.#subnet)} too small to allocate from`;
    const [first, last] = [GATEWAY, this.#end].map((number) => addressAt(this.#subnet, number));
    return `failed to allocate for range 0: no IP addresses available in range set: ${first}-${last}`;
  }
}

const GATEWAY = 1n;
