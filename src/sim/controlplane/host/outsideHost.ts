import type { Listener } from '../../../datamodel/network/listener.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { hostPrefix, type IpAddress, ipPrefix, macFromIpv4, prefixContains } from '../../../wire/address.ts';
import type { ClusterPlan } from '../clusterPlan.ts';
import { interfaceAddress, joinNetns, loopback, mainRoute } from '../netnsParts.ts';
import { loadBalancer } from './loadBalancer.ts';
import { underlayPort } from './underlay/underlayPort.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
const ANY_PORT = 0;
/** What its programs call themselves: its role, since nothing says its host name. */
const OUTSIDE_NAME = 'client';

/**
 * A machine that is not in the cluster: on the nodes' subnet, or behind its router with an address of its own. It balances the
 * load of the Services that have its address, or else answers on every port.
 */
export function outsideHost(plan: ClusterPlan, address: IpAddress): Netns {
  const { prefix, gateway, edge } = plan.underlay;
  const director = plan.underlay.directors.get(address);
  const near = director !== undefined || prefixContains(prefix, address);
  const balancer = plan.loadBalancers.get(address);
  return joinNetns(address, [
    loopback('host'),
    {
      links: [
        {
          kind: 'physical',
          name: 'eth0',
          index: 2,
          owner: 'host',
          mac: macFromIpv4('02:42', address),
          mtu: plan.nicMtu,
          up: true,
          peer: { netns: edge, link: underlayPort(address) },
        },
      ],
      addresses: [
        // Nodes that have the Services' address as well would not answer to questions that come from it.
        ...(director === undefined
          ? []
          : [interfaceAddress('host', 'eth0', { address: director, length: prefix.length })]),
        interfaceAddress('host', 'eth0', { address, length: near && director === undefined ? prefix.length : 32 }),
      ],
      routes: [
        ...(near ? [] : [mainRoute('host', hostPrefix(gateway), { dev: 'eth0', scope: 'link' })]),
        mainRoute('host', DEFAULT_ROUTE, { via: gateway, dev: 'eth0' }),
      ],
    },
    balancer ? loadBalancer(address, balancer, director !== undefined) : { listeners: anyPort() },
  ]);
}

function anyPort(): readonly Listener[] {
  return (['tcp', 'udp', 'sctp'] as const).map(
    (protocol): Listener => ({
      id: `${protocol}/any`,
      owner: 'host',
      protocol,
      port: ANY_PORT,
      program: { type: 'identify', name: OUTSIDE_NAME },
    }),
  );
}
