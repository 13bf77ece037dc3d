import type { Link, PhysicalLink, VethLink } from '../../../datamodel/network/link.ts';
import { portsOf } from '../bridge/ports.ts';
import type { Kernel } from '../kernel.ts';

/** The kernel and device at the other end of a pair or cable, if they are there and up. */
export function otherEnd(kernel: Kernel, link: VethLink | PhysicalLink): { kernel: Kernel; link: Link } | undefined {
  if (isPulled(link)) return undefined;
  const receiver = kernel.world.kernel(link.peer.netns);
  const end = receiver?.links.get(link.peer.link);
  return receiver && end?.up && !isPulled(end) ? { kernel: receiver, link: end } : undefined;
}

function isPulled(link: Link): boolean {
  return link.kind === 'physical' && link.cable === 'pulled';
}

/**
 * Whether a device is up and hears somebody (Linux: IFF_LOWER_UP): a pair or cable is dead while either end is down, a
 * bridge while all of its ports are.
 */
export function hasCarrier(kernel: Kernel, link: Link): boolean {
  if (!link.up) return false;
  switch (link.kind) {
    case 'veth':
    case 'physical':
      return otherEnd(kernel, link) !== undefined;
    case 'bridge': {
      const ports = portsOf(kernel, link.name);
      return ports.length === 0 || ports.some((port) => hasCarrier(kernel, port));
    }
    case 'loopback':
    case 'dummy':
    case 'vxlan':
    case 'ipip':
    case 'geneve':
    case 'wireguard':
      return true;
  }
}
