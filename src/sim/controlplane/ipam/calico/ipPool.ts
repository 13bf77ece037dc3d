import { addressBits, familyOf, formatPrefix, type IpPrefix } from '../../../../wire/address.ts';

/** What addresses of a pool may be used for. */
export type PoolUse = 'Workload' | 'Tunnel' | 'LoadBalancer';

/** An IPPool, as far as IPAM reads it. */
export interface IpPool {
  readonly name: string;
  readonly cidr: IpPrefix;
  /** Prefix length of the blocks that it is cut into. */
  readonly blockSize: number;
  readonly disabled: boolean;
  /** Calico's selector; empty or `all()` selects every node. */
  readonly nodeSelector: string;
  readonly namespaceSelector: string;
  readonly allowedUses: readonly PoolUse[];
  /** `Manual` pools serve only requests that name them. */
  readonly assignmentMode: 'Automatic' | 'Manual';
}

/** A pool as the API server completes one that says no more than its CIDR. */
export function ipPool(cidr: IpPrefix, rest: Partial<IpPool> = {}): IpPool {
  return {
    name: formatPrefix(cidr),
    cidr,
    blockSize: familyOf(cidr.address) === 'IPv4' ? 26 : 122,
    disabled: false,
    nodeSelector: 'all()',
    namespaceSelector: '',
    allowedUses: ['Workload', 'Tunnel'],
    assignmentMode: 'Automatic',
    ...rest,
  };
}

/** Why Calico refuses a pool's block size, in its own words: blocks have between 1 and 4096 addresses and fit in the pool. */
export function blockSizeProblem({ cidr, blockSize }: IpPool): string | undefined {
  const bits = addressBits(familyOf(cidr.address));
  if (!Number.isInteger(blockSize) || blockSize > bits || blockSize < bits - 12) {
    return bits === 32
      ? 'Invalid IPPool BlockSize, must be between 20 and 32'
      : 'Invalid IPPool BlockSize, must be between 116 and 128';
  }
  return cidr.length > blockSize ? 'IP pool size is too small for use with Calico IPAM' : undefined;
}
