import { err, ok, type Result } from '../../../base/result.ts';
import { familyOf, formatPrefix, type IpFamily, type IpPrefix } from '../../../wire/address.ts';
import { NodeCidrSet, nodeCidrProblem } from './nodeCidrs.ts';

/** What cilium-config says of cluster-pool: lists of CIDRs by family, and how long a node's are. */
export interface ClusterPoolConfig {
  readonly ipv4Cidrs: readonly IpPrefix[];
  readonly ipv4NodeLength: number;
  readonly ipv6Cidrs: readonly IpPrefix[];
  readonly ipv6NodeLength: number;
}

/**
 * The IPAM mode cluster-pool of Cilium's operator: each CiliumNode gets a CIDR of each family, from the first CIDR of the list
 * that has one left (pkg/ipam/allocator/podcidr/podcidr.go).
 */
export class ClusterPool {
  readonly #sets: ReadonlyMap<IpFamily, readonly NodeCidrSet[]>;
  readonly #nodes = new Map<string, readonly IpPrefix[]>();

  private constructor(ipv4: readonly NodeCidrSet[], ipv6: readonly NodeCidrSet[]) {
    this.#sets = new Map([
      ['IPv4', ipv4],
      ['IPv6', ipv6],
    ]);
  }

  static create(config: ClusterPoolConfig): Result<ClusterPool, string> {
    const ipv4 = cidrSets('IPv4', config.ipv4Cidrs, config.ipv4NodeLength);
    if (!ipv4.ok) return ipv4;
    const ipv6 = cidrSets('IPv6', config.ipv6Cidrs, config.ipv6NodeLength);
    return ipv6.ok ? ok(new ClusterPool(ipv4.value, ipv6.value)) : ipv6;
  }

  /** A node's CIDRs: those that it has, or new ones. All or none. */
  allocate(node: string): Result<readonly IpPrefix[], string> {
    const known = this.#nodes.get(node);
    if (known) return ok(known);
    const given: IpPrefix[] = [];
    for (const family of this.#sets.keys()) {
      const problem = this.#next(family, given);
      if (problem === undefined) continue;
      this.#giveBack(given);
      return err(problem);
    }
    this.#nodes.set(node, given);
    return ok(given);
  }

  /**
   * Writes down the CIDRs that a CiliumNode already has; one that has none of a family gets a new one.
   *
   * @returns why it cannot have them, all or none.
   */
  occupy(node: string, cidrs: readonly IpPrefix[]): string | undefined {
    const known = this.#nodes.get(node);
    if (known) return this.#sameAs(known, cidrs);
    const taken: IpPrefix[] = [];
    for (const cidr of cidrs) {
      const problem = this.#take(cidr);
      if (problem !== undefined) {
        this.#giveBack(taken);
        return problem;
      }
      taken.push(cidr);
    }
    for (const family of this.#sets.keys()) {
      if (taken.some((cidr) => familyOf(cidr.address) === family)) continue;
      const problem = this.#next(family, taken);
      if (problem === undefined) continue;
      this.#giveBack(taken);
      return problem;
    }
    this.#nodes.set(node, taken);
    return undefined;
  }

  /** The CIDRs that a node has, if any. */
  cidrsOf(node: string): readonly IpPrefix[] | undefined {
    return this.#nodes.get(node);
  }

  /** Gives back all that a node has. */
  release(node: string): void {
    this.#giveBack(this.#nodes.get(node) ?? []);
    this.#nodes.delete(node);
  }

  /** Adds the next CIDR of a family, if there is any pool of it. @returns why there is none. */
  #next(family: IpFamily, given: IpPrefix[]): string | undefined {
    const sets = this.#sets.get(family) ?? [];
    if (sets.length === 0) return undefined;
    const cidr = sets.find((set) => !set.full)?.allocateNext();
    if (cidr === undefined) return 'allocator full';
    given.push(cidr);
    return undefined;
  }

  #take(cidr: IpPrefix): string | undefined {
    const text = formatPrefix(cidr);
    const family = familyOf(cidr.address);
    const sets = this.#sets.get(family) ?? [];
    if (sets.length === 0) {
      return `unable to allocate CIDR [${text}] since allocator for ${family} addresses does not exist`;
    }
    const set = sets.find((candidate) => candidate.rangeOf(cidr) !== undefined);
    if (set === undefined) return `allocator not configured for the requested CIDR ${text}`;
    if (set.full) return `allocator clusterCIDR: ${formatPrefix(set.cluster)}, nodeMask: ${set.length} full`;
    if (set.isAllocated(cidr)) return `requested CIDR (${text}) is already allocated`;
    set.occupy(cidr);
    return undefined;
  }

  #sameAs(known: readonly IpPrefix[], cidrs: readonly IpPrefix[]): string | undefined {
    const has = new Set(known.map(formatPrefix));
    if (cidrs.every((cidr) => has.has(formatPrefix(cidr)))) return undefined;
    const asked = cidrs.map(formatPrefix).join(' ');
    return `node has CIDRs allocated ([${[...has].join(' ')}]) that conflict with requested CIDRs [${asked}]`;
  }

  #giveBack(cidrs: readonly IpPrefix[]): void {
    for (const cidr of cidrs) {
      const sets = this.#sets.get(familyOf(cidr.address)) ?? [];
      sets.find((set) => set.rangeOf(cidr) !== undefined)?.release(cidr);
    }
  }
}

function cidrSets(
  family: IpFamily,
  cidrs: readonly IpPrefix[],
  length: number,
): Result<readonly NodeCidrSet[], string> {
  const sets: NodeCidrSet[] = [];
  for (const cidr of cidrs) {
    const text = formatPrefix(cidr);
    const other = sets.find((set) => set.rangeOf(cidr) !== undefined);
    if (other) {
      return err(
        `requested CIDR ${text} collides with clusterCIDR: ${formatPrefix(other.cluster)}, nodeMask: ${other.length}`,
      );
    }
    if (familyOf(cidr.address) !== family) return err(`CIDR is not ${family === 'IPv4' ? 'v4' : 'v6'} family: ${text}`);
    const problem = nodeCidrProblem(cidr, length);
    if (problem !== undefined) return err(problem);
    sets.push(new NodeCidrSet(cidr, length));
  }
  return ok(sets);
}
