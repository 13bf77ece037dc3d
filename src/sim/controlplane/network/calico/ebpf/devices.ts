import type { Service } from '../../../../../datamodel/kubernetes/service.ts';
import type { VethLink } from '../../../../../datamodel/network/link.ts';
import type { Route } from '../../../../../datamodel/network/tables.ts';
import { familyOf, hostPrefix, type IpAddress, ipAddress } from '../../../../../wire/address.ts';
import { mainRoute, type NetnsParts, permanentNeighbor } from '../../../netnsParts.ts';
import type { NodePlan } from '../../../nodePlan.ts';
import { randomMac } from '../../../randomMac.ts';

const OWNER = 'felix';
export const NAT_IN = 'bpfin.cali';
export const NAT_OUT = 'bpfout.cali';
/** Before there are Pods. */
const NAT_OUT_INDEX = 3;
const NAT_IN_INDEX = 4;
const GATEWAY = ipAddress('169.254.1.1');

export interface NatVethConfig {
  readonly mtu: number;
  readonly seed: number;
  readonly services: readonly Service[];
  /** Services without a UDP port need no route: TCP's connect() is taken care of. */
  readonly udpOnly: boolean;
  /** Devices that programs stand at and packets come in by. */
  readonly dataDevices: readonly string[];
}

/**
 * The pair by which the host's own packets for services make a turn, where connect() was not theirs (bpf_ep_mgr.go,
 * ensureBPFDevices): Services with a UDP port are routed into it. No device is to be strict about where packets come from, since
 * the programs see to it.
 */
export function natVeth(node: NodePlan, { mtu, seed, services, udpOnly, dataDevices }: NatVethConfig): NetnsParts {
  const { name } = node.node.metadata;
  const mac = (device: string) => randomMac(seed, device, name);
  const end = (own: string, index: number, other: string, otherIndex: number): VethLink => ({
    kind: 'veth',
    name: own,
    index,
    owner: OWNER,
    mac: mac(own),
    mtu,
    up: true,
    peer: { netns: node.netns, link: other, index: otherIndex },
  });
  return {
    links: [end(NAT_OUT, NAT_OUT_INDEX, NAT_IN, NAT_IN_INDEX), end(NAT_IN, NAT_IN_INDEX, NAT_OUT, NAT_OUT_INDEX)],
    routes: [
      mainRoute(OWNER, hostPrefix(GATEWAY), { dev: NAT_IN, scope: 'link' }),
      ...services
        .filter((service) => !udpOnly || hasUdp(service))
        .flatMap(addressesOf)
        .map((address) => serviceRoute(node, address)),
    ],
    neighbors: [permanentNeighbor(OWNER, NAT_IN, GATEWAY, mac(NAT_OUT))],
    sysctls: {
      'net.ipv4.conf.all.rp_filter': '0',
      ...Object.fromEntries([...dataDevices, 'lo'].flatMap((dev) => looseSysctls(dev))),
      ...Object.fromEntries([NAT_IN, NAT_OUT].flatMap((dev) => openSysctls(dev))),
      ...Object.fromEntries(
        node.pods.flatMap(({ hostVeth }) => [
          [`net.ipv4.conf.${hostVeth}.rp_filter`, '0'],
          [`net.ipv4.conf.${hostVeth}.accept_local`, '1'],
        ]),
      ),
    },
  };
}

function hasUdp({ ports }: Service): boolean {
  return ports.some(({ protocol }) => protocol === 'UDP');
}

/** The first address that a load balancer gave it is the one that Felix hears of. */
function addressesOf({ clusterIps, headless, type, loadBalancerIngress }: Service): readonly IpAddress[] {
  if (headless || type === 'ExternalName') return [];
  const [given] = loadBalancerIngress;
  return [...clusterIps, ...(given ? [given.ip] : [])].filter((address) => familyOf(address) === 'IPv4');
}

function serviceRoute(node: NodePlan, address: IpAddress): Route {
  return {
    ...mainRoute(OWNER, hostPrefix(address), { via: GATEWAY, dev: NAT_IN }),
    source: node.address,
    protocol: '80',
  };
}

function looseSysctls(dev: string): readonly (readonly [string, string])[] {
  return [
    [`net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter`, '2'],
    [`net.ipv4.conf.${dev.replaceAll('.', '/')}.accept_local`, '1'],
  ];
}

function openSysctls(dev: string): readonly (readonly [string, string])[] {
  const at = `net.ipv4.conf.${dev.replaceAll('.', '/')}`;
  return [
    [`${at}.route_localnet`, '1'],
    [`${at}.rp_filter`, '0'],
    [`${at}.proxy_arp`, '1'],
    [`${at}.forwarding`, '1'],
    [`${at}.accept_local`, '1'],
  ];
}
