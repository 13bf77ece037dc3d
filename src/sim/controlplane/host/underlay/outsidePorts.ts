import type { Route } from '../../../../datamodel/network/tables.ts';
import { hostPrefix, ipPrefix } from '../../../../wire/address.ts';
import { mainRoute } from '../../netnsParts.ts';
import type { RouterPort } from './routerNetns.ts';
import type { HostsPlan } from './underlayPlan.ts';
import { underlayPort } from './underlayPort.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
/** Every machine's first NIC. */
export const NIC = 'eth0';

/** Ports of hosts outside, which are on the edge's subnet. */
export function neighborPorts({ neighbors }: HostsPlan): readonly Omit<RouterPort, 'addresses'>[] {
  return neighbors.map((address) => ({ device: underlayPort(address), peer: { netns: address, link: NIC } }));
}

/** Ports of hosts that are far away: to the edge they are at the end of a line. */
export function distantPorts({ distant }: HostsPlan): readonly RouterPort[] {
  return distant.map((address) => ({
    device: underlayPort(address),
    peer: { netns: address, link: NIC },
    addresses: [],
  }));
}

/** The ways to hosts outside, and what becomes of packets for nobody: they vanish without a word. */
export function edgeRoutes({ distant }: HostsPlan): readonly Route[] {
  return [
    ...distant.map((address) => mainRoute('host', hostPrefix(address), { dev: underlayPort(address), scope: 'link' })),
    mainRoute('host', DEFAULT_ROUTE, { type: 'blackhole' }),
  ];
}
