import { err, ok, type Result } from '../../../base/result.ts';
import { formatPrefix, type IpPrefix, networkOf } from '../../../wire/address.ts';
import { NO_CIDRS_LEFT, NodeCidrSet, nodeCidrProblem } from './nodeCidrs.ts';

/** A cluster CIDR and how long the node CIDRs are that are cut from it. */
export interface ClusterCidr {
  readonly cidr: IpPrefix;
  readonly nodeLength: number;
}

const MASK_TOO_LARGE =
  'Controller: Invalid --cluster-cidr, mask size of cluster CIDR must be less than or equal to --node-cidr-mask-size configured for CIDR family';

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
    // Which the controller checks before it makes any set.
    if (clusters.some(({ cidr, nodeLength }) => nodeLength < cidr.length)) return err(MASK_TOO_LARGE);
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
      if (set === undefined) return noSuchCluster(node, cidr, i);
      if (!set.occupy(cidr)) {
        const why = set.outOfRange(cidr);
        return `failed to mark cidr[${formatPrefix(networkOf(cidr))}] at idx [${i}] as occupied for node: ${node}: ${why}`;
      }
    }
    return undefined;
  }

  /** Gives back what a node had. @returns why it could not have had that; what stands before it is given back. */
  release(node: string, cidrs: readonly IpPrefix[] = []): string | undefined {
    for (const [i, cidr] of cidrs.entries()) {
      const set = this.#sets[i];
      if (set === undefined) return noSuchCluster(node, cidr, i);
      if (!set.release(cidr)) return `error when releasing CIDR ${formatPrefix(cidr)}: ${set.outOfRange(cidr)}`;
    }
    return undefined;
  }

  get sets(): readonly NodeCidrSet[] {
    return this.#sets;
  }

  #keepFromServices(): void {
    for (const set of this.#sets) for (const service of this.#services) set.occupy(service);
  }
}

function noSuchCluster(node: string, cidr: IpPrefix, index: number): string {
  return `node:${node} has an allocated cidr: ${formatPrefix(cidr)} at index:${index} that does not exist in cluster cidrs configuration`;
}
