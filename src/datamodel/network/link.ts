import type { IpAddress, MacAddress } from '../../wire/address.ts';
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
}

/** A device that leads nowhere: it is there for its addresses, which the host answers to even while it is down. */
export interface DummyLink extends LinkBase {
  readonly kind: 'dummy';
  /** IFF_NOARP, IFF_MULTICAST: kube-ipvs0 is made without the latter. */
  readonly arp: boolean;
  readonly multicast: boolean;
}

export type Link = LoopbackLink | VethLink | PhysicalLink | BridgeLink | VxlanLink | DummyLink;

/** Where the other end of a pair or cable is. */
export interface LinkEnd {
  readonly netns: NetnsId;
  readonly link: string;
  /** Its interface index there, which `ip` prints as `@ifN`. */
  readonly index?: number;
}
