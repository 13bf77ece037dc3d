import {
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';
import { AllocationBlock, type BlockAffinity, type HostReservation } from './allocationBlock.ts';
import { blockOrder, byListing } from './blockOrder.ts';
import { DEFAULT_IPAM_CONFIG, type IpamConfig, ipamConfigProblem } from './ipamConfig.ts';
import type { IpPool } from './ipPool.ts';
import { Reservations } from './reservations.ts';

export type Labels = ReadonlyMap<string, string>;

/** What the datastore holds before anything is assigned. */
export interface IpamStoreOptions {
  /** In the order in which they are tried: the API server lists them by name. */
  readonly pools: readonly IpPool[];
  readonly config?: IpamConfig;
  /** What IPReservations list. */
  readonly reserved?: readonly IpPrefix[];
  /** The labels of nodes by name. */
  readonly nodes?: ReadonlyMap<string, Labels>;
}

/** Seconds for which nobody takes an empty block away from who claimed it. */
const MIN_RECLAIM_AGE = 60;

export type ReleasedAffinity = 'released' | 'not-empty' | 'claimed-by-other' | 'no-such-block';

/**
 * Calico's datastore, as far as IPAM keeps anything there: pools, blocks and who they belong to. It changes by the operations
 * beside it alone; there is no clock in it but {@link now}.
 */
export class IpamStore {
  pools: readonly IpPool[];
  nodes: ReadonlyMap<string, Labels>;
  /** In seconds. */
  now = 0;
  readonly reservations: Reservations;
  #config: IpamConfig;
  readonly #blocks = new Map<string, AllocationBlock>();

  constructor({ pools, config = DEFAULT_IPAM_CONFIG, reserved = [], nodes = new Map() }: IpamStoreOptions) {
    this.pools = pools;
    this.nodes = nodes;
    this.reservations = new Reservations(reserved);
    this.#config = config;
  }

  get config(): IpamConfig {
    return this.#config;
  }

  /** @returns why the configuration is refused, which leaves the old one in force. */
  setConfig(config: IpamConfig): string | undefined {
    const problem = ipamConfigProblem(config);
    if (problem === undefined) this.#config = config;
    return problem;
  }

  /** A block with what has cooled down free again. */
  block(cidr: IpPrefix): AllocationBlock | undefined {
    const block = this.#blocks.get(formatPrefix(cidr));
    block?.collect(this.now, this.#config.ipCooldownSeconds);
    return block;
  }

  /** All blocks, in the order of the API server's list. */
  blocks(): readonly AllocationBlock[] {
    const blocks = [...this.#blocks.values()].sort((a, b) => byListing(a.cidr, b.cidr));
    for (const block of blocks) block.collect(this.now, this.#config.ipCooldownSeconds);
    return blocks;
  }

  affineBlocks(affinity: BlockAffinity, family: IpFamily): readonly IpPrefix[] {
    const mine = [...this.#blocks.values()].filter((block) => block.belongsTo(affinity));
    return mine
      .map((block) => block.cidr)
      .filter((cidr) => familyOf(cidr.address) === family)
      .sort(byListing);
  }

  /** Makes a block with an affinity, or finds the one that has it already. @returns undefined when it is another's. */
  claim(cidr: IpPrefix, affinity: BlockAffinity, reserved?: HostReservation): AllocationBlock | undefined {
    const existing = this.block(cidr);
    if (existing) return existing.belongsTo(affinity) ? existing : undefined;
    const block = new AllocationBlock(cidr, reserved);
    block.affinity = affinity;
    block.claimedAt = this.now;
    this.#blocks.set(formatPrefix(cidr), block);
    return block;
  }

  /** Puts a block there that has been claimed before, by somebody or by nobody. */
  restore(block: AllocationBlock): void {
    this.#blocks.set(formatPrefix(block.cidr), block);
  }

  /**
   * A block that a host could claim: one that is not there yet, its own with room, or at last one that somebody else has left
   * empty for a minute, which is taken away from them.
   */
  findUsableBlock(affinity: BlockAffinity, pools: readonly IpPool[]): IpPrefix | undefined {
    const empty: AllocationBlock[] = [];
    for (const pool of pools) {
      for (const cidr of blockOrder(pool, affinity.host)) {
        if (this.reservations.covers(cidr)) continue;
        const block = this.block(cidr);
        if (block === undefined) return cidr;
        const free = block.freeCount(this.reservations);
        if (free > 0 && block.belongsTo(affinity)) return cidr;
        if (free > 0 && block.empty) empty.push(block);
      }
    }
    const left = empty.find(
      (block) =>
        this.now - block.claimedAt >= MIN_RECLAIM_AGE &&
        block.affinity !== undefined &&
        this.releaseAffinity(block.affinity, block.cidr, true) === 'released',
    );
    return left?.cidr;
  }

  /** Takes a block away from its owner. An empty one goes altogether, any other stays as nobody's. */
  releaseAffinity(affinity: BlockAffinity, cidr: IpPrefix, mustBeEmpty: boolean): ReleasedAffinity {
    const block = this.block(cidr);
    if (block === undefined) return 'no-such-block';
    if (!block.belongsTo(affinity)) return block.affinity === undefined ? 'no-such-block' : 'claimed-by-other';
    if (mustBeEmpty && !block.empty) return 'not-empty';
    block.affinity = undefined;
    this.deleteAbandoned(block);
    return 'released';
  }

  /** A block that is empty and nobody's is deleted. */
  deleteAbandoned(block: AllocationBlock): void {
    if (block.empty && block.affinity === undefined) this.#blocks.delete(formatPrefix(block.cidr));
  }

  /** The first pool that an address lies in, disabled ones included if asked for. */
  poolOf(address: IpAddress, includeDisabled = false): IpPool | undefined {
    return this.pools.find((pool) => (includeDisabled || !pool.disabled) && prefixContains(pool.cidr, address));
  }

  /** The prefix of the block of an address: by its pool, or, where no pool has it any more, by looking at all blocks. */
  blockPrefixOf(address: IpAddress): IpPrefix | undefined {
    const pool = this.poolOf(address, true);
    if (pool) return networkOf({ address, length: pool.blockSize });
    return [...this.#blocks.values()].find((block) => prefixContains(block.cidr, address))?.cidr;
  }
}
