import { addressesIn, formatPrefix, type IpPrefix, ipPrefix, prefixContains } from '../../../../wire/address.ts';
import type { IpamStore } from './ipamStore.ts';

/** How many addresses there are, are in use, are listed by IPReservations, and can still be handed out. */
export interface AddressCounts {
  readonly cidr: IpPrefix;
  readonly capacity: bigint;
  readonly inUse: bigint;
  /** Those in use included: both together can be more than there are. */
  readonly reserved: bigint;
  readonly available: bigint;
}

export interface PoolUtilization extends AddressCounts {
  readonly name: string;
  readonly blocks: readonly AddressCounts[];
}

/** What blocks are listed under that no pool has any more; nothing is summed up of them. */
const ORPHANED = { name: 'orphaned allocation blocks', cidr: ipPrefix('0.0.0.0/0') };

/**
 * How full pools are (libcalico-go/lib/ipam/ipam.go, GetUtilization).
 *
 * @param wanted names or CIDRs of pools; without any, all of them and the blocks of none.
 */
export function utilization(store: IpamStore, wanted: readonly string[] = []): readonly PoolUtilization[] {
  const pools = store.pools.filter(
    ({ name, cidr }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(formatPrefix(cidr)),
  );
  const left = new Set(store.blocks());
  const used = pools.map((pool): PoolUtilization => {
    const inside = [...left].filter((block) => prefixContains(pool.cidr, block.cidr.address));
    for (const block of inside) left.delete(block);
    const blocks = inside.map((block) => blockCounts(store, block));
    const cidrs = blocks.map((block) => block.cidr);
    const capacity = addressesIn(pool.cidr);
    return {
      name: pool.name,
      cidr: pool.cidr,
      capacity,
      inUse: sum(blocks.map((block) => block.inUse)),
      reserved: store.reservations.countIn(pool.cidr),
      available: sum(blocks.map((block) => block.available)) + capacity - store.reservations.countIn(pool.cidr, cidrs),
      blocks,
    };
  });
  if (wanted.length > 0) return used;
  const blocks = [...left].map((block) => blockCounts(store, block));
  return [...used, { ...ORPHANED, capacity: 0n, inUse: 0n, reserved: 0n, available: 0n, blocks }];
}

function blockCounts(store: IpamStore, block: ReturnType<IpamStore['blocks']>[number]): AddressCounts {
  return {
    cidr: block.cidr,
    capacity: BigInt(block.size),
    inUse: BigInt(block.size - block.unallocated.length),
    reserved: store.reservations.countIn(block.cidr),
    available: BigInt(block.freeCount(store.reservations)),
  };
}

function sum(numbers: readonly bigint[]): bigint {
  return numbers.reduce((total, number) => total + number, 0n);
}
