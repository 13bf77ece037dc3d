import { err, ok, type Result } from '../../../../base/result.ts';
import {
  addressAt,
  addressesIn,
  formatPrefix,
  type IpFamily,
  type IpPrefix,
  prefixContains,
} from '../../../../wire/address.ts';
import type { BlockAffinity, HostReservation } from './allocationBlock.ts';
import type { IpamStore } from './ipamStore.ts';
import type { IpPool } from './ipPool.ts';
import { poolsFor, wrongFamily } from './poolsFor.ts';

/** Which blocks were claimed, and which are another's. */
export interface ClaimedBlocks {
  readonly claimed: readonly IpPrefix[];
  readonly failed: readonly IpPrefix[];
}

/** Claims all blocks of a CIDR for a host, as far as they are nobody's yet (ipam.go, ClaimAffinity). */
export function claimAffinity(
  store: IpamStore,
  cidr: IpPrefix,
  affinity: BlockAffinity,
): Result<ClaimedBlocks, string> {
  const blocks = blocksOf(store, cidr);
  if (!blocks.ok) return blocks;
  const claimed: IpPrefix[] = [];
  const failed: IpPrefix[] = [];
  for (const block of blocks.value) (store.claim(block, affinity) ? claimed : failed).push(block);
  return ok({ claimed, failed });
}

/** Takes the blocks of a CIDR away from a host; those that are not its own stay. */
export function releaseAffinity(
  store: IpamStore,
  cidr: IpPrefix,
  affinity: BlockAffinity,
  mustBeEmpty: boolean,
): Result<undefined, string> {
  const blocks = blocksOf(store, cidr);
  if (!blocks.ok) return blocks;
  for (const block of blocks.value) {
    if (store.releaseAffinity(affinity, block, mustBeEmpty) === 'not-empty') return err(notEmpty(block));
  }
  return ok(undefined);
}

/** Takes all of a host's blocks away. @returns the last reason why one stayed. */
export function releaseHostAffinities(
  store: IpamStore,
  affinity: BlockAffinity,
  mustBeEmpty: boolean,
): string | undefined {
  let problem: string | undefined;
  for (const family of ['IPv4', 'IPv6'] as const) {
    for (const cidr of store.affineBlocks(affinity, family)) {
      if (store.releaseAffinity(affinity, cidr, mustBeEmpty) === 'not-empty') problem = notEmpty(cidr);
    }
  }
  return problem;
}

/** Takes all blocks of a pool away from whoever has them (ipam.go, ReleasePoolAffinities). */
export function releasePoolAffinities(store: IpamStore, pool: IpPrefix): void {
  for (const { cidr, affinity } of store.blocks()) {
    if (affinity && prefixContains(pool, cidr.address)) store.releaseAffinity(affinity, cidr, false);
  }
}

/** The block that a host has, or claims, without taking an address of it: what a Windows host starts with. */
export function ensureBlock(
  store: IpamStore,
  host: string,
  family: IpFamily,
  reserved: HostReservation,
  pools: readonly IpPrefix[] = [],
): Result<IpPrefix, string> {
  const affinity: BlockAffinity = { type: 'host', host };
  const wrong = wrongFamily(family, pools);
  if (wrong !== undefined) return err(wrong);
  const qualified = poolsFor(store, {
    host,
    family,
    use: 'Workload',
    requested: pools,
    namespaceLabels: undefined,
    reserved,
  });
  if (!qualified.ok) return qualified;
  const { allowed } = qualified.value;
  const own = store
    .affineBlocks(affinity, family)
    .find((cidr) => !store.reservations.covers(cidr) && allowed.some((pool) => contains(pool, cidr)));
  if (own) return ok(own);
  if (!store.config.autoAllocateBlocks) return err('failed to find or claim a block');
  const found = store.findUsableBlock(affinity, allowed);
  if (found === undefined) return err('No Free Blocks');
  store.claim(found, affinity, reserved);
  return ok(found);
}

function contains(pool: IpPool, cidr: IpPrefix): boolean {
  return prefixContains(pool.cidr, cidr.address);
}

/** More blocks than this are not claimed at once. */
const MAX_BLOCKS = 65536n;

function blocksOf(store: IpamStore, cidr: IpPrefix): Result<readonly IpPrefix[], string> {
  const text = formatPrefix(cidr);
  const pool = store.poolOf(cidr.address);
  if (pool === undefined) return err(`The requested CIDR (${text}) is not within any configured pools.`);
  if (cidr.length > pool.blockSize) return err(`The requested CIDR (${text}) is smaller than the minimum.`);
  const size = addressesIn({ address: cidr.address, length: pool.blockSize });
  const count = addressesIn(cidr) / size;
  if (count > MAX_BLOCKS) return err(`The requested CIDR (${text}) has more than ${MAX_BLOCKS} blocks.`);
  return ok(
    Array.from({ length: Number(count) }, (_, i) => ({
      address: addressAt(cidr, BigInt(i) * size),
      length: pool.blockSize,
    })),
  );
}

function notEmpty(cidr: IpPrefix): string {
  return `block '${formatPrefix(cidr)}' is not empty`;
}
