import {
  addressAt,
  addressBits,
  familyOf,
  type IpAddress,
  type IpPrefix,
  prefixContains,
} from '../../../../wire/address.ts';

/** An address of an interface's that a Pod has or has had. */
interface UsedAddress {
  /** Undefined once it was given back. */
  readonly owner: string | undefined;
  /** When it was given back, in seconds. */
  readonly freedAt: number;
}

/** What ipamd writes down of an address or a prefix. Plain data. */
export interface CidrCheckpoint {
  readonly prefix: IpPrefix;
  readonly used: readonly (UsedAddress & { readonly address: IpAddress })[];
}

/** A secondary address of an interface, as /32, or a prefix: addresses for Pods that EC2 gave in one. */
export class EniCidr {
  readonly prefix: IpPrefix;
  readonly size: number;
  readonly #used = new Map<IpAddress, UsedAddress>();
  #assigned = 0;

  constructor(prefix: IpPrefix, used: CidrCheckpoint['used'] = []) {
    this.prefix = prefix;
    this.size = 2 ** (addressBits(familyOf(prefix.address)) - prefix.length);
    for (const { address, owner, freedAt } of used) this.#used.set(address, { owner, freedAt });
    this.#assigned = used.filter(({ owner }) => owner !== undefined).length;
  }

  get checkpoint(): CidrCheckpoint {
    return { prefix: this.prefix, used: [...this.#used].map(([address, used]) => ({ address, ...used })) };
  }

  /** Pods that have addresses of it. */
  get owners(): ReadonlyMap<string, IpAddress> {
    return new Map(
      [...this.#used].flatMap(([address, { owner }]) => (owner === undefined ? [] : [[owner, address] as const])),
    );
  }

  get assigned(): number {
    return this.#assigned;
  }

  cooling(now: number, cooldown: number): number {
    if (this.#used.size === this.#assigned) return 0;
    return [...this.#used.values()].filter((used) => isCooling(used, now, cooldown)).length;
  }

  /**
   * Gives a Pod an address: one that has cooled down, else the lowest that nobody ever had
   * (pkg/ipamd/datastore/data_store.go, getUnusedIP).
   */
  assign(owner: string, now: number, cooldown: number): IpAddress | undefined {
    const address = this.#cooled(now, cooldown) ?? this.#fresh();
    if (address === undefined) return undefined;
    this.#used.set(address, { owner, freedAt: Number.NEGATIVE_INFINITY });
    this.#assigned++;
    return address;
  }

  /** Gives a Pod an address that it is known to have. @returns whether nobody else has it and it has cooled down. */
  adopt(owner: string, address: IpAddress, now: number, cooldown: number): boolean {
    const used = this.#used.get(address);
    if (used !== undefined && (used.owner !== undefined || isCooling(used, now, cooldown))) return false;
    if (!prefixContains(this.prefix, address)) return false;
    this.#used.set(address, { owner, freedAt: Number.NEGATIVE_INFINITY });
    this.#assigned++;
    return true;
  }

  /** Addresses that were given back and are not assigned again yet, each with the time at which they will be. */
  coolingUntil(now: number, cooldown: number): ReadonlyMap<IpAddress, number> {
    return new Map(
      [...this.#used].flatMap(([address, used]) =>
        isCooling(used, now, cooldown) ? [[address, used.freedAt + cooldown] as const] : [],
      ),
    );
  }

  /** @returns the address that was the Pod's. */
  unassign(owner: string, now: number): IpAddress | undefined {
    const address = this.addressOf(owner);
    if (address === undefined) return undefined;
    this.#used.set(address, { owner: undefined, freedAt: now });
    this.#assigned--;
    return address;
  }

  addressOf(owner: string): IpAddress | undefined {
    return [...this.#used].find(([, used]) => used.owner === owner)?.[0];
  }

  #cooled(now: number, cooldown: number): IpAddress | undefined {
    if (this.#used.size === this.#assigned) return undefined;
    let first: IpAddress | undefined;
    for (const [address, used] of this.#used) {
      if (used.owner !== undefined || isCooling(used, now, cooldown)) continue;
      first ??= address;
      this.#used.delete(address);
    }
    return first;
  }

  #fresh(): IpAddress | undefined {
    if (this.#used.size >= this.size) return undefined;
    for (let i = 0; i < this.size; i++) {
      const address = addressAt(this.prefix, i);
      if (!this.#used.has(address)) return address;
    }
    return undefined;
  }
}

function isCooling({ owner, freedAt }: UsedAddress, now: number, cooldown: number): boolean {
  return owner === undefined && now - freedAt <= cooldown;
}

/** A network interface of an instance, with what it has for Pods. */
export interface Eni {
  readonly id: string;
  /** 0 for the primary one, upward as they are attached. */
  readonly deviceNumber: number;
  readonly primary: boolean;
  /** Its own address, which no Pod gets. */
  readonly address: IpAddress | undefined;
  /** When it was attached, in seconds. */
  readonly attachedAt: number;
  readonly cidrs: readonly EniCidr[];
}
