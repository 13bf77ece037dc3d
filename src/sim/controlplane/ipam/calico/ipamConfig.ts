/** Calico's IPAMConfig, the one of a cluster. */
export interface IpamConfig {
  /** Only the host that a block belongs to may take addresses from it: nobody borrows. */
  readonly strictAffinity: boolean;
  /** Whether a host that needs a block claims one by itself. */
  readonly autoAllocateBlocks: boolean;
  /** 0 for the safeguard of {@link DEFAULT_MAX_BLOCKS}. */
  readonly maxBlocksPerHost: number;
  /** How long an address that was given back is not handed out. */
  readonly ipCooldownSeconds: number;
}

export const DEFAULT_IPAM_CONFIG: IpamConfig = {
  strictAffinity: false,
  autoAllocateBlocks: true,
  maxBlocksPerHost: 0,
  ipCooldownSeconds: 0,
};

/** Blocks that a host may have where nothing says how many. */
export const DEFAULT_MAX_BLOCKS = 20;

/** Why Calico refuses a configuration. */
export function ipamConfigProblem(config: IpamConfig): string | undefined {
  if (!config.strictAffinity && !config.autoAllocateBlocks) {
    return "Cannot disable 'StrictAffinity' and 'AutoAllocateBlocks' at the same time";
  }
  if (config.maxBlocksPerHost > 0 && !config.strictAffinity) {
    return 'MaxBlocksPerHost requires StrictAffinity to be enabled';
  }
  return undefined;
}

/** The stricter of the cluster's limit of blocks a host and a request's, 0 being none. */
export function blockLimit(config: IpamConfig, requested: number): number {
  if (requested === 0) return config.maxBlocksPerHost || DEFAULT_MAX_BLOCKS;
  return config.maxBlocksPerHost > 0 ? Math.min(config.maxBlocksPerHost, requested) : requested;
}
