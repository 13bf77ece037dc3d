import type { IpAddress } from '../../wire/address.ts';
import type { Programs } from './ebpf.ts';
import type { IpSet } from './ipset.ts';
import type { VirtualServer } from './ipvs.ts';
import type { Link } from './link.ts';
import type { Listener } from './listener.ts';
import type { NetfilterTable } from './netfilter.ts';
import type { NetnsId } from './netnsId.ts';
import type { NftTable } from './nftables.ts';
import type { PolicyRule } from './policyRule.ts';
import type { FdbEntry, InterfaceAddress, Neighbor, Owner, Route } from './tables.ts';

/** `net.ipv4.ip_forward` and the like, with the values sysctl prints. */
export type Sysctls = Readonly<Record<string, string>>;

/**
 * Everything a network namespace's kernel has been told: what agents and users wrote, and (after the kernel has been
 * configured with it) the routes the kernel added by itself.
 *
 * Packets see this and the runtime state, nothing else. Plain readonly data: it is shared between nodes that agree.
 */
export interface Netns {
  readonly id: NetnsId;
  readonly links: readonly Link[];
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
  /** Which tables are asked for which packets, ascending; absent: as a namespace is born, local and then main. */
  readonly policyRules?: readonly PolicyRule[];
  /** Entries that were written (permanent ones); learned ones are runtime state. */
  readonly neighbors: readonly Neighbor[];
  /** Entries that were written; learned ones are runtime state. */
  readonly fdb: readonly FdbEntry[];
  readonly netfilter: readonly NetfilterTable[];
  /** Sets that rules ask; absent: none. */
  readonly ipsets?: readonly IpSet[];
  /** IPVS's services; absent: it is not in use. */
  readonly virtualServers?: readonly VirtualServer[];
  /** Tables of nft beside those of iptables; none when absent. */
  readonly nftables?: readonly NftTable[];
  /**
   * Base chains in the order in which they were registered, `iptables filter FORWARD` or `ip kube-proxy filter-forward`: of
   * equal priorities the last runs first. Those that are not named came last.
   */
  readonly registered?: readonly string[];
  /** Programs of the cgroup and of devices; none when absent. */
  readonly ebpf?: Programs;
  readonly sysctls: Sysctls;
  readonly listeners: readonly Listener[];
  /** resolv.conf, when the namespace's processes resolve names. */
  readonly resolver?: Resolver;
}

export interface Resolver {
  readonly servers: readonly IpAddress[];
  readonly search: readonly string[];
  readonly ndots: number;
  readonly owner: Owner;
}
