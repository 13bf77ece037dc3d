import type { IpAddress } from '../../../../wire/address.ts';
import type { IpamEvent, TunnelType } from '../podAddresses.ts';
import { assignIp } from './assignIp.ts';
import { type AutoAssignRequest, autoAssign } from './autoAssign.ts';
import type { IpamStore } from './ipamStore.ts';
import { releaseIps } from './releaseIps.ts';

type Assigned = Extract<IpamEvent, { readonly type: 'assigned' }>;

/** What happens to a store of addresses, written down so that another one can be brought to the same state. */
export class IpamLog {
  readonly #store: IpamStore;
  readonly #events: IpamEvent[] = [];
  readonly #owners = new Map<IpAddress, Assigned>();

  /** @param before what happened to the store that this one stands in for. */
  constructor(store: IpamStore, before: readonly IpamEvent[]) {
    this.#store = store;
    for (const event of before) {
      if (event.type === 'assigned') this.assign(event);
      else this.release(event.address);
    }
  }

  get events(): readonly IpamEvent[] {
    return this.#events;
  }

  /** Assigns a certain address; one that somebody has already stays theirs. Addresses of no pool are nobody's business. */
  assign(event: Assigned): void {
    if (this.#owners.has(event.address)) return;
    assignIp(this.#store, { host: event.host, address: event.address });
    this.note(event);
  }

  /** Takes down what was assigned by other means. */
  note(event: Assigned): void {
    this.#owners.set(event.address, event);
    this.#events.push(event);
  }

  /** One address for a request; to be noted or assigned by the caller. */
  draw(request: AutoAssignRequest): IpAddress | undefined {
    return autoAssign(this.#store, request).addresses[0]?.address;
  }

  release(address: IpAddress): void {
    if (!this.#owners.delete(address)) return;
    releaseIps(this.#store, [{ address }]);
    this.#events.push({ type: 'released', address });
  }

  /** Gives back what Pods had that are not there any more. */
  keepOnly(addresses: ReadonlySet<IpAddress | undefined>): void {
    for (const { address, tunnel } of [...this.#owners.values()]) {
      if (tunnel === undefined && !addresses.has(address)) this.release(address);
    }
  }

  tunnelOf(host: string, tunnel: TunnelType): IpAddress | undefined {
    return [...this.#owners.values()].find((owner) => owner.host === host && owner.tunnel === tunnel)?.address;
  }
}
