import type { Flow } from '../../datamodel/flow/flow.ts';
import type { EbpfEntry } from '../../datamodel/network/ebpfState.ts';
import type { Link } from '../../datamodel/network/link.ts';
import type { Listener } from '../../datamodel/network/listener.ts';
import type { Hook, TransportName } from '../../datamodel/network/netfilter.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { PathMtu, WireguardSession } from '../../datamodel/network/runtime.ts';
import type { FdbEntry, Neighbor, Route } from '../../datamodel/network/tables.ts';
import type { IpAddress, MacAddress } from '../../wire/address.ts';
import type { Choices } from './choice.ts';
import type { EventQueue, Timer } from './eventQueue.ts';
import type { IpvsState } from './ipvs/connection.ts';
import type { Connection } from './netfilter/connection.ts';
import type { Recorder } from './recorder.ts';
import type { RouteResult } from './routeResult.ts';
import type { Skb } from './skb.ts';

export type { RouteResult } from './routeResult.ts';

/** All kernels of one run with what they share: time, chance, the record, and the cables between them. */
export interface World {
  readonly queue: EventQueue;
  readonly recorder: Recorder;
  readonly seed: number;
  /** For what a kernel draws once, when it boots, and keeps: the secrets of its hashes. */
  readonly bootSeed: number;
  /** The endpoint a person chose for coins to fall on. */
  readonly pick?: Flow['pick'];
  /** Decides in chance's place wherever a kernel would toss a coin (choice.ts). */
  readonly choices?: Choices;
  /** @returns undefined when nobody has the name. */
  kernel(id: NetnsId): Kernel | undefined;
}

/** Room for a packet queue behind an unresolved neighbour, and for its probes. */
export interface NeighborSlot {
  entry: Neighbor;
  readonly waiting: Skb[];
  probes: number;
  timer?: Timer;
}

export interface FragmentQueue {
  readonly pieces: Skb[];
  timer: Timer;
}

/**
 * One network namespace's kernel during a run: its configuration, indexed, and what it has learned, mutable.
 * Every change of a learned table also goes to `world.recorder.update`, which makes it data.
 */
export interface Kernel {
  readonly id: NetnsId;
  readonly world: World;
  /** The stack's functions, tied together in boot.ts so that modules need not import each other in circles. */
  readonly stack: Stack;
  /** This and what follows from it are replaced together, and only by reconfigure.ts. */
  config: Netns;
  links: ReadonlyMap<string, Link>;
  /** Links that lead out (a cable, a tunnel, the way of the default route): they give packets their direction. */
  uplinks: ReadonlySet<string>;
  fib: FibTable;
  /** Keyed `dev address`. */
  readonly neighbors: Map<string, NeighborSlot>;
  /** Learned and written entries of bridges, keyed `bridge mac`. */
  readonly fdb: Map<string, FdbEntry>;
  /** Confirmed connections, keyed by tuple in both directions (netfilter/tuple.ts). */
  readonly connections: Map<string, Connection>;
  /** `-m recent` lists and nftables' dynamic sets: last seen in virtual nanoseconds, keyed by list, then address. */
  readonly recent: Map<string, Map<IpAddress, number>>;
  readonly ipvs: IpvsState;
  /** What eBPF programs have written, keyed by id (ebpf/state.ts). */
  readonly ebpf: Map<string, EbpfEntry>;
  /** Sessions of WireGuard's devices, keyed by id. */
  readonly wireguard: Map<string, WireguardSession>;
  readonly fragments: Map<string, FragmentQueue>;
  /** Keyed by destination. */
  readonly pathMtus: Map<IpAddress, PathMtu>;
  /** Next IP identification per (source, destination, protocol) and for connected sockets. */
  readonly ipIds: Map<string, number>;
  readonly sockets: Sockets;
}

export type RouteOutput =
  | { readonly ok: true; readonly route: RouteResult }
  | {
      readonly ok: false;
      readonly error: 'ENETUNREACH' | 'EHOSTUNREACH' | 'EACCES' | 'EINVAL';
      readonly entry?: Route;
    };

export interface RouteQuery {
  readonly destination: IpAddress;
  readonly source?: IpAddress | undefined;
  readonly inputDevice?: string | undefined;
  readonly outputDevice?: string | undefined;
  readonly mark?: number | undefined;
  /** Decides between next hops, by their weights, where a route has several; absent: the first is taken. */
  readonly nexthop?: ((weights: readonly number[]) => number) | undefined;
}

/** The routing tables of a namespace, indexed by prefix length. */
export interface FibTable {
  /** Local table first, then main. A match of type blackhole, unreachable or prohibit has no dev. undefined: no match. */
  lookup(query: RouteQuery): { readonly route: Route; readonly result?: RouteResult } | undefined;
  /** fib type of an address, as `-m addrtype` sees it. */
  /** @param dev if it is said, other devices' addresses are nobody's (inet_dev_addr_type). */
  addressType(address: IpAddress, dev?: string): 'LOCAL' | 'BROADCAST' | 'MULTICAST' | 'UNICAST';
  /** inet_select_addr: the address a packet leaving `dev` for `destination` gets when nothing else decides. */
  selectSource(dev: string, destination: IpAddress, scope?: Route['scope']): IpAddress | undefined;
  /** Addresses of a link, primary first. */
  addressesOf(dev: string): readonly IpAddress[];
}

