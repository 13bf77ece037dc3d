import type { IpAddress, IpPrefix, MacAddress } from '../../wire/address.ts';
import type { NetnsId } from './netnsId.ts';
import type { Owner } from './tables.ts';

interface LinkBase {
  readonly name: string;
  /** Interface index, unique in its netns, as `ip link` prints it. */
  readonly index: number;
  readonly owner: Owner;
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly up: boolean;
  /** Bridge this link is a port of, with the port's flags. */
  readonly port?: BridgePort;
}

export interface BridgePort {
  readonly bridge: string;
  readonly hairpin: boolean;
  readonly learning: boolean;
  readonly flood: boolean;
}

export interface LoopbackLink extends LinkBase {
  readonly kind: 'loopback';
}

/** One end of a pair: what is sent here is received there. */
export interface VethLink extends LinkBase {
  readonly kind: 'veth';
  readonly peer: LinkEnd;
}

/** A network card with its cable: a node's eth0 and the switch port at the other end. */
export interface PhysicalLink extends LinkBase {
  readonly kind: 'physical';
  readonly peer: LinkEnd;
  /** What is the matter with the cable here: it is pulled out, which both ends see, or loses every frame, which neither does. */
  readonly cable?: 'pulled' | 'silent';
}

export interface BridgeLink extends LinkBase {
  readonly kind: 'bridge';
  /** Somebody has set its MTU: it no longer follows the smallest of its ports'. */
  readonly mtuFixed?: boolean;
}

/** A VTEP. Its forwarding entries are the netns' `fdb` with `dev` = this link. */
export interface VxlanLink extends LinkBase {
  readonly kind: 'vxlan';
  readonly vni: number;
  readonly local: IpAddress;
  /** Lower device the outer packets are meant for. */
  readonly lower: string;
  readonly destinationPort: number;
  readonly learning: boolean;
  readonly udpChecksum: boolean;
  /** Every packet brings the tunnel key that says where it goes: nothing is forwarded by MAC. */
  readonly external?: boolean;
}

/** A device that leads nowhere: it is there for its addresses, which the host answers to even while it is down. */
export interface DummyLink extends LinkBase {
  readonly kind: 'dummy';
  /** IFF_NOARP, IFF_MULTICAST: kube-ipvs0 is made without the latter. */
  readonly arp: boolean;
  readonly multicast: boolean;
}

/** One end of tunnels that carry bare IP packets in IP. Its MAC is zero: nothing here has an Ethernet header. */
export interface IpipLink extends LinkBase {
  readonly kind: 'ipip';
  /** Source of the outer packets; absent: any (the route to the other end chooses). */
  readonly local?: IpAddress;
  /** The other end; absent: any (the next hop of each packet's route is). */
  readonly remote?: IpAddress;
  /** Of the outer packets; 0: the inner packet's. */
  readonly ttl: number;
  /** Outer packets always forbid fragments; off (`nopmtudisc`): as the inner packet says. */
  readonly pathMtuDiscovery: boolean;
  /** Lower device the outer packets are meant for, if one was named. */
  readonly lower?: string;
}

/** A Geneve device in external mode: every packet brings the tunnel key that says where it goes. */
export interface GeneveLink extends LinkBase {
  readonly kind: 'geneve';
  readonly destinationPort: number;
}

/** A WireGuard device: encrypted tunnels to peers, chosen by the inner addresses. Nothing here has an Ethernet header. */
export interface WireguardLink extends LinkBase {
  readonly kind: 'wireguard';
  readonly listenPort: number;
  /** Base64 of 32 bytes. */
  readonly publicKey: string;
  readonly peers: readonly WireguardPeer[];
}

export interface WireguardPeer {
  readonly publicKey: string;
  /** Absent until the peer has been heard. */
  readonly endpoint?: { readonly address: IpAddress; readonly port: number } | undefined;
  /** Where packets for these addresses go, and what its packets may have as source. */
  readonly allowedIps: readonly IpPrefix[];
  /** Seconds; 0: off. */
  readonly persistentKeepalive: number;
}

export type TunnelLink = VxlanLink | IpipLink | GeneveLink | WireguardLink;

export type Link = LoopbackLink | VethLink | PhysicalLink | BridgeLink | DummyLink | TunnelLink;

const TUNNELS: ReadonlySet<string> = new Set<TunnelLink['kind']>(['vxlan', 'ipip', 'geneve', 'wireguard']);

/** Whether a device wraps what it is given and sends it by the host's own stack. */
export function isTunnel<T extends { readonly kind: string }>(
  link: T,
): link is T & { readonly kind: TunnelLink['kind'] } {
  return TUNNELS.has(link.kind);
}

/** Whether frames at a device begin with the IP header (ARPHRD_TUNNEL, ARPHRD_NONE). */
export function isHeaderless({ kind }: { readonly kind: Link['kind'] }): boolean {
  return kind === 'ipip' || kind === 'wireguard';
}

/** Where the other end of a pair or cable is. */
export interface LinkEnd {
  readonly netns: NetnsId;
  readonly link: string;
  /** Its interface index there, which `ip` prints as `@ifN`. */
  readonly index?: number;
}
