import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { PortRange, TransportName } from './netfilter.ts';
import type { Catalogue } from './nftables.ts';
import type { EntryId } from './tables.ts';

/**
 * What kind of device a program of endpoints stands at: a Pod's cable, a network card, a tunnel, the pair by which the host's own
 * packets for services make a turn, or lo.
 */
export type EndpointRole = 'workload' | 'host' | 'tunnel' | 'natVeth' | 'loopback';

/** What all programs of a node's endpoints share (Felix: bpf-gpl/routes.h, nat_types.h, globals.h). */
export interface EndpointMaps {
  readonly routes: EndpointRoutes;
  readonly nat: NatMaps;
  /** The node's address: the source of what goes to other nodes for service ports. */
  readonly hostAddress: IpAddress;
  /** VXLAN between nodes: that of service ports has a network of its own. */
  readonly vxlan: { readonly port: number; readonly serviceVni: number; readonly overlayVni: number };
  /** The longest packet that still fits into it. */
  readonly tunnelMtu: number;
  /** Backends of other nodes answer clients outside by themselves. */
  readonly dsr: boolean;
  /** Ports that clients get whose own are taken. */
  readonly sourcePorts: PortRange;
  /** The near end of the pair whose far end is the `natVeth`. */
  readonly natVeth: string;
}

/** Whose an address is: looked up by the longest prefix. */
export interface EndpointRoutes {
  /** Prefix lengths that there are, the longest first. */
  readonly lengths: readonly number[];
  /** By {@link EndpointRoute.id}. */
  readonly byPrefix: ReadonlyMap<EntryId, EndpointRoute>;
}

export interface EndpointRoute {
  /** The prefix as text: `10.244.1.0/26`. */
  readonly id: EntryId;
  readonly prefix: IpPrefix;
  readonly local: boolean;
  /** A Pod's or a node's; neither: a pool as a whole. */
  readonly of: 'workload' | 'host' | undefined;
  readonly inPool: boolean;
  readonly natOutgoing: boolean;
  readonly sameSubnet: boolean;
  readonly tunneled: boolean;
  /** Of Pods on other nodes: their node. */
  readonly nextHop?: IpAddress;
  /** Of Pods here: the node's end of their cable, and its number. */
  readonly device?: { readonly name: string; readonly index: number };
}

/** Services in two levels: an address and port gives a service's number, and that with an ordinal a backend. */
export interface NatMaps {
  /** By {@link NatFrontend.id}. */
  readonly frontends: Catalogue<NatFrontend>;
  /** By `SERVICE ORDINAL`. */
  readonly backends: Catalogue<NatBackend>;
}

export interface NatFrontend {
  /** `10.96.0.10:53/UDP` */
  readonly id: EntryId;
  readonly address: IpAddress;
  readonly port: number;
  readonly protocol: TransportName;
  readonly service: number;
  /** Backends, of which the first `local` are on this node. */
  readonly count: number;
  readonly local: number;
  /** 0: none. */
  readonly affinitySeconds: number;
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
  /** Who may ask; absent: everybody. */
  readonly sources?: readonly IpPrefix[];
}

export interface NatBackend {
  readonly address: IpAddress;
  readonly port: number;
}

/** Stands for every node's address where a NodePort is asked for. */
export const ANY_NODE = '255.255.255.255' as IpAddress;
