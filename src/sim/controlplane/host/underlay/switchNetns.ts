import type { Link, PhysicalLink } from '../../../../datamodel/network/link.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import { type NetnsId, UNDERLAY } from '../../../../datamodel/network/netnsId.ts';
import { hostPrefix, type IpAddress, ipPrefix, macFromIpv4, prefixContains } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { bridgeMacs, interfaceAddress, joinNetns, loopback, mainRoute, type NetnsParts } from '../../netnsParts.ts';
import { randomMac } from '../../randomMac.ts';
import { underlayPort } from './underlayPort.ts';

export const BRIDGE = 'br0';
const FIRST_PORT_INDEX = 3;
/** Switches are set up to pass jumbo frames; how long a frame may be is for the machines to say. */
const PORT_MTU = 9216;
const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');

/**
 * What lies between the nodes: a switch, whose own address is the nodes' default gateway. It forwards nothing, unless there
 * are hosts behind it: then it is their router, and what is for nobody it knows still vanishes without a word.
 *
 * @param more what else is written there.
 */
export function switchNetns(plan: ClusterPlan, more: readonly NetnsParts[] = []): Netns {
  const { prefix, gateway, neighbors, distant, onLink, directors } = plan.underlay;
  // Their own addresses are of the subnet: the Services' are asked of nobody but them, whoever else might answer.
  const balanced = [...directors].filter(([address]) => !prefixContains(prefix, address));
  const isRouter = distant.length > 0 || onLink.length > 0 || balanced.length > 0;
  let index = FIRST_PORT_INDEX;
  const port = (host: string, netns: NetnsId, onSwitch: boolean): PhysicalLink => ({
    kind: 'physical',
    name: underlayPort(host),
    index: index++,
    owner: 'host',
    mac: randomMac(plan.settings.seed, 'underlay port', host),
    mtu: Math.max(PORT_MTU, plan.nicMtu),
    up: true,
    peer: { netns, link: 'eth0' },
    ...(onSwitch ? { port: { bridge: BRIDGE, hairpin: false, learning: true, flood: true } } : {}),
  });
  const bridge: Link = {
    kind: 'bridge',
    name: BRIDGE,
    index: 2,
    owner: 'host',
    mac: macFromIpv4('02:42', gateway),
    mtu: plan.nicMtu,
    up: true,
  };
  const links = [
    bridge,
    // Hosts that were there before the cluster have the first ports: a switch floods the last first.
    ...neighbors.map((address) => port(address, address, true)),
    ...[...plan.nodes.values()].map((node) => port(node.node.metadata.name, node.netns, true)),
    ...distant.map((address) => port(address, address, false)),
  ];
  return joinNetns(UNDERLAY, [
    loopback('host'),
    {
      links,
      fdb: bridgeMacs(links),
      addresses: [interfaceAddress('host', BRIDGE, { address: gateway, length: prefix.length })],
      routes: isRouter ? routerRoutes(distant, onLink, balanced) : [],
      sysctls: {
        'net.ipv4.ip_forward': isRouter ? '1' : '0',
        // Clients on the subnet keep to their gateway: it knows which balancers there are.
        ...(balanced.length > 0 && {
          'net.ipv4.conf.all.send_redirects': '0',
          [`net.ipv4.conf.${BRIDGE}.send_redirects`]: '0',
        }),
      },
    },
    ...more,
  ]);
}

function routerRoutes(
  distant: readonly IpAddress[],
  onLink: readonly IpAddress[],
  balanced: readonly (readonly [address: IpAddress, director: IpAddress])[],
): ReturnType<typeof mainRoute>[] {
  return [
    ...balanced.map(([address, via]) => mainRoute('host', hostPrefix(address), { via, dev: BRIDGE })),
    ...distant.map((address) => mainRoute('host', hostPrefix(address), { dev: underlayPort(address), scope: 'link' })),
    ...onLink.map((address) => mainRoute('host', hostPrefix(address), { dev: BRIDGE, scope: 'link' })),
    mainRoute('host', DEFAULT_ROUTE, { type: 'blackhole' }),
  ];
}
