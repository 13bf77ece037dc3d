import { familyOf, formatPrefix, type IpAddress, networkOf } from '../../../../wire/address.ts';
import type { BlockAffinity, HostReservation } from './allocationBlock.ts';
import { ipsByHandle } from './handles.ts';
import type { IpamStore } from './ipamStore.ts';
import type { PoolUse } from './ipPool.ts';

/** A request for one certain address. */
export interface AssignIpRequest {
  readonly host: string;
  readonly address: IpAddress;
  /** Held against the pool's, if given. */
  readonly use?: PoolUse;
  readonly handle?: string;
  readonly attributes?: ReadonlyMap<string, string>;
  /** What the host keeps of the block, if it is made for this. */
  readonly reserved?: HostReservation;
  /** How many addresses of a family the handle may have; 0 for any number. */
  readonly maxPerHandle?: number;
}

/**
 * Assigns a certain address, claiming its block if nobody has (libcalico-go/lib/ipam/ipam.go, AssignIP).
 *
 * @returns why not.
 */
export function assignIp(store: IpamStore, request: AssignIpRequest): string | undefined {
  const { host, address, use, handle, attributes = new Map() } = request;
  const affinity: BlockAffinity = { type: use === 'LoadBalancer' ? 'virtual' : 'host', host };
  const pool = store.poolOf(address);
  if (pool === undefined) return 'The provided IP address is not in a configured pool\n';
  if (use !== undefined && !pool.allowedUses.includes(use)) {
    const uses = `[${pool.allowedUses.join(' ')}]`;
    return `IP address ${address} is in IP pool "${pool.name}", which is not allowed for use "${use}" (allowedUses: ${uses})`;
  }
  const cidr = networkOf({ address, length: pool.blockSize });
  const block = store.block(cidr) ?? store.claim(cidr, affinity, request.reserved);
  if (block === undefined) return 'Max retries hit - excessive concurrent IPAM requests';
  if (store.config.strictAffinity && !block.belongsTo(affinity)) {
    return block.affinity === undefined
      ? `Attempt to assign from block ${formatPrefix(cidr)} with no affinity`
      : 'Block host affinity does not match';
  }
  const limit = handle === undefined ? 0 : (request.maxPerHandle ?? 0);
  if (handle !== undefined && limit > 0) {
    const had = ipsByHandle(store, handle, familyOf(address));
    // Asked for again, as for a virtual machine that moves: the handle keeps it.
    if (had.includes(address)) return undefined;
    if (had.length >= limit && block.allocationOf(address) === undefined) {
      return `handle ${handle} already has IP(s) allocated, cannot assign additional IP ${address} (maxAllocPerIPVersion=${limit})`;
    }
  }
  return block.assign(address, { ...(handle !== undefined && { handle }), attributes });
}
