import { formatPrefix, type IpAddress, networkOf } from '../../../../wire/address.ts';
import type { BlockAffinity } from './allocationBlock.ts';
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
  const block = store.block(cidr) ?? store.claim(cidr, affinity);
  if (block === undefined) return 'Max retries hit - excessive concurrent IPAM requests';
  if (store.config.strictAffinity && !block.belongsTo(affinity)) {
    return block.affinity === undefined
      ? `Attempt to assign from block ${formatPrefix(cidr)} with no affinity`
      : 'Block host affinity does not match';
  }
  return block.assign(address, { ...(handle !== undefined && { handle }), attributes });
}
