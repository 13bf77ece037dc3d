import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { NetnsId } from './netnsId.ts';

/** What lies between the nodes: routers and switches, what is plugged into them, and by which cables. Plain data. */
export interface Topology {
  /** In drawing order: what machines are plugged into first, spines last. */
  readonly routers: readonly TopologyRouter[];
  readonly links: readonly TopologyLink[];
  /** The nodes, in the cluster's order. */
  readonly machines: readonly TopologyMachine[];
}

export type RouterRole = 'switch' | 'router' | 'top-of-rack' | 'spine' | 'vpc';

export interface TopologyRouter {
  readonly netns: NetnsId;
  /** `t1`, `s2`. */
  readonly name: string;
  readonly role: RouterRole;
  /** The address that BGP would know it by. */
  readonly routerId: IpAddress;
  /** Its autonomous system, where the fabric is made for BGP. */
  readonly as?: number;
}

/** A cable, whose ends both see when it goes, or a switched segment, whose other ports stay up. */
export interface TopologyLink {
  /** `t1-s1`, the end that is nearer to the machines first. */
  readonly name: string;
  readonly kind: 'cable' | 'switch';
  readonly subnet: IpPrefix;
  readonly ends: readonly TopologyEnd[];
}

export interface TopologyEnd {
  readonly netns: NetnsId;
  readonly device: string;
  /** Its address there with the subnet's length; a switch that is no router has none. */
  readonly address?: IpPrefix;
}

/** Where a node is plugged in. */
export interface TopologyMachine {
  readonly node: string;
  readonly netns: NetnsId;
  readonly device: string;
  readonly address: IpPrefix;
  /** Its default gateway: `router`'s address on the link between them. */
  readonly gateway: IpAddress;
  readonly router: NetnsId;
  /** The port of `router` that its cable is in. */
  readonly port: string;
  /** The autonomous system of its BGP speaker, where the fabric is made for BGP. */
  readonly as?: number;
}
