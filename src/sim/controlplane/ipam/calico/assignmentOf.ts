import { err, ok, type Result } from '../../../../base/result.ts';
import { formatPrefix, type IpAddress, networkOf } from '../../../../wire/address.ts';
import type { Allocation } from './allocationBlock.ts';
import type { IpamStore } from './ipamStore.ts';

/** What is written down of an address that somebody has (libcalico-go/lib/ipam/ipam_attributes.go, GetAssignmentAttributes). */
export function assignmentOf(store: IpamStore, address: IpAddress): Result<Allocation, string> {
  const pool = store.poolOf(address);
  if (pool === undefined) return err(`resource does not exist: ${address} with error: No valid IPPool`);
  const cidr = networkOf({ address, length: pool.blockSize });
  const block = store.block(cidr);
  if (block === undefined) return err(`resource does not exist: BlockKey(cidr=${formatPrefix(cidr)})`);
  const allocation = block.allocationOf(address);
  if (allocation === undefined) return err(`resource does not exist: ${address} with error: IP is unassigned`);
  return allocation.releasedAt === undefined ? ok(allocation) : err(`address ${address} is in cooldown`);
}
