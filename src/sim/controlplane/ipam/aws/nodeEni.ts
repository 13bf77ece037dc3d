import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';

/** A network interface of a node, with what it has for Pods. */
export interface NodeEni {
  /** 0 is the node's own; `ethN`. */
  readonly deviceNumber: number;
  readonly address: IpAddress;
  /** The subnet that it is on. */
  readonly subnet: IpPrefix;
  /** Addresses, or prefixes in their place. */
  readonly cidrs: readonly IpPrefix[];
  /** Addresses that Pods have. */
  readonly pods: readonly IpAddress[];
  /** Addresses that Pods had, each with the second from which on another may get it. */
  readonly cooling: ReadonlyMap<IpAddress, number>;
}
