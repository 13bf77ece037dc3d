import type { NetfilterTable } from '../../../../datamodel/network/netfilter.ts';
import type { IpAddress, IpFamily, IpPrefix } from '../../../../wire/address.ts';
import type { ProxyLocation } from '../categorizeEndpoints.ts';

/** What all nodes' proxies are told alike. */
export interface ProxyConfig {
  readonly family: IpFamily;
  readonly masqueradeAll: boolean;
  /** The fwmark of packets to be masqueraded: one bit. */
  readonly masqueradeMark: number;
  readonly randomFully: boolean;
  readonly localhostNodePorts: boolean;
  /** Empty: all of the node's addresses. */
  readonly nodePortAddresses: readonly IpPrefix[];
  /** Instead of them: the node's own address of the family. */
  readonly nodePortPrimary?: boolean;
  /** More endpoints than the proxier writes comments for (largeClusterEndpointsThreshold). */
  readonly largeCluster: boolean;
}

/** One node's proxy. */
export interface ProxyNode extends ProxyLocation {
  /** The address that source ranges of load balancers are compared with. */
  readonly nodeIp: IpAddress;
  /** Of this family, loopback included. */
  readonly localAddresses: readonly IpAddress[];
  /** What counts as traffic of Pods (`detectLocalMode`); undefined: it cannot be told. */
  readonly podPrefix: IpPrefix | undefined;
}

/** The family by the name that iptables' tables have it under. */
export function tableFamily(family: IpFamily): NetfilterTable['family'] {
  return family === 'IPv6' ? 'ipv6' : 'ipv4';
}
