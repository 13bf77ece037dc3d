import type { Pass } from '../../datamodel/flow/step.ts';
import type { ConntrackState } from '../../datamodel/network/netfilter.ts';
import type { TunnelKey } from '../../datamodel/network/tables.ts';
import type { MacAddress } from '../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import type { Connection } from './netfilter/connection.ts';
import type { RouteResult } from './routeResult.ts';

export type PacketType = 'host' | 'otherhost' | 'broadcast' | 'multicast' | 'outgoing';

/** What travels beside the bytes while a kernel works on a packet (Linux's sk_buff, as far as it decides anything). */
export interface SkbMeta {
  /** Trace this copy is recorded under. */
  trace: number;
  mark: number;
  packetType: PacketType;
  /** Device it arrived by, in the namespace that holds it now. Absent for packets made here. */
  inputDevice?: string;
  /** The connection conntrack has attached, and how this packet relates to it. */
  connection?: Connection;
  connectionState?: Exclude<ConntrackState, 'SNAT' | 'DNAT'>;
  connectionReply?: boolean;
  /** IPVS has had it (ipvs_property) and looks at it no more. */
  ipvs?: boolean;
  /** Set by br_netfilter while the packet is inside a bridge: the port it came in by, and what to undo or skip. */
  bridge?: BridgeMeta;
  pass: Pass;
  direction: 'down' | 'up';
  /** The sending socket's hash: gives a tunnel's outer source port. It survives a veth. */
  socketHash?: number;
  /** The sending socket ignores path MTU (IP_PMTUDISC_DONT) or insists (DO); local output only. */
  pathMtuDiscovery?: 'do' | 'dont' | 'want';
  /** Largest fragment seen when conntrack reassembled the packet: it is refragmented to that size. */
  fragmentMaxSize?: number;
  /** Payload bytes of the fragments it was put together from: their borders are kept where they fit. */
  fragmentSizes?: readonly number[];
  /** A copy that a bridge made for every port; whoever it is not for ignores it. */
  flooded?: boolean;
  /** IPCB flags: an outer packet that a tunnel in this namespace made. */
  tunnel?: string;
  /** The route it leaves by (skb_dst), for devices that ask. */
  route?: RouteResult;
  /** A program has put a service's address or a backend's into it: its source may not be its sender's. */
  loadBalanced?: true;
  /** A program has translated it and others leave it as it is (Cilium: ctx_snat_done). */
  natDone?: true;
  /** Set by a program (bpf_skb_set_tunnel_key); it goes before the route's. */
  tunnelKey?: TunnelKey;
  /** Of the tunnel's packet it came in by (bpf_skb_get_tunnel_key); `remote` is who sent that. */
  receivedKey?: TunnelKey;
}

export interface BridgeMeta {
  readonly bridge: string;
  readonly port: string;
  /** PREROUTING was done at the bridge port; the IP stack above must not repeat it. */
  preroutingDone: boolean;
  /** DNAT moved the destination: the frame is to be bridged to the new neighbour, or passed up. */
  natted?: boolean;
  /** Ethernet source to put back after the neighbour code has written the bridge's own (br_nf's neigh_header). */
  source?: MacAddress;
}

/**
 * A packet inside one kernel. The bytes are copy-on-write: a step that recorded them keeps what it saw.
 */
export class Skb {
  private data: Uint8Array;
  private shared = false;
  link: 'ethernet' | 'ip';
  readonly meta: SkbMeta;

  constructor(bytes: Uint8Array, link: 'ethernet' | 'ip', meta: SkbMeta) {
    this.data = bytes;
    this.link = link;
    this.meta = meta;
  }

  /** The packet as it is. Do not write: use {@link writable}. */
  get bytes(): Uint8Array {
    return this.data;
  }

  /** Offset of the network header: 14 behind an Ethernet header, else 0. */
  get networkOffset(): number {
    return this.link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0;
  }

  /** For recorders: the bytes, promised never to change. */
  snapshot(): Uint8Array {
    this.shared = true;
    return this.data;
  }

  /** Bytes that may be written in place; whoever took a snapshot keeps the old ones. */
  writable(): Uint8Array {
    if (this.shared) {
      this.data = this.data.slice();
      this.shared = false;
    }
    return this.data;
  }

  replace(bytes: Uint8Array, link: 'ethernet' | 'ip'): void {
    this.data = bytes;
    this.link = link;
    this.shared = false;
  }

  /** A copy with its own metadata, recorded under another trace. The bytes are shared until one side writes. */
  clone(trace: number): Skb {
    const copy = new Skb(this.snapshot(), this.link, { ...this.meta, trace });
    copy.shared = true;
    return copy;
  }

  /** What another namespace sees of it: the bytes and the socket's hash, nothing that this kernel attached. */
  scrub(): void {
    const { meta } = this;
    delete meta.connection;
    delete meta.connectionState;
    delete meta.connectionReply;
    delete meta.ipvs;
    delete meta.bridge;
    delete meta.inputDevice;
    delete meta.fragmentMaxSize;
    delete meta.fragmentSizes;
    delete meta.tunnel;
    delete meta.route;
    delete meta.tunnelKey;
    delete meta.receivedKey;
    delete meta.pathMtuDiscovery;
    delete meta.natDone;
    delete meta.loadBalanced;
    meta.mark = 0;
    meta.pass = 'host';
  }
}
