import type { BridgeLink, BridgePort, LinkEnd, VethLink } from '../../../datamodel/network/link.ts';
import type { MacAddress } from '../../../wire/address.ts';

/** A veth pair: where its ends are, with the MTU of both. */
export interface VethEnds {
  readonly host: Required<LinkEnd>;
  readonly pod: Required<LinkEnd>;
  readonly mtu: number;
}

/** The bridge plugin's bridge. */
export function newBridge(name: string, index: number, mac: MacAddress, mtu: number): BridgeLink {
  return { kind: 'bridge', name, index, owner: 'cni', mac, mtu, up: true };
}

/** The end of a veth that stays on the node. */
export function hostEndOfVeth({ host, pod, mtu }: VethEnds, mac: MacAddress): VethLink {
  return { kind: 'veth', name: host.link, index: host.index, owner: 'cni', mac, mtu, up: true, peer: pod };
}

/** The end that goes into the Pod. */
export function podEndOfVeth({ host, pod, mtu }: VethEnds, mac: MacAddress): VethLink {
  return { kind: 'veth', name: pod.link, index: pod.index, owner: 'cni', mac, mtu, up: true, peer: host };
}

/** A veth's end as a port of the bridge. */
export function bridgePort(bridge: string, hairpin: boolean): BridgePort {
  return { bridge, hairpin, learning: true, flood: true };
}
