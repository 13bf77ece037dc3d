import type { IpAddress } from '../../../../wire/address.ts';
import type { Eni, EniCidr } from './eni.ts';

/** How many addresses a node's interfaces have for Pods, and what of them is in use. */
export interface PoolStats {
  readonly total: number;
  readonly assigned: number;
  readonly cooling: number;
  readonly prefixes: number;
  readonly freePrefixes: number;
}

/** A Pod's address, and of what it is. */
export interface Assigned {
  readonly address: IpAddress;
  readonly eni: Eni;
  readonly cidr: EniCidr;
}

/** Seconds for which an interface is kept whatever happens. */
const MIN_ENI_AGE = 60;

export const NO_ADDRESS = 'AssignPodIPAddress: no available IP/Prefix addresses';

/** ipamd's datastore: a node's interfaces and which Pod has which of their addresses (pkg/ipamd/datastore). */
export class EniPool {
  readonly cooldown: number;
  #enis: Eni[] = [];
  readonly #assigned = new Map<string, Assigned>();

  /** @param cooldown seconds for which an address that was given back is not assigned again: IP_COOLDOWN_PERIOD. */
  constructor(cooldown = 30) {
    this.cooldown = cooldown;
  }

  /** In the order in which they were attached, which is the order in which Pods get their addresses here. */
  get enis(): readonly Eni[] {
    return this.#enis;
  }

  attach(eni: Eni): void {
    this.#enis.push(eni);
    for (const cidr of eni.cidrs)
      for (const [owner, address] of cidr.owners) this.#assigned.set(owner, { address, eni, cidr });
  }

  detach(id: string): void {
    this.#enis = this.#enis.filter((eni) => eni.id !== id);
  }

  setCidrs(id: string, cidrs: readonly EniCidr[]): void {
    this.#enis = this.#enis.map((eni) => (eni.id === id ? { ...eni, cidrs } : eni));
  }

  stats(now: number): PoolStats {
    const cidrs = this.#enis.flatMap((eni) => eni.cidrs);
    const sum = (count: (cidr: EniCidr) => number): number => cidrs.reduce((total, cidr) => total + count(cidr), 0);
    return {
      total: sum((cidr) => cidr.size),
      assigned: sum((cidr) => cidr.assigned),
      cooling: sum((cidr) => cidr.cooling(now, this.cooldown)),
      prefixes: sum((cidr) => (cidr.size > 1 ? 1 : 0)),
      freePrefixes: sum((cidr) => (cidr.size > 1 && cidr.assigned === 0 ? 1 : 0)),
    };
  }

  /** A Pod's address: the one that it has, or the next. @returns undefined when there is none: {@link NO_ADDRESS}. */
  assign(owner: string, now: number): Assigned | undefined {
    const held = this.#assigned.get(owner);
    if (held) return held;
    for (const eni of this.#enis) {
      for (const cidr of eni.cidrs) {
        const address = cidr.assign(owner, now, this.cooldown);
        if (address === undefined) continue;
        const assigned = { address, eni, cidr };
        this.#assigned.set(owner, assigned);
        return assigned;
      }
    }
    return undefined;
  }

  /** Gives a Pod the address that it is known to have. @returns whether it is one of these interfaces', and free. */
  adopt(owner: string, address: IpAddress, now: number): boolean {
    const held = this.#assigned.get(owner);
    if (held) return held.address === address;
    for (const eni of this.#enis) {
      for (const cidr of eni.cidrs) {
        if (!cidr.adopt(owner, address, now, this.cooldown)) continue;
        this.#assigned.set(owner, { address, eni, cidr });
        return true;
      }
    }
    return false;
  }

  /** Pods that have addresses. */
  get owners(): readonly string[] {
    return [...this.#assigned.keys()];
  }

  /** @returns the address that cools down now. */
  unassign(owner: string, now: number): IpAddress | undefined {
    const held = this.#assigned.get(owner);
    this.#assigned.delete(owner);
    return held?.cidr.unassign(owner, now);
  }

  /** An interface that nothing needs: no Pods, nothing cooling, not the primary one, and the others meet the targets. */
  deletable(now: number, needs: (others: readonly Eni[]) => boolean): Eni | undefined {
    return this.#enis.find(
      (eni) =>
        !eni.primary &&
        now - eni.attachedAt >= MIN_ENI_AGE &&
        eni.cidrs.every((cidr) => cidr.assigned === 0 && cidr.cooling(now, this.cooldown) === 0) &&
        !needs(this.#enis.filter((other) => other !== eni)),
    );
  }
}
