import type { IpAddress, MacAddress } from '../../wire/address.ts';
import type { CgroupHook, DeviceHook } from '../network/ebpf.ts';
import type { TunnelLink } from '../network/link.ts';
import type { Hook, TableName } from '../network/netfilter.ts';
import type { NetnsId } from '../network/netnsId.ts';
import type { NftChainType, NftTableName } from '../network/nftables.ts';
import type { ConntrackTuple, IpvsEnd, RuntimeUpdate } from '../network/runtime.ts';
import type { EntryId, NeighborState, RouteType } from '../network/tables.ts';
import type { DropReason } from './dropReason.ts';

/** Which table line decided. The pair (netns, table, id) finds it in what `print/` writes. */
export interface EntryRef {
  readonly netns: NetnsId;
  readonly table:
    | 'rule'
    | 'nft'
    | 'ebpf'
    | 'route'
    | 'neighbor'
    | 'fdb'
    | 'conntrack'
    | 'address'
    | 'link'
    | 'pathMtu'
    | 'listener'
    | 'sysctl'
    | 'ipset'
    | 'virtualServer'
    | 'ipvs';
  readonly id: EntryId;
}

/** A header field that this step wrote. `path` is the field's path in `wire/layers.ts`, e.g. `ipv4.destination`. */
export interface FieldChange {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/**
 * `bridge`: the IP hooks run inside a bridge port by br_netfilter. `host`: the namespace's own IP stack.
 * `tunnel`: the same stack once more, for the outer packet that a tunnel device made or opened.
 */
export type Pass = 'bridge' | 'host' | 'tunnel';

/** What every step has. netns, device, hook, pass and direction name its one station on the stage. */
export interface StepBase {
  /** Position in the conversation: steps of all traces in the order in which they happened. */
  readonly id: number;
  /** Virtual nanoseconds since the simulation began. */
  readonly time: number;
  readonly netns: NetnsId;
  readonly device?: string;
  readonly hook?: Hook;
  readonly pass: Pass;
  /** `down`: on its way out of a socket or Pod towards the underlay; `up`: arriving. */
  readonly direction: 'down' | 'up';
  /** The packet after the step. Shared between steps that did not change it; never written to. */
  readonly bytes: Uint8Array;
  /** Where `bytes` begin: at the Ethernet header, or at the IP header while there is none yet. */
  readonly link: 'ethernet' | 'ip';
  readonly entry?: EntryRef;
  readonly changes?: readonly FieldChange[];
  /** What the namespace learned or forgot in this step. */
  readonly updates?: readonly RuntimeUpdate[];
}

export type Step = StepBase & StepDetail;

/** A toss: the value in [0,1), the chance of what came of it, and whether a person chose it. */
export interface Coin {
  readonly value: number;
  readonly probability: number;
  readonly picked: boolean;
  /** numgen drew this number below `modulus`. */
  readonly number?: { readonly drawn: number; readonly modulus: number };
}

/** What the kernel did, one kind a line. Closed: everything that reads steps switches over `type`. */
export type StepDetail =
  /** A socket, or the kernel itself (ICMP errors, ARP, RST), made the packet. */
  | { readonly type: 'originate'; readonly by: 'socket' | 'kernel'; readonly what: string }
  /** The frame arrived at `device` (tcpdump: In). */
  | { readonly type: 'receive'; readonly packetType: 'host' | 'otherhost' | 'broadcast' | 'multicast' }
  /** The bridge looked the destination MAC up (`entry`) and chose the ports. */
  | {
      readonly type: 'bridge';
      readonly bridge: string;
      readonly port?: string;
      readonly decision: 'forward' | 'flood' | 'up' | 'blocked';
      readonly ports: readonly string[];
      readonly destination: MacAddress;
    }
  /** The packet walked one table's chains at `hook`. `rulesEvaluated` counts the rules the kernel tried. */
  | {
      readonly type: 'hook';
      readonly table: TableName | NftTableName;
      readonly chain: string;
      readonly verdict: 'accept' | 'drop' | 'stolen';
      readonly rulesEvaluated: number;
      /** Ended by the built-in chain's policy, not by a rule. */
      readonly policy: boolean;
      /** Of an nftables base chain. */
      readonly chainType?: NftChainType;
      /** How many of nftables' sets and maps, or of ipset's sets, were asked on the way. */
      readonly lookups?: number;
    }
  /** A rule matched (`entry`); `outcome` is what its target did. */
  | {
      readonly type: 'rule';
      readonly table: TableName | NftTableName;
      readonly chain: string;
      /** 1-based place in the chain. */
      readonly position: number;
      readonly outcome: string;
      /** When the rule tossed one. */
      readonly coin?: Coin;
      /** The element that an nftables map or set had for the packet. */
      readonly lookup?: { readonly name: string; readonly key: string; readonly id?: EntryId };
    }
  /**
   * IPVS was asked about a packet to a virtual server: it chose a real server for a new connection (`entry` is its line),
   * knew the connection (`entry` is that), or had nobody to give it to.
   */
  | {
      readonly type: 'ipvs';
      readonly event: 'scheduled' | 'persistent' | 'found' | 'refused';
      readonly virtual: IpvsEnd;
      readonly scheduler?: string;
      /** How many real servers could have been chosen. */
      readonly among?: number;
      /** A person chose the real server, and the scheduler obeyed. */
      readonly picked?: boolean;
      readonly server?: IpvsEnd;
    }
  /**
   * An eBPF program had something to say (`entry`: the map element that decided). A socket's program runs before there is a
   * packet: the bytes are those of the packet that came of the call.
   */
  | {
      readonly type: 'program';
      readonly attach: CgroupHook | DeviceHook;
      readonly name: string;
      /** `reply`: the packet is answered with an ICMP error; `refuse`: the system call fails. */
      readonly action: 'pass' | 'translate' | 'redirect' | 'reply' | 'drop' | 'refuse';
      /** How many map lookups it took. */
      readonly lookups: number;
      /** The key that was found: `10.96.42.10:80/TCP`. */
      readonly service?: string;
      /** What a system call's address was, and what it became. */
      readonly socket?: { readonly before: string; readonly after: string };
      /** By what the packet goes elsewhere: to a device, into the namespace behind it, or to a neighbour. */
      readonly helper?: 'bpf_redirect' | 'bpf_redirect_peer' | 'bpf_redirect_neigh';
      /** What the program itself calls the drop: `DROP_NO_FIB`. */
      readonly reason?: string;
      /** In a few words, what a program says that drops or leaves things as they are. */
      readonly note?: string;
    }
  /**
   * Addresses or ports were rewritten: by a nat rule (first packet), by conntrack repeating or undoing it, by IPVS, or by an
   * eBPF program.
   */
  | {
      readonly type: 'translate';
      readonly kind: 'dnat' | 'snat' | 'masquerade' | 'undo-dnat' | 'undo-snat';
      readonly by: 'rule' | 'conntrack' | 'ipvs' | 'ebpf';
      readonly before: ConntrackTuple;
      readonly after: ConntrackTuple;
    }
  /** conntrack looked the packet up (`entry`), made an entry, or confirmed it. */
  | {
      readonly type: 'session';
      readonly event: 'found' | 'new' | 'confirmed' | 'invalid' | 'untracked' | 'clash';
      readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED';
      readonly reply: boolean;
    }
  /** Longest prefix match (`entry`). */
  | {
      readonly type: 'route';
      readonly purpose: 'input' | 'output';
      readonly destination: IpAddress;
      readonly result: RouteType | 'none';
      readonly dev?: string;
      readonly via?: IpAddress;
      readonly source?: IpAddress;
      readonly mtu?: number;
    }
  /** TTL went down by one (ip_forward). */
  | { readonly type: 'forward'; readonly ttl: number }
  /** The next hop's MAC (`entry`), or the wait for it. */
  | {
      readonly type: 'neighbor';
      readonly address: IpAddress;
      readonly state: NeighborState;
      readonly mac?: MacAddress;
      readonly waiting: boolean;
    }
  /** The kernel read an ARP packet. */
  | {
      readonly type: 'arp';
      readonly operation: 'request' | 'reply';
      readonly asks: IpAddress;
      readonly outcome: 'answered' | 'learned' | 'ignored';
      /** It answered for an address that is not its own, but that it has a way to. */
      readonly proxied?: true;
    }
  /** A tunnel device wrapped the packet for `remote`. `overhead`: by how much its IP length grew. */
  | {
      readonly type: 'encapsulate';
      readonly tunnel: TunnelLink['kind'];
      readonly overhead: number;
      /** Where the tunnel's header has one. */
      readonly vni?: number;
      readonly remote: IpAddress;
    }
  | {
      readonly type: 'decapsulate';
      readonly tunnel: TunnelLink['kind'];
      readonly overhead: number;
      readonly vni?: number;
    }
  /** The packet became `pieces` (IP total lengths); each goes on as a trace of its own. */
  | { readonly type: 'fragment'; readonly mtu: number; readonly pieces: readonly number[] }
  | { readonly type: 'reassemble'; readonly pieces: number; readonly length: number }
  /** The frame left through `device` (tcpdump: Out). */
  | { readonly type: 'transmit' }
  /** A socket or the kernel's own protocol code took the packet. */
  | { readonly type: 'deliver'; readonly to: 'socket' | 'kernel'; readonly what: string }
  | {
      readonly type: 'drop';
      readonly reason: DropReason;
      /** One sentence from the step's own data: what was missing or forbade it. */
      readonly because: string;
      /** The ICMP error sent back, if one was. */
      readonly icmp?: { readonly type: number; readonly code: number; readonly mtu?: number };
    };

export type StepType = StepDetail['type'];
