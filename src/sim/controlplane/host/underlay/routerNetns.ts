import type { Link, LinkEnd, PhysicalLink } from '../../../../datamodel/network/link.ts';
import type { Netns, Sysctls } from '../../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import { type IpPrefix, macFromIpv4 } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { bridgeMacs, interfaceAddress, joinNetns, loopback, type NetnsParts } from '../../netnsParts.ts';
import { randomMac } from '../../randomMac.ts';

const FIRST_INDEX = 2;
/** Routers are set up to pass jumbo frames; how long a frame may be is for the machines to say. */
const PORT_MTU = 9216;

/** What is plugged into a router, and what it is told. */
export interface RouterBlueprint {
  readonly netns: NetnsId;
  readonly segments: readonly RouterSegment[];
  readonly ports: readonly RouterPort[];
  readonly routes: readonly Route[];
  readonly sysctls?: Sysctls;
  readonly more?: readonly NetnsParts[];
}

/** Ports that are switched among each other, with the router's own address on their subnet. */
export interface RouterSegment {
  readonly bridge: string;
  readonly gateway: IpPrefix;
  readonly ports: readonly Omit<RouterPort, 'addresses'>[];
}

export interface RouterPort {
  readonly device: string;
  readonly peer: LinkEnd;
  readonly addresses: readonly IpPrefix[];
}

/** A router as a Linux machine: it forwards, and answers with the address at which a packet came in. */
export function makeRouter(plan: ClusterPlan, blueprint: RouterBlueprint): Netns {
  const { netns, segments, ports } = blueprint;
  let index = FIRST_INDEX;
  const port = ({ device, peer }: Omit<RouterPort, 'addresses'>, bridge?: string): PhysicalLink => ({
    kind: 'physical',
    name: device,
    index: index++,
    owner: 'host',
    mac: randomMac(plan.settings.seed, 'router port', netns, device),
    mtu: Math.max(PORT_MTU, plan.nicMtu),
    up: true,
    peer,
    ...(bridge !== undefined && { port: { bridge, hairpin: false, learning: true, flood: true } }),
  });
  const links = [
    ...segments.flatMap(({ bridge, gateway, ports: own }): readonly Link[] => [
      {
        kind: 'bridge',
        name: bridge,
        index: index++,
        owner: 'host',
        mac: macFromIpv4('02:42', gateway.address),
        mtu: plan.nicMtu,
        up: true,
      },
      ...own.map((each) => port(each, bridge)),
    ]),
    ...ports.map((each) => port(each)),
  ];
  return joinNetns(netns, [
    loopback('host'),
    {
      links,
      fdb: bridgeMacs(links),
      addresses: [
        ...segments.map(({ bridge, gateway }) => interfaceAddress('host', bridge, gateway)),
        ...ports.flatMap(({ device, addresses }) =>
          addresses.map((address) => interfaceAddress('host', device, address)),
        ),
      ],
      routes: blueprint.routes,
      sysctls: {
        'net.ipv4.ip_forward': '1',
        'net.ipv4.icmp_errors_use_inbound_ifaddr': '1',
        ...blueprint.sysctls,
      },
    },
    ...(blueprint.more ?? []),
  ]);
}
