import type { BridgePort, Link } from '../../../datamodel/network/link.ts';
import type { Kernel } from '../kernel.ts';

export type PortLink = Link & { readonly port: BridgePort };

/** A bridge's ports in the order of its list: the one added last comes first (Linux: net/bridge/br_if.c, br_add_if). */
export function portsOf(kernel: Kernel, bridge: string): readonly PortLink[] {
  const ports: PortLink[] = [];
  for (const link of kernel.links.values()) if (isPortOf(link, bridge)) ports.push(link);
  return ports.sort((a, b) => b.index - a.index);
}

function isPortOf(link: Link, bridge: string): link is PortLink {
  return link.port?.bridge === bridge;
}

/** Whether a frame that came in by `input` may leave by `port` (Linux: net/bridge/br_forward.c, should_deliver). */
export function mayLeaveBy(port: PortLink, input: Link | undefined): boolean {
  return port.up && (port.name !== input?.name || port.port.hairpin);
}
