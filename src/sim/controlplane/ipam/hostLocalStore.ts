import type { IpAddress } from '../../../wire/address.ts';

/** Who has an address: a container's interface. */
export interface AddressOwner {
  readonly containerId: string;
  readonly ifname: string;
}

/**
 * The files that host-local keeps of a network on one node: one of each address with its owner in it, and one of each range set
 * with the address that was handed out last, `last_reserved_ip.N` (plugins/ipam/host-local/backend/disk/backend.go).
 */
export class HostLocalStore {
  readonly #owners = new Map<IpAddress, AddressOwner>();
  readonly #addresses = new Map<string, IpAddress[]>();
  readonly #last = new Map<number, IpAddress>();

  /** @returns false when somebody has the address already. */
  reserve(address: IpAddress, owner: AddressOwner, set: number): boolean {
    if (!this.hold(address, owner)) return false;
    this.#last.set(set, address);
    return true;
  }

  /** Writes an address down that somebody got otherwise, which does not move on what comes next. */
  hold(address: IpAddress, owner: AddressOwner): boolean {
    if (this.#owners.has(address)) return false;
    this.#owners.set(address, owner);
    const key = keyOf(owner);
    this.#addresses.set(key, [...(this.#addresses.get(key) ?? []), address]);
    return true;
  }

  addressesOf(owner: AddressOwner): readonly IpAddress[] {
    return this.#addresses.get(keyOf(owner)) ?? [];
  }

  ownerOf(address: IpAddress): AddressOwner | undefined {
    return this.#owners.get(address);
  }

  release(owner: AddressOwner): void {
    for (const address of this.addressesOf(owner)) this.#owners.delete(address);
    this.#addresses.delete(keyOf(owner));
  }

  lastReserved(set: number): IpAddress | undefined {
    return this.#last.get(set);
  }

  setLastReserved(set: number, address: IpAddress): void {
    this.#last.set(set, address);
  }

  /** All addresses that somebody has. */
  get reserved(): ReadonlyMap<IpAddress, AddressOwner> {
    return this.#owners;
  }
}

function keyOf({ containerId, ifname }: AddressOwner): string {
  return `${containerId.trim()}\r\n${ifname}`;
}
