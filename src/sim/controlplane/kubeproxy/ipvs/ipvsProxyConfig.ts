import type { IpFamily, IpPrefix } from '../../../../wire/address.ts';

/** What all nodes' proxies are told alike in IPVS mode. */
export interface IpvsProxyConfig {
  readonly family: IpFamily;
  readonly masqueradeAll: boolean;
  /** The fwmark of packets to be masqueraded: one bit. */
  readonly masqueradeMark: number;
  readonly randomFully: boolean;
  /** Empty: all of the node's addresses. */
  readonly nodePortAddresses: readonly IpPrefix[];
  /** Node ports on the node's own address alone. */
  readonly nodePortPrimary: boolean;
  readonly scheduler: string;
}
