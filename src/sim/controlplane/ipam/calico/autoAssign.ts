import {
  formatPrefix,
  hostPrefix,
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  prefixContains,
} from '../../../../wire/address.ts';
import type { AllocationBlock, BlockAffinity, HostReservation } from './allocationBlock.ts';
import { blockOrder } from './blockOrder.ts';
import { ipsByHandle } from './handles.ts';
import { blockLimit } from './ipamConfig.ts';
import type { IpamStore, Labels } from './ipamStore.ts';
import type { IpPool, PoolUse } from './ipPool.ts';
import { poolsFor, selectsNode } from './poolsFor.ts';

/** A request for any addresses of one family. */
export interface AutoAssignRequest {
  readonly host: string;
  readonly family: IpFamily;
  readonly count: number;
  readonly use?: PoolUse;
  readonly handle?: string;
  readonly attributes?: ReadonlyMap<string, string>;
  /** Pools by CIDR; without them those that select the node and the namespace. */
  readonly pools?: readonly IpPrefix[];
  /** 0 for the cluster's limit. */
  readonly maxBlocksPerHost?: number;
  readonly namespaceLabels?: Labels;
  readonly reserved?: HostReservation;
  /** How many addresses of a family the handle may have, beyond which it gets those again that it has; 0 for any number. */
  readonly maxPerHandle?: number;
}

/** An address and the block that it comes from. */
export interface AssignedAddress {
  readonly address: IpAddress;
  readonly block: IpPrefix;
  /** Whose the block is: another host's, when the address is borrowed. */
  readonly owner: BlockAffinity | undefined;
}

/** What was assigned, perhaps less than asked for, and what Calico says about it. */
export interface Assignment {
  readonly addresses: readonly AssignedAddress[];
  readonly messages: readonly string[];
  readonly error?: string;
}

export const BLOCK_LIMIT = 'cannot allocate new block due to per host block limit';

/**
 * Assigns addresses to a host: from blocks of its own, then from blocks that it claims, and at last, unless affinity is
 * strict, from anybody's (libcalico-go/lib/ipam/ipam.go, autoAssign).
 */
export function autoAssign(store: IpamStore, request: AutoAssignRequest): Assignment {
  const { host, family, count, use = 'Workload', reserved } = request;
  const affinity: BlockAffinity = { type: use === 'LoadBalancer' ? 'virtual' : 'host', host };
  const question = {
    host,
    family,
    use,
    requested: request.pools ?? [],
    namespaceLabels: request.namespaceLabels,
    reserved,
  };
  const pools = poolsFor(store, question);
  if (!pools.ok) return { addresses: [], messages: [], error: pools.error };
  const { allowed, selecting } = pools.value;
  const affine = store.affineBlocks(affinity, family);
  const usable = affine.filter((cidr) => isIn(cidr, allowed));
  for (const cidr of affine) if (!isIn(cidr, selecting)) releaseUnselected(store, affinity, cidr);
  const kept = keptByHandle(store, request);
  if (kept !== undefined) return { addresses: kept, messages: [] };
  const run = new AutoAssignRun(store, request, affinity, allowed, usable);
  return run.assign(count);
}

/** What a handle that may have no more is given again. @returns undefined where it may have more. */
function keptByHandle(store: IpamStore, request: AutoAssignRequest): readonly AssignedAddress[] | undefined {
  const { handle, count, family, maxPerHandle = 0 } = request;
  if (handle === undefined || maxPerHandle === 0) return undefined;
  const had = ipsByHandle(store, handle, family);
  if (had.length + count <= maxPerHandle) return undefined;
  // One that has some but too few waits for what it asked for elsewhere, in vain where nothing else goes on.
  return had.length < count ? [] : had.slice(0, count).map((address) => assigned(store, address));
}

function assigned(store: IpamStore, address: IpAddress): AssignedAddress {
  const block = store.blockPrefixOf(address) ?? hostPrefix(address);
  return { address, block, owner: store.block(block)?.affinity };
}

function isIn(cidr: IpPrefix, pools: readonly IpPool[]): boolean {
  return pools.some((pool) => prefixContains(pool.cidr, cidr.address));
}

/** Lets go of a host's block, if it is empty, once its pool no longer selects the host. */
export function releaseUnselected(store: IpamStore, affinity: BlockAffinity, cidr: IpPrefix): void {
  const pool = store.poolOf(cidr.address);
  if (pool === undefined) return;
  const selects = selectsNode(store, pool, affinity.host);
  if (selects.ok && !selects.value) store.releaseAffinity(affinity, cidr, true);
}