/** A socket that can be given packets. TCP and UDP and raw sockets differ behind it. */
export interface Socket {
  receive(skb: Skb): void;
  /** An ICMP error about a packet this socket sent; `info` is the next-hop MTU for fragmentation needed. */
  error(type: number, code: number, info: number, skb: Skb): void;
}

/** Demultiplexing of local packets. */
export interface Sockets {
  /** Exact (connected) match first, then listeners. Ports are as in the packet: remote is its source. */
  find(protocol: TransportName, local: SocketEnd, remote: SocketEnd): Socket | undefined;
  /** Raw ICMP sockets: each sees every ICMP packet of the namespace. */
  raw(): readonly Socket[];
  /** Whether a socket or listener holds the local end already. */
  taken(protocol: TransportName, local: SocketEnd): boolean;
  connect(protocol: TransportName, local: SocketEnd, remote: SocketEnd, socket: Socket): void;
  disconnect(protocol: TransportName, local: SocketEnd, remote: SocketEnd): void;
  /** Programs that were started or stopped: their sockets are bound or closed. Those that stay keep theirs. */
  listen(listeners: readonly Listener[]): void;
  /** Counts the ports that were drawn, so that each draw is another. */
  nextDraw(): number;
  openRaw(socket: Socket): void;
  closeRaw(socket: Socket): void;
}

export interface SocketEnd {
  readonly address: IpAddress;
  readonly port: number;
}

export interface HookContext {
  readonly inputDevice?: string | undefined;
  readonly outputDevice?: string | undefined;
}

export interface IcmpError {
  readonly type: number;
  readonly code: number;
  readonly nextHopMtu?: number;
  /** Only for a redirect: the better next hop. */
  readonly gateway?: IpAddress;
}

/** The functions through which the stack's parts call each other. Each is implemented in the file named behind it. */
export interface Stack {
  /** dev_queue_xmit: the frame has its Ethernet header. device/transmit.ts */
  transmit(kernel: Kernel, skb: Skb, link: Link): void;
  /** netif_receive_skb: capture, then bridge port, ARP or IP. device/receive.ts */
  receive(kernel: Kernel, skb: Skb, link: Link): void;
  /** ip_rcv: checks, PREROUTING, route, then local delivery or forwarding. ip/input.ts */
  ipReceive(kernel: Kernel, skb: Skb, link: Link): void;
  /** ip_local_out: OUTPUT, reroute if it changed the packet, then {@link ipOutput}. `route` was found by the caller. ip/output.ts */
  ipLocalOut(kernel: Kernel, skb: Skb, route: RouteResult): void;
  /** ip_output: POSTROUTING, then fragmentation and the neighbour. ip/output.ts */
  ipOutput(kernel: Kernel, skb: Skb, route: RouteResult): void;
  /** neigh_output: resolves `nextHop` on `dev`, writes the Ethernet header, transmits. neighbor/output.ts */
  neighborOutput(kernel: Kernel, skb: Skb, dev: string, nextHop: IpAddress): void;
  /** The MAC of a usable entry, without asking. neighbor/table.ts */
  neighborMac(kernel: Kernel, dev: string, address: IpAddress): MacAddress | undefined;
  arpReceive(kernel: Kernel, skb: Skb, link: Link): void;
  /** icmp_send about `skb`, unless RFC 1122 forbids it. @returns whether an error went out. ip/icmpSend.ts */
  icmpSend(kernel: Kernel, skb: Skb, error: IcmpError): boolean;
  /** All tables at a hook, conntrack and nat included. On 'drop' the trace has been ended. netfilter/hooks.ts */
  runHook(kernel: Kernel, skb: Skb, hook: Hook, context: HookContext): 'accept' | 'drop';
  /** Puts the packet together if it is a fragment. undefined: it waits (its trace has been ended). ip/reassemble.ts */
  defragment(kernel: Kernel, skb: Skb, user: 'conntrack' | 'local'): Skb | undefined;
  /** ip_route_output: for packets made here. ip/routeOutput.ts */
  routeOutput(kernel: Kernel, query: RouteQuery): RouteOutput;
  /** The MTU a local sender must keep to: the device's, the route's metric, or what an ICMP error taught. ip/pathMtu.ts */
  routeMtu(kernel: Kernel, route: RouteResult, destination: IpAddress): number;
  /** Learns from "fragmentation needed". ip/pathMtu.ts */
  learnPathMtu(kernel: Kernel, destination: IpAddress, mtu: number): void;
  /** A non-zero IP identification, one more than the last of the same `key`. ip/identification.ts */
  nextIpId(kernel: Kernel, key: string): number;
  /** Gives a packet to the tunnel device that its protocol or port is for. @returns false when there is none. tunnel/receive.ts */
  tunnelReceive(kernel: Kernel, skb: Skb): boolean;
  /** ICMP, UDP and TCP for this namespace, after INPUT. socket/deliver.ts */
  transportReceive(kernel: Kernel, skb: Skb): void;
}
