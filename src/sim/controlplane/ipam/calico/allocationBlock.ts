import { addressAt, addressesIn, formatPrefix, type IpAddress, type IpPrefix } from '../../../../wire/address.ts';
import { ordinalIn, type Reservations } from './reservations.ts';

/** Who a block belongs to: a node, or something virtual such as load balancers. */
export interface BlockAffinity {
  readonly type: 'host' | 'virtual';
  readonly host: string;
}

/** Who has an address of a block. */
export interface Allocation {
  /** Identifies what the address was assigned for; all addresses of a handle can be given back at once. */
  readonly handle?: string;
  /** Notes about the owner: its Pod, namespace, node, and the type of a tunnel's address. */
  readonly attributes: ReadonlyMap<string, string>;
  /** When it was given back, in seconds, while it still cools down. */
  readonly releasedAt?: number;
  /** The block's sequence number when it was assigned: names this assignment, whoever had the address before. */
  readonly sequence: number;
}

/** Addresses at both ends of a block that a Windows host keeps to itself. */
export interface HostReservation {
  readonly startOfBlock: number;
  readonly endOfBlock: number;
  readonly handle: string;
  readonly note: string;
}

/** The handle of what Windows keeps: a block that has nothing else in use counts as empty. */
export const WINDOWS_HANDLE = 'windows-reserved-ipam-handle';

/** Windows' HNS takes the first three addresses and the last. */
export const WINDOWS_RESERVATION: HostReservation = {
  startOfBlock: 3,
  endOfBlock: 1,
  handle: WINDOWS_HANDLE,
  note: 'windows host rsvd',
};

/** What to give back; a handle or a sequence number must be that of the assignment. */
export interface ReleaseRequest {
  readonly address: IpAddress;
  readonly handle?: string;
  readonly sequence?: number;
}

/** What was given back: how many addresses by handle, and those that nobody had. */
export type ReleaseResult =
  | { readonly ok: true; readonly unallocated: readonly IpAddress[]; readonly byHandle: ReadonlyMap<string, number> }
  | { readonly ok: false; readonly error: string; readonly cause?: string };

/** A block of addresses (libcalico-go/lib/ipam/ipam_block.go): who has which, and the queue of those that are free. */
export class AllocationBlock {
  readonly cidr: IpPrefix;
  affinity: BlockAffinity | undefined;
  /** When the affinity was claimed, in seconds. */
  claimedAt = 0;
  sequence = 0;
  readonly #allocations: (Allocation | undefined)[];
  #unallocated: number[];