class AutoAssignRun {
  readonly #store: IpamStore;
  readonly #request: AutoAssignRequest;
  readonly #affinity: BlockAffinity;
  readonly #pools: readonly IpPool[];
  readonly #affine: IpPrefix[];
  readonly #owner: { readonly handle?: string; readonly attributes: ReadonlyMap<string, string> };
  readonly #addresses: AssignedAddress[] = [];
  readonly #messages: string[] = [];
  #owned: number;

  constructor(
    store: IpamStore,
    request: AutoAssignRequest,
    affinity: BlockAffinity,
    pools: readonly IpPool[],
    affine: readonly IpPrefix[],
  ) {
    this.#store = store;
    this.#request = request;
    this.#affinity = affinity;
    this.#pools = pools;
    this.#affine = [...affine];
    this.#owned = affine.length;
    this.#owner = {
      ...(request.handle !== undefined && { handle: request.handle }),
      attributes: request.attributes ?? new Map(),
    };
  }

  assign(count: number): Assignment {
    const { config } = this.#store;
    const limit = blockLimit(config, this.#request.maxBlocksPerHost ?? 0);
    while (this.#addresses.length < count) {
      const block = this.#ownWithRoom();
      if (block) {
        this.#take(block, count);
        continue;
      }
      if (this.#owned >= limit) {
        this.#messages.push(
          `Need to allocate an IPAM block but could not - limit of ${limit} blocks reached for this node`,
        );
        return this.#done(BLOCK_LIMIT);
      }
      if (!config.autoAllocateBlocks) return this.#done('failed to find or claim a block');
      const claimed = this.#claim();
      if (claimed === undefined) {
        if (config.strictAffinity) this.#messages.push('No more free affine blocks and strict affinity enabled');
        break;
      }
      this.#owned++;
      this.#take(claimed, count);
    }
    if (!config.strictAffinity && this.#addresses.length < count) this.#borrow(count);
    return this.#done();
  }

  /** The next of the host's blocks that has a free address; each is looked at once. */
  #ownWithRoom(): AllocationBlock | undefined {
    for (let cidr = this.#affine.shift(); cidr !== undefined; cidr = this.#affine.shift()) {
      const block = this.#store.block(cidr);
      if (block && block.freeCount(this.#store.reservations) > 0) return block;
    }
    return undefined;
  }

  #claim(): AllocationBlock | undefined {
    const cidr = this.#store.findUsableBlock(this.#affinity, this.#pools);
    return cidr && this.#store.claim(cidr, this.#affinity, this.#request.reserved);
  }

  #borrow(count: number): void {
    const exhausted: string[] = [];
    for (const pool of this.#pools) {
      for (const cidr of blockOrder(pool, this.#affinity.host)) {
        if (this.#addresses.length >= count) break;
        const block = this.#store.block(cidr);
        if (block && !this.#store.reservations.covers(cidr)) this.#take(block, count);
      }
      if (this.#addresses.length < count) exhausted.push(formatPrefix(pool.cidr));
    }
    if (exhausted.length > 0) this.#messages.push(`No IPs available in pools: [${exhausted.join(' ')}]`);
  }

  #take(block: AllocationBlock, count: number): void {
    const wanted = count - this.#addresses.length;
    for (const address of block.take(wanted, this.#owner, this.#store.reservations)) {
      this.#addresses.push({ address, block: block.cidr, owner: block.affinity });
    }
  }

  #done(error?: string): Assignment {
    return { addresses: this.#addresses, messages: this.#messages, ...(error !== undefined && { error }) };
  }
}

/** What the CNI plugin reports when it got fewer addresses than it asked for. @returns undefined when it got them all. */
export function partialFulfilment(request: AutoAssignRequest, { addresses, messages }: Assignment): string | undefined {
  if (addresses.length >= request.count) return undefined;
  const version = request.family === 'IPv4' ? 'IPv4' : 'IPv6';
  const said = `Assigned ${addresses.length} out of ${request.count} requested ${version} addresses`;
  const kept = request.reserved ? [`HostReservedAttr: ${request.reserved.handle}`] : [];
  return [said, ...messages, ...kept].join('; ');
}
