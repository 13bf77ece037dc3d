import { addressAt, addressBits, familyOf, formatPrefix, type IpPrefix } from '../../../../wire/address.ts';
import { fnv1 } from './fnv.ts';
import { GoRandom } from './goRandom.ts';
import type { IpPool } from './ipPool.ts';

/** The prefix that an address of a pool has its block in. */
export function blockAt(pool: Pick<IpPool, 'cidr' | 'blockSize'>, index: bigint): IpPrefix {
  const hostBits = BigInt(addressBits(familyOf(pool.cidr.address)) - pool.blockSize);
  return { address: addressAt(pool.cidr, index << hostBits), length: pool.blockSize };
}

/** How many blocks a pool is cut into. */
export function blocksIn({ cidr, blockSize }: Pick<IpPool, 'cidr' | 'blockSize'>): bigint {
  return 1n << BigInt(Math.max(0, blockSize - cidr.length));
}

/**
 * The blocks of a pool in the order in which a host tries them: from one that the hash of its name draws, onward and round, so
 * that hosts seldom want the same one (libcalico-go/lib/ipam/ipam_block_reader_writer.go, randomBlockGenerator).
 *
 * Blocks of a single address start where the clock says, upstream; here by the name, too.
 */
export function* blockOrder(pool: Pick<IpPool, 'cidr' | 'blockSize'>, host: string): Generator<IpPrefix> {
  const count = blocksIn(pool);
  const first = startIndex(host, count);
  const tried = count < MOST_TRIED ? count : MOST_TRIED;
  for (let i = 0n; i < tried; i++) yield blockAt(pool, (first + i) % count);
}

/** Of a pool that is larger, which no cluster fills, nobody comes round to the end. */
const MOST_TRIED = 1n << 20n;

/** Drawing takes 1,800 steps and is asked for again with every address. */
const drawn = new Map<string, bigint>();
const KEPT = 4096;

function startIndex(host: string, count: bigint): bigint {
  const key = `${count} ${host}`;
  const known = drawn.get(key);
  if (known !== undefined) return known;
  if (drawn.size >= KEPT) drawn.clear();
  const index = new GoRandom(fnv1(host)).below(count);
  drawn.set(key, index);
  return index;
}

/** The order in which the API server lists the blocks of a host: as texts, dots and colons written as dashes. */
export function byListing(a: IpPrefix, b: IpPrefix): number {
  const [left, right] = [a, b].map((prefix) => formatPrefix(prefix).replace(/[.:/]/g, '-')) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}