  constructor(cidr: IpPrefix, reserved?: HostReservation) {
    const size = Number(addressesIn(cidr));
    this.cidr = cidr;
    this.#allocations = Array.from({ length: size }, () => undefined);
    this.#unallocated = Array.from({ length: size }, (_, ordinal) => ordinal);
    if (reserved === undefined) return;
    const kept = (ordinal: number): boolean => ordinal < reserved.startOfBlock || ordinal >= size - reserved.endOfBlock;
    const allocation = { handle: reserved.handle, attributes: new Map([['note', reserved.note]]), sequence: 0 };
    for (const ordinal of this.#unallocated) if (kept(ordinal)) this.#allocations[ordinal] = allocation;
    this.#unallocated = this.#unallocated.filter((ordinal) => !kept(ordinal));
  }

  get size(): number {
    return this.#allocations.length;
  }

  /** Ordinals that are free, in the order in which they will be handed out. */
  get unallocated(): readonly number[] {
    return this.#unallocated;
  }

  /** Whether nothing is in use but what Windows keeps. */
  get empty(): boolean {
    return this.#allocations.every((entry) => entry === undefined || entry.handle?.toLowerCase() === WINDOWS_HANDLE);
  }

  belongsTo(affinity: BlockAffinity): boolean {
    return this.affinity?.type === affinity.type && this.affinity.host === affinity.host;
  }

  allocationAt(ordinal: number): Allocation | undefined {
    return this.#allocations[ordinal];
  }

  /** @returns undefined for an address that is free, or not of this block. */
  allocationOf(address: IpAddress): Allocation | undefined {
    const ordinal = ordinalIn(this.cidr, address);
    return ordinal === undefined ? undefined : this.#allocations[ordinal];
  }

  /** Every address that is not free, in order. */
  *inUse(): Generator<{ readonly address: IpAddress; readonly allocation: Allocation }> {
    for (const [ordinal, allocation] of this.#allocations.entries()) {
      if (allocation !== undefined) yield { address: addressAt(this.cidr, ordinal), allocation };
    }
  }

  freeCount(reservations: Reservations): number {
    if (!reservations.touches(this.cidr)) return this.#unallocated.length;
    return this.#unallocated.filter((ordinal) => !reservations.matches(addressAt(this.cidr, ordinal))).length;
  }

  /** Takes up to `count` addresses from the head of the queue, passing by reserved ones, which keep their place in it. */
  take(
    count: number,
    owner: Pick<Allocation, 'handle' | 'attributes'>,
    reservations: Reservations,
  ): readonly IpAddress[] {
    const taken: IpAddress[] = [];
    const allocation = { ...owner, sequence: this.sequence };
    this.#unallocated = this.#unallocated.filter((ordinal) => {
      if (taken.length >= count) return true;
      const address = addressAt(this.cidr, ordinal);
      if (reservations.matches(address)) return true;
      this.#allocations[ordinal] = allocation;
      taken.push(address);
      return false;
    });
    if (taken.length > 0) this.sequence++;
    return taken;
  }

  /** Takes one certain address. @returns why not. */
  assign(address: IpAddress, owner: Pick<Allocation, 'handle' | 'attributes'>): string | undefined {
    const ordinal = ordinalIn(this.cidr, address);
    if (ordinal === undefined) return `IP ${address} not in block ${formatPrefix(this.cidr)}`;
    if (this.#allocations[ordinal] !== undefined) {
      return `resource already exists: ${address} with error: Address already assigned in block`;
    }
    this.#allocations[ordinal] = { ...owner, sequence: this.sequence };
    this.#unallocated = this.#unallocated.filter((free) => free !== ordinal);
    this.sequence++;
    return undefined;
  }

  /** Gives addresses back, all or none: the whole request fails when a handle or a sequence number is another's. */
  release(requests: readonly ReleaseRequest[], now: number): ReleaseResult {
    const unallocated: IpAddress[] = [];
    const byHandle = new Map<string, number>();
    const ordinals = new Set<number>();
    for (const { address, handle, sequence } of new Map(
      requests.map((request) => [request.address, request]),
    ).values()) {
      const ordinal = ordinalIn(this.cidr, address);
      if (ordinal === undefined) {
        return { ok: false, error: `IP ${address} not in block ${formatPrefix(this.cidr)}` };
      }
      const allocation = this.#allocations[ordinal];
      const found = allocation?.sequence ?? 0;
      if (sequence !== undefined && sequence !== found) {
        return conflict(
          address,
          `the given sequence number (${sequence}) does not match (${found}) when attempting to release IP`,
        );
      }
      if (allocation === undefined || allocation.releasedAt !== undefined) {
        unallocated.push(address);
        continue;
      }
      const owner = allocation.handle ?? '';
      if (handle !== undefined && handle !== '' && handle !== owner) {
        return conflict(
          address,
          `the given handle (${handle}) does not match (${owner}) when attempting to release IP`,
        );
      }
      ordinals.add(ordinal);
      if (owner !== '') byHandle.set(owner, (byHandle.get(owner) ?? 0) + 1);
    }
    this.#coolDown(ordinals, now);
    return { ok: true, unallocated, byHandle };
  }

  /** Gives back all addresses of a handle. @returns how many there were. */
  releaseHandle(handle: string, now: number): number {
    const ordinals = new Set<number>();
    for (const [ordinal, allocation] of this.#allocations.entries()) {
      if (allocation?.handle === handle) ordinals.add(ordinal);
    }
    this.#coolDown(ordinals, now);
    return ordinals.size;
  }

  /** Frees what has cooled down: it joins the end of the queue, lowest ordinal first. */
  collect(now: number, cooldownSeconds: number): void {
    for (const [ordinal, allocation] of this.#allocations.entries()) {
      if (allocation?.releasedAt === undefined) continue;
      if (cooldownSeconds > 0 && allocation.releasedAt + cooldownSeconds >= now) continue;
      this.#allocations[ordinal] = undefined;
      this.#unallocated.push(ordinal);
    }
  }

  #coolDown(ordinals: ReadonlySet<number>, now: number): void {
    for (const ordinal of ordinals) {
      this.#allocations[ordinal] = { attributes: new Map(), releasedAt: now, sequence: this.sequence };
    }
    if (ordinals.size > 0) this.sequence++;
  }
}

function conflict(address: IpAddress, cause: string): ReleaseResult {
  return { ok: false, error: `update conflict: ${address}`, cause };
}
