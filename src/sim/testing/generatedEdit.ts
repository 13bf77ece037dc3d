import fc from 'fast-check';
import type { Netns } from '../../datamodel/network/netns.ts';
import { MAIN_TABLE } from '../../datamodel/network/tables.ts';
import { formatPrefix } from '../../wire/address.ts';

/** What somebody might do to a namespace by hand: reads its tables to find something to break. */
export type GeneratedEdit = (netns: Netns) => string | undefined;

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];

const mtu = fc.constantFrom(600, 1280, 1400, 1449, 1450, 1500, 8950, 9000);
const verdict = fc.constantFrom(
  'DROP',
  'REJECT',
  'REJECT --reject-with icmp-host-prohibited',
  'REJECT --reject-with icmp-admin-prohibited',
  'ACCEPT',
);
const protocol = fc.constantFrom(
  '',
  '-p tcp',
  '-p udp',
  '-p icmp',
  '-p tcp --dport 80',
  '-s 10.0.0.0/9',
  '-d 10.8.0.0/16',
);
const chain = fc.constantFrom('INPUT', 'FORWARD', 'OUTPUT');
const sysctl = fc.constantFrom(
  'net.ipv4.ip_forward=0',
  'net.bridge.bridge-nf-call-iptables=0',
  'net.ipv4.conf.all.rp_filter=1',
  'net.ipv4.conf.all.route_localnet=0',
  'net.ipv4.icmp_echo_ignore_all=1',
  'net.ipv4.ip_default_ttl=2',
);

/** Missing entries, links down, other MTUs, rules that refuse, settings flipped. */
export const generatedEdit: fc.Arbitrary<GeneratedEdit> = fc.oneof(
  fc.nat().map(deletedRoute),
  fc.tuple(fc.nat(), fc.constantFrom('blackhole', 'unreachable', 'prohibit')).map(([n, type]) => closedRoute(n, type)),
  fc.nat().map(deletedNeighbor),
  fc.nat().map(deletedFdb),
  fc.nat().map(deletedAddress),
  fc.nat().map((n) => (netns: Netns) => onLink(netns, n, 'down')),
  fc.tuple(fc.nat(), mtu).map(
    ([n, bytes]) =>
      (netns: Netns) =>
        onLink(netns, n, `mtu ${bytes}`),
  ),
  fc.nat().map(hairpinOff),
  fc.tuple(chain, protocol, verdict).map(
    ([to, matches, target]) =>
      () =>
        `iptables -I ${to} ${matches} -j ${target}`,
  ),
  fc.constant(() => 'iptables -P FORWARD DROP'),
  sysctl.map((setting) => () => `sysctl -w ${setting}`),
);

function deletedRoute(n: number): GeneratedEdit {
  return (netns) => {
    const route = pick(mainRoutes(netns), n);
    return route && `ip route del ${formatPrefix(route.destination)}`;
  };
}

function closedRoute(n: number, type: string): GeneratedEdit {
  return (netns) => {
    const route = pick(mainRoutes(netns), n);
    return route && `ip route replace ${type} ${formatPrefix(route.destination)}`;
  };
}

function mainRoutes(netns: Netns): Netns['routes'] {
  return netns.routes.filter((route) => route.table === MAIN_TABLE);
}

function deletedNeighbor(n: number): GeneratedEdit {
  return (netns) => {
    const neighbor = pick(netns.neighbors, n);
    return neighbor && `ip neigh del ${neighbor.address} dev ${neighbor.dev}`;
  };
}

function deletedFdb(n: number): GeneratedEdit {
  return (netns) => {
    const entry = pick(
      netns.fdb.filter((each) => each.dst !== undefined),
      n,
    );
    return entry && `bridge fdb del ${entry.mac} dev ${entry.dev} dst ${entry.dst} self`;
  };
}

function deletedAddress(n: number): GeneratedEdit {
  return (netns) => {
    const address = pick(netns.addresses, n);
    return address && `ip addr del ${address.address}/${address.prefixLength} dev ${address.link}`;
  };
}

function onLink(netns: Netns, n: number, change: string): string | undefined {
  const link = pick(netns.links, n);
  return link && `ip link set ${link.name} ${change}`;
}

function hairpinOff(n: number): GeneratedEdit {
  return (netns) => {
    const port = pick(
      netns.links.filter((link) => link.port !== undefined),
      n,
    );
    return port && `ip link set ${port.name} type bridge_slave hairpin off`;
  };
}
