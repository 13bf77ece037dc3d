import { err, ok, type Result } from '../../../base/result.ts';
import { addressFromBigint, addressToBigint, familyOf, type IpAddress, type IpPrefix } from '../../../wire/address.ts';
import type { AddressRange } from './addressRange.ts';
import { type AddressOwner, HostLocalStore } from './hostLocalStore.ts';
import { formatSet, type RangeSet, rangeFor } from './rangeSet.ts';

/** An address as an interface carries it, and the gateway of its subnet. */
export interface AllocatedAddress {
  readonly address: IpPrefix;
  readonly gateway: IpAddress;
}

/** Why there is no address: of which range set, and in the allocator's words. */
export interface HostLocalFailure {
  /** Undefined when no set has a requested address. */
  readonly set: number | undefined;
  readonly message: string;
}

/** host-local on one node: hands out one address of each range set, and remembers who has what. */
export class HostLocal {
  readonly sets: readonly RangeSet[];
  readonly store: HostLocalStore;

  constructor(sets: readonly RangeSet[], store: HostLocalStore = new HostLocalStore()) {
    this.sets = sets;
    this.store = store;
  }

  /** Gives an interface its addresses: those that it asks for, else the next ones. All or none. */
  add(
    owner: AddressOwner,
    requested: readonly IpAddress[] = [],
  ): Result<readonly AllocatedAddress[], HostLocalFailure> {
    const open = new Set(requested);
    const allocated: AllocatedAddress[] = [];
    for (const [index, set] of this.sets.entries()) {
      const wanted = [...open].find((address) => rangeFor(set, address));
      if (wanted !== undefined) open.delete(wanted);
      const one = this.allocate(index, owner, wanted);
      if (!one.ok) {
        if (index > 0) this.store.release(owner);
        return err({ set: index, message: one.error });
      }
      allocated.push(one.value);
    }
    if (open.size === 0) return ok(allocated);
    this.store.release(owner);
    return err({ set: undefined, message: `failed to allocate all requested IPs: ${[...open].join(' ')}` });
  }

  /** Gives back what an interface has; one that has nothing is no error. */
  del(owner: AddressOwner): void {
    this.store.release(owner);
  }

  /** Gives an interface one address of a range set: the allocator without the plugin around it. */
  allocate(index: number, owner: AddressOwner, requested?: IpAddress): Result<AllocatedAddress, string> {
    const set = this.sets[index] ?? [];
    if (requested !== undefined) return this.#request(index, set, owner, requested);
    const held = this.store.addressesOf(owner).find((address) => rangeFor(set, address));
    if (held !== undefined) {
      return err(`${held} has been allocated to ${owner.containerId}, duplicate allocation is not allowed`);
    }
    for (const { address, range } of roundRobin(set, this.store.lastReserved(index))) {
      if (this.store.reserve(address, owner, index)) return ok(allocatedFrom(range, address));
    }
    return err(`no IP addresses available in range set: ${formatSet(set)}`);
  }

  #request(index: number, set: RangeSet, owner: AddressOwner, address: IpAddress): Result<AllocatedAddress, string> {
    const range = rangeFor(set, address);
    if (range === undefined) return err(`${address} not in range set ${formatSet(set)}`);
    if (address === range.gateway) return err(`requested ip ${address} is subnet's gateway`);
    return this.store.reserve(address, owner, index)
      ? ok(allocatedFrom(range, address))
      : err(`requested IP address ${address} is not available in range set ${formatSet(set)}`);
  }
}

function allocatedFrom(range: AddressRange, address: IpAddress): AllocatedAddress {
  return { address: { address, length: range.subnet.length }, gateway: range.gateway };
}

/**
 * The addresses of a set from the one after the last that was handed out, all round, gateways left out: so an address that was
 * given back is not taken up again at once (plugins/ipam/host-local/backend/allocator/allocator.go, RangeIter).
 */
export function* roundRobin(
  set: RangeSet,
  last: IpAddress | undefined,
): Generator<{ readonly address: IpAddress; readonly range: AddressRange }> {
  const from = last === undefined ? -1 : set.findIndex((range) => rangeFor([range], last));
  const after = from < 0 || last === undefined ? undefined : addressToBigint(last);
  const first = Math.max(from, 0);
  for (let turn = 0; turn <= set.length; turn++) {
    const range = set[(first + turn) % set.length];
    if (range === undefined) return;
    const family = familyOf(range.start);
    const [start, end] = [addressToBigint(range.start), addressToBigint(range.end)];
    // The range that the last address lies in is walked twice: after it, and, when all others are done, up to it.
    const begin = turn === 0 && after !== undefined ? after + 1n : start;
    const stop = turn === set.length ? (after ?? start - 1n) : end;
    for (let number = begin; number <= stop; number++) {
      const address = addressFromBigint(number, family);
      if (address !== range.gateway) yield { address, range };
    }
  }
}
