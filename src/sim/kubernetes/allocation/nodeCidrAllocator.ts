import { err, ok, type Result } from '../../../base/result.ts';
import { formatPrefix, type IpPrefix } from '../../../wire/address.ts';
import { NO_CIDRS_LEFT, NodeCidrSet, nodeCidrProblem } from './nodeCidrs.ts';

/** A cluster CIDR and how long the node CIDRs are that are cut from it. */
export interface ClusterCidr {
  readonly cidr: IpPrefix;
  readonly nodeLength: number;
}

/**
 * kube-controller-manager's allocator: one CIDR of each cluster CIDR for every node, out of the way of Services
 * (pkg/controller/nodeipam/ipam/range_allocator.go).
 */
export class NodeCidrAllocator {
  readonly #sets: readonly NodeCidrSet[];
  readonly #services: readonly IpPrefix[];

  private constructor(sets: readonly NodeCidrSet[], services: readonly IpPrefix[]) {
    this.#sets = sets;
    this.#services = services;
    this.#keepFromServices();
  }

  static create(
    clusters: readonly ClusterCidr[],
    services: readonly IpPrefix[] = [],
  ): Result<NodeCidrAllocator, string> {
    for (const { cidr, nodeLength } of clusters) {
      const problem = nodeCidrProblem(cidr, nodeLength);
      if (problem !== undefined) return err(problem);
    }
    const sets = clusters.map(({ cidr, nodeLength }) => new NodeCidrSet(cidr, nodeLength));
    return ok(new NodeCidrAllocator(sets, services));
  }

  /** A node's CIDRs. When a set has none left, what the sets before it gave stays taken until the controller restarts. */
  allocate(): Result<readonly IpPrefix[], string> {
    const cidrs: IpPrefix[] = [];
    for (const [i, set] of this.#sets.entries()) {
      const cidr = set.allocateNext();
      if (cidr === undefined) return err(`failed to allocate cidr from cluster cidr at idx:${i}: ${NO_CIDRS_LEFT}`);
      cidrs.push(cidr);
    }
    return ok(cidrs);
  }

  /** Writes down what a node has already. @returns why it cannot have that. */
  occupy(node: string, cidrs: readonly IpPrefix[]): string | undefined {
    for (const [i, cidr] of cidrs.entries()) {
      const set = this.#sets[i];
      if (set === undefined) {
        return `node:${node} has an allocated cidr: ${formatPrefix(cidr)} at index:${i} that does not exist in cluster cidrs configuration`;
      }
      if (!set.occupy(cidr)) {
        const why = set.outOfRange(cidr);
        return `failed to mark cidr[${formatPrefix(cidr)}] at idx [${i}] as occupied for node: ${node}: ${why}`;
      }
    }
    return undefined;
  }

  release(cidrs: readonly IpPrefix[]): void {
    for (const [i, cidr] of cidrs.entries()) this.#sets[i]?.release(cidr);
  }

  get sets(): readonly NodeCidrSet[] {
    return this.#sets;
  }

  #keepFromServices(): void {
    for (const set of this.#sets) for (const service of this.#services) set.occupy(service);
  }
}
