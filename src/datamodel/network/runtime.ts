import type { IpAddress } from '../../wire/address.ts';
import type { EbpfEntry } from './ebpfState.ts';
import type { NetnsId } from './netnsId.ts';
import type { EntryId, FdbEntry, Neighbor } from './tables.ts';

/** One direction of a connection. For ICMP, `sourcePort` and `destinationPort` carry the echo identifier. */
export interface ConntrackTuple {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

export type TcpConntrackState =
  | 'NONE'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'SYN_SENT2';

/** As ipvsadm prints them. */
export type IpvsSctpState =
  | 'NONE'
  | 'INIT1'
  | 'INIT'
  | 'C-SENT'
  | 'C-REPLIED'
  | 'C-WAIT'
  | 'COOKIE'
  | 'C-ECHOED'
  | 'ESTABLISHED'
  | 'S-SENT'
  | 'S-RECEIVED'
  | 'S-ACK-SENT'
  | 'REJECTED'
  | 'CLOSED';

export type SctpConntrackState =
  | 'NONE'
  | 'CLOSED'
  | 'COOKIE_WAIT'
  | 'COOKIE_ECHOED'
  | 'ESTABLISHED'
  | 'SHUTDOWN_SENT'
  | 'SHUTDOWN_RECD'
  | 'SHUTDOWN_ACK_SENT'
  | 'HEARTBEAT_SENT';

/** One line of `conntrack -L`. Tuples differ from each other's mirror image exactly where NAT rewrites. */
export interface ConntrackEntry {
  readonly id: EntryId;
  readonly original: ConntrackTuple;
  readonly reply: ConntrackTuple;
  readonly seenReply: boolean;
  readonly assured: boolean;
  readonly tcpState?: TcpConntrackState;
  readonly sctpState?: SctpConntrackState;
  readonly mark: number;
  /** The answers' end was set by IPVS, not by nat (no IPS_DST_NAT). */
  readonly ipvs?: boolean;
  /** Virtual nanoseconds at which the entry goes away unless it is used. */
  readonly expires: number;
}

/** A route exception: what an ICMP "fragmentation needed" taught (`ip route get` shows it as `cache expires`). */
export interface PathMtu {
  readonly id: EntryId;
  readonly destination: IpAddress;
  readonly mtu: number;
  readonly expires: number;
}

export type IpvsTcpState =
  | 'NONE'
  | 'ESTABLISHED'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'FIN_WAIT'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'LISTEN'
  | 'SYNACK';

export interface IpvsEnd {
  readonly address: IpAddress;
  readonly port: number;
}

/** One line of `ipvsadm -Lnc`: a connection, or a template that remembers where a client's next ones go. */
export interface IpvsConnection {
  readonly id: EntryId;
  readonly protocol: number;
  readonly client: IpvsEnd;
  readonly virtual: IpvsEnd;
  readonly destination: IpvsEnd;
  /** As ipvsadm prints it; a template is ASSURED once a connection of its was established. */
  readonly state: IpvsTcpState | IpvsSctpState | 'UDP' | 'ASSURED';
  /** Virtual nanoseconds at which the entry goes away unless it is used. */
  readonly expires: number;
  /** Whether conntrack knows the connection (net.ipv4.vs.conntrack when it began). */
  readonly tracked: boolean;
  /** Not a connection itself: the client's port is 0. */
  readonly template: boolean;
  /** The template that the connection came by. */
  readonly controller?: EntryId;
  /** Packets are handed on as they came; answers go their own way. */
  readonly direct?: boolean;
}

/** Keys that two WireGuard peers have agreed on, as one of them has them. */
export interface WireguardSession {
  /** Device and this side's index. */
  readonly id: EntryId;
  readonly dev: string;
  /** The other side's public key. */
  readonly peer: string;
  readonly localIndex: number;
  readonly remoteIndex: number;
  /** What both sides derive alike. */
  readonly key: string;
  /** This side began it, so it is up to it to begin the next. */
  readonly initiator: boolean;
  /** The side that began it has used it: before that the other does not. */
  readonly confirmed: boolean;
  /** Where the peer was heard last. */
  readonly endpoint?: { readonly address: IpAddress; readonly port: number } | undefined;
  /** Packets sent, which is the next one's counter. */
  readonly sent: number;
  /** Virtual nanoseconds at which its keys are not used any more. */
  readonly expires: number;
}

/** Where a virtual server's scheduler stands. */
export interface IpvsScheduling {
  /** The virtual server's. */
  readonly id: EntryId;
  /** The real server chosen last. */
  readonly last: EntryId;
  /** What wrr compares weights with at the moment. */
  readonly weight?: number;
  /** Real servers that lblc and lblcr keep for the address, the newest first. */
  readonly cached?: readonly EntryId[];
  /** Virtual nanoseconds at which they last changed, and were last used. */
  readonly modified?: number;
  readonly used?: number;
}

/** What a namespace's kernel has learned by itself; small, plain, and all there is beside the configured tables. */
export interface RuntimeTables {
  readonly neighbors: readonly Neighbor[];
  readonly fdb: readonly FdbEntry[];
  readonly conntrack: readonly ConntrackEntry[];
  readonly pathMtus: readonly PathMtu[];
  /** Addresses remembered by `-m recent` and by nftables' dynamic sets, per list: last seen in virtual nanoseconds. */
  readonly recent: readonly { readonly list: string; readonly address: IpAddress; readonly seen: number }[];
  /** IPVS's connections and templates; absent: none. */
  readonly ipvs?: readonly IpvsConnection[];
  readonly scheduling?: readonly IpvsScheduling[];
  /** What eBPF programs have written into their maps; nothing when absent. */
  readonly ebpf?: readonly EbpfEntry[];
  /** Absent: none. */
  readonly wireguard?: readonly WireguardSession[];
}

/** A change of one runtime entry, as data: `entry` absent means that it is gone. */
export type RuntimeUpdate = { readonly netns: NetnsId } & (
  | { readonly table: 'neighbor'; readonly id: EntryId; readonly entry?: Neighbor }
  | { readonly table: 'fdb'; readonly id: EntryId; readonly entry?: FdbEntry }
  | { readonly table: 'conntrack'; readonly id: EntryId; readonly entry?: ConntrackEntry }
  | { readonly table: 'pathMtu'; readonly id: EntryId; readonly entry?: PathMtu }
  | { readonly table: 'ipvs'; readonly id: EntryId; readonly entry?: IpvsConnection }
  | { readonly table: 'scheduling'; readonly id: EntryId; readonly entry?: IpvsScheduling }
  | { readonly table: 'ebpf'; readonly id: EntryId; readonly entry?: EbpfEntry }
  | { readonly table: 'wireguard'; readonly id: EntryId; readonly entry?: WireguardSession }
);
