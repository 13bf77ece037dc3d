import type { IpAddress, IpFamily, IpPrefix } from '../../../../wire/address.ts';
import type { ProxyLocation } from '../categorizeEndpoints.ts';

/** What all nodes' proxies of one family are told alike. */
export interface NftConfig {
  readonly family: IpFamily;
  readonly masqueradeAll: boolean;
  /** The fwmark of packets to be masqueraded: one bit. */
  readonly masqueradeMark: number;
  readonly randomFully: boolean;
  readonly serviceCidrs: readonly IpPrefix[];
  /** Empty: the node's own addresses, which this mode calls `primary`. */
  readonly nodePortAddresses: readonly IpPrefix[];
}

/** One node's proxy of one family. */
export interface NftNode extends ProxyLocation {
  /** The node's own address of the family, when it has one. */
  readonly nodeIp: IpAddress | undefined;
  /** Of this family, loopback included. */
  readonly localAddresses: readonly IpAddress[];
  /** What counts as traffic of Pods (`detectLocalMode`); undefined: it cannot be told. */
  readonly podPrefix: IpPrefix | undefined;
}
