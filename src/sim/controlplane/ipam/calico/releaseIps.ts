import { formatPrefix, type IpAddress, type IpPrefix } from '../../../../wire/address.ts';
import type { AllocationBlock, ReleaseRequest } from './allocationBlock.ts';
import { releaseUnselected } from './autoAssign.ts';
import type { IpamStore } from './ipamStore.ts';

/** Which addresses nobody had, which requests were answered, and the first error. */
export interface Released {
  readonly unallocated: readonly IpAddress[];
  readonly released: readonly ReleaseRequest[];
  readonly error?: string;
}

/** Gives addresses back, block by block; a block whose requests conflict keeps all of its own (ipam.go, ReleaseIPs). */
export function releaseIps(store: IpamStore, requests: readonly ReleaseRequest[]): Released {
  const unallocated: IpAddress[] = [];
  const released: ReleaseRequest[] = [];
  const byBlock = new Map<string, { readonly cidr: IpPrefix; readonly requests: ReleaseRequest[] }>();
  let error: string | undefined;
  for (const request of requests) {
    const cidr = store.blockPrefixOf(request.address);
    if (cidr === undefined) {
      unallocated.push(request.address);
      continue;
    }
    const key = formatPrefix(cidr);
    const known = byBlock.get(key) ?? { cidr, requests: [] };
    byBlock.set(key, known);
    known.requests.push(request);
  }
  for (const { cidr, requests: some } of byBlock.values()) {
    const block = store.block(cidr);
    const result = block?.release(some, store.now);
    if (result === undefined) {
      unallocated.push(...some.map((request) => request.address));
      released.push(...some);
    } else if (result.ok) {
      unallocated.push(...result.unallocated);
      released.push(...some);
    } else error ??= result.error;
    if (block) settle(store, block);
  }
  return { unallocated, released, ...(error !== undefined && { error }) };
}

/** Gives back all addresses of a handle. @returns how many there were. */
export function releaseByHandle(store: IpamStore, handle: string): number {
  let count = 0;
  for (const block of store.blocks()) {
    const released = block.releaseHandle(handle, store.now);
    count += released;
    if (released > 0) settle(store, block);
  }
  return count;
}

/** After a release: what needs not cool down is free, an empty block of nobody's goes, and one of a deselected node, too. */
function settle(store: IpamStore, block: AllocationBlock): void {
  block.collect(store.now, store.config.ipCooldownSeconds);
  store.deleteAbandoned(block);
  if (block.affinity) releaseUnselected(store, block.affinity, block.cidr);
}
