import type { IpAddress } from '../../../../wire/address.ts';
import { SECOND } from './virtualTime.ts';

/** base_reachable_time: a neighbour that has answered is believed in for half of it to one and a half times as long. */
const BASE_REACHABLE = 30 * SECOND;
/** delay_first_probe_time, then three probes of its known address, a second each. */
const DOUBTED = 8 * SECOND;

/** What a kernel believes of its neighbours on the link (net/core/neighbour.c). Times in nanoseconds of virtual time. */
export class Neighbours {
  readonly #chance: (address: IpAddress) => number;
  readonly #answered = new Map<IpAddress, number>();
  /** When it was first spoken to in vain since. */
  readonly #missed = new Map<IpAddress, number>();

  constructor(chance: (address: IpAddress) => number) {
    this.#chance = chance;
  }

  answers(address: IpAddress, now: number): void {
    this.#answered.set(address, now);
    this.#missed.delete(address);
  }

  misses(address: IpAddress, now: number): void {
    if (!this.#missed.has(address)) this.#missed.set(address, now);
  }

  /** Whether its link-layer address is not or no longer known, so that it must be asked for. */
  isUnknown(address: IpAddress, now: number): boolean {
    const answered = this.#answered.get(address);
    if (answered === undefined) return true;
    const believed = answered + BASE_REACHABLE / 2 + (this.#chance(address) % BASE_REACHABLE);
    return now >= Math.max(believed, this.#missed.get(address) ?? now) + DOUBTED;
  }
}
