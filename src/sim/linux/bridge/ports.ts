import type { BridgePort, Link } from '../../../datamodel/network/link.ts';
import type { MacAddress } from '../../../wire/address.ts';
import type { Kernel } from '../kernel.ts';

export type PortLink = Link & { readonly port: BridgePort };

interface BridgeIndex {
  readonly ports: readonly PortLink[];
  readonly macs: ReadonlySet<MacAddress>;
}

/** A namespace's links do not change during a run, so what follows from them is worked out once. */
const indexes = new WeakMap<Kernel['links'], Map<string, BridgeIndex>>();

/** A bridge's ports in the order of its list: the one added last comes first (Linux: net/bridge/br_if.c, br_add_if). */
export function portsOf(kernel: Kernel, bridge: string): readonly PortLink[] {
  return indexOf(kernel.links, bridge).ports;
}

/** Whether frames to the MAC are for this host: it is the bridge's own or one of its ports' (BR_FDB_LOCAL). */
export function isLocalMac(kernel: Kernel, bridge: string, mac: MacAddress): boolean {
  return indexOf(kernel.links, bridge).macs.has(mac);
}

export function isPortOf(link: Link | undefined, bridge: string): link is PortLink {
  return link?.port?.bridge === bridge;
}

function indexOf(links: Kernel['links'], bridge: string): BridgeIndex {
  const known = indexes.get(links) ?? new Map<string, BridgeIndex>();
  indexes.set(links, known);
  const found = known.get(bridge);
  if (found) return found;
  const ports = [...links.values()].filter((link) => isPortOf(link, bridge)).sort((a, b) => b.index - a.index);
  const own = links.get(bridge);
  const index = { ports, macs: new Set([...(own ? [own.mac] : []), ...ports.map((port) => port.mac)]) };
  known.set(bridge, index);
  return index;
}
