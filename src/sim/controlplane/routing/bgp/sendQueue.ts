import { formatPrefix, type IpPrefix } from '../../../../wire/address.ts';
import { BGP_HEADER_LENGTH, BGP_MAXIMUM_LENGTH } from '../../../../wire/bgp.ts';
import { type BgpAttributes, emitBgpAttributes } from '../../../../wire/bgpAttribute.ts';
import type { BgpNlri, BgpUpdate } from '../../../../wire/bgpUpdate.ts';

/** Prefixes that share their attributes and so an UPDATE. */
interface Bucket {
  readonly key: string;
  readonly attributes?: BgpAttributes;
  readonly prefixes: Map<string, BgpNlri>;
}

/**
 * What a session has still to announce: prefixes by their attributes, and those to withdraw, which go first
 * (`bgp_bucket`, `bgp_prefix` of proto/bgp/attrs.c). A prefix that changes again before it is sent is sent once.
 */
export class SendQueue {
  readonly #buckets = new Map<string, Bucket>();
  readonly #withdrawals: Bucket = { key: '', prefixes: new Map() };
  readonly #bucketOf = new Map<string, Bucket>();

  /** Without attributes the prefix is withdrawn. */
  put(prefix: IpPrefix, pathId: number | undefined, attributes: BgpAttributes | undefined): void {
    const key = `${formatPrefix(prefix)} ${pathId ?? ''}`;
    this.#bucketOf.get(key)?.prefixes.delete(key);
    const bucket = attributes ? this.#bucketFor(attributes) : this.#withdrawals;
    bucket.prefixes.set(key, { prefix, ...(pathId !== undefined && { pathId }) });
    this.#bucketOf.set(key, bucket);
  }

  /** The next UPDATE, as full as it may be. @returns undefined when there is nothing left to say. */
  next(): BgpUpdate | undefined {
    const withdrawn = this.#take(this.#withdrawals, 0);
    if (withdrawn.length > 0) return { type: 'UPDATE', withdrawn, reachable: [] };
    for (const [key, bucket] of this.#buckets) {
      const { attributes } = bucket;
      this.#buckets.delete(key);
      if (bucket.prefixes.size === 0 || !attributes) continue;
      const reachable = this.#take(bucket, emitBgpAttributes(attributes, true).length);
      // What did not fit waits behind the others.
      if (bucket.prefixes.size > 0) this.#buckets.set(key, bucket);
      return { type: 'UPDATE', withdrawn: [], attributes, reachable };
    }
    return undefined;
  }

  clear(): void {
    this.#buckets.clear();
    this.#withdrawals.prefixes.clear();
    this.#bucketOf.clear();
  }

  #bucketFor(attributes: BgpAttributes): Bucket {
    const key = JSON.stringify(attributes);
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = { key, attributes, prefixes: new Map() };
      this.#buckets.set(key, bucket);
    }
    return bucket;
  }

  #take(bucket: Bucket, attributesLength: number): readonly BgpNlri[] {
    const taken: BgpNlri[] = [];
    let room = BGP_MAXIMUM_LENGTH - BGP_HEADER_LENGTH - 4 - attributesLength;
    for (const [key, nlri] of bucket.prefixes) {
      room -= (nlri.pathId === undefined ? 1 : 5) + Math.ceil(nlri.prefix.length / 8);
      if (room < 0) break;
      taken.push(nlri);
      bucket.prefixes.delete(key);
      this.#bucketOf.delete(key);
    }
    return taken;
  }
}
