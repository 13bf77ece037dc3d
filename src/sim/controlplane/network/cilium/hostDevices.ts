import type { Link } from '../../../../datamodel/network/link.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import { hostPrefix, type IpAddress, type IpPrefix } from '../../../../wire/address.ts';
import { interfaceAddress, mainRoute, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';
import { sharesSubnet } from '../sameSubnet.ts';

const OWNER = 'cilium-agent';
export const HOST = 'cilium_host';
const NET = 'cilium_net';
const NET_INDEX = 3;
const HOST_INDEX = 4;
const TUNNEL_INDEX = 5;
const PORTS = { vxlan: 8472, geneve: 6081 } as const;

export type TunnelProtocol = keyof typeof PORTS;

export function tunnelName(protocol: TunnelProtocol): string {
  return `cilium_${protocol}`;
}

/** What a node's agent knows of another node. */
export interface OtherNode {
  readonly node: NodePlan;
  readonly cidr: IpPrefix;
}

export interface HostDevices {
  readonly cidr: IpPrefix;
  /** The address that cilium_host has: its Pods' gateway. */
  readonly router: IpAddress;
  readonly others: readonly OtherNode[];
  readonly tunnel: TunnelProtocol | undefined;
  /** auto-direct-node-routes */
  readonly direct: boolean;
  readonly mtu: number;
  readonly routeMtu: number;
  readonly seed: number;
}

/**
 * cilium_host and cilium_net, a pair with both ends on the node, and the tunnel device in external mode. All Pods are routed into
 * cilium_host, whose program decides (pkg/datapath/linux/node.go); without a tunnel, other nodes' Pods by way of their nodes, where
 * those are on the same subnet (auto-direct-node-routes).
 */
export function hostDevices(node: NodePlan, config: HostDevices): NetnsParts {
  const { cidr, router, others, tunnel, mtu, seed } = config;
  const name = node.node.metadata.name;
  const mac = (device: string) => randomMac(seed, device, name);
  const end = (own: string, index: number, other: string, otherIndex: number): Link => ({
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
    links: [
      end(NET, NET_INDEX, HOST, HOST_INDEX),
      end(HOST, HOST_INDEX, NET, NET_INDEX),
      ...(tunnel ? [tunnelLink(node, tunnel, mac(tunnelName(tunnel)), mtu)] : []),
    ],
    addresses: [interfaceAddress(OWNER, HOST, hostPrefix(router))],
    routes: [
      kernelRoute(hostPrefix(router), { dev: HOST, scope: 'link' }),
      { ...kernelRoute(cidr, { via: router, dev: HOST }), source: router },
      ...others.flatMap((other): readonly Route[] => {
        if (tunnel)
          return [{ ...kernelRoute(other.cidr, { via: router, dev: HOST }), source: router, mtu: config.routeMtu }];
        return config.direct && sharesSubnet(node, other.node)
          ? [kernelRoute(other.cidr, { via: other.node.address, dev: 'eth0' })]
          : [];
      }),
    ],
    // both ends are NOARP: whoever is routed there has the pair's other end for a neighbour
    neighbors: [
      { id: `${HOST}/${router}`, owner: OWNER, dev: HOST, address: router, mac: mac(NET), state: 'PERMANENT' },
    ],
    sysctls: {
      [`net.ipv4.conf.${HOST}.rp_filter`]: '0',
      [`net.ipv4.conf.${NET}.rp_filter`]: '0',
      'net.ipv4.conf.all.rp_filter': '0',
    },
  };
}

function kernelRoute(destination: IpPrefix, rest: Parameters<typeof mainRoute>[2]): Route {
  return { ...mainRoute(OWNER, destination, rest), protocol: 'kernel' };
}

function tunnelLink(node: NodePlan, tunnel: TunnelProtocol, mac: Link['mac'], mtu: number): Link {
  const base = { name: tunnelName(tunnel), index: TUNNEL_INDEX, owner: OWNER, mac, mtu, up: true };
  if (tunnel === 'geneve') return { ...base, kind: 'geneve', destinationPort: PORTS.geneve };
  return {
    ...base,
    kind: 'vxlan',
    vni: 0,
    local: node.address,
    lower: 'eth0',
    destinationPort: PORTS.vxlan,
    learning: false,
    udpChecksum: false,
    external: true,
  };
}
