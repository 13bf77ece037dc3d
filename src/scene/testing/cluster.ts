import type { ClusterView, DeviceView, NodeView, PodView } from '../../datamodel/cluster/view.ts';
import { ipAddress, macAddress } from '../../wire/address.ts';

/** How big a made-up cluster is to be, and what is unusual about it. */
export interface ClusterShape {
  readonly nodes: number;
  /** Of every node, in turn. */
  readonly pods: readonly number[];
  readonly backend?: 'vxlan' | 'host-gw';
  readonly bridgeNetfilter?: boolean;
  readonly outside?: number;
  readonly nameLength?: number;
  readonly ipv6?: boolean;
}

const NODE_ADDRESS = (node: number): string => `192.168.${1 + Math.floor(node / 200)}.${11 + (node % 200)}`;

/** A cluster as flannel makes it, without any tables. Node and Pod numbers count from 0. */
export function makeCluster(shape: ClusterShape): ClusterView {
  const nodes = Array.from({ length: shape.nodes }, (_, i) => makeNode(i, shape));
  const pods = nodes.flatMap((node, i) =>
    Array.from({ length: shape.pods[i % shape.pods.length] ?? 0 }, (_, j) => makePod(node, i, j, shape)),
  );
  const withPorts = nodes.map((node, i) => ({
    ...node,
    devices: [...node.devices, ...pods.filter((pod) => pod.node === node.name).map((pod) => port(pod, i))],
  }));
  const cni = shape.backend === 'host-gw' ? 'flannel-host-gw' : 'flannel-vxlan';
  return {
    revision: 1,
    settings: { podMtu: 'auto', randomFully: true, seed: 1 },
    cni,
    proxyMode: 'iptables',
    podMtu: cni === 'flannel-vxlan' ? 1450 : 1500,
    nodes: withPorts,
    pods,
    workloads: [],
    services: [
      {
        namespace: 'default',
        name: 'backend',
        type: 'ClusterIP',
        clusterIp: ipAddress('10.96.42.10'),
        ports: [{ protocol: 'TCP', port: 80, targetPort: '8080' }],
        endpoints: [],
      },
    ],
    outside: Array.from({ length: shape.outside ?? 1 }, (_, i) => {
      const address = ipAddress(`192.168.250.${100 + i}`);
      return { kind: 'host', netns: address, address, devices: [device('eth0', 'physical', 1500, [address])] };
    }),
    underlay: {
      name: 'l2',
      prefix: '192.168.1.0/24',
      gateway: ipAddress('192.168.1.1'),
      mtu: 1500,
      subnets: ['192.168.1.0/24'],
      routers: [{ netns: 'underlay', name: 'switch', role: 'switch', devices: [] }],
      cables: [],
    },
    ignored: [],
    warnings: [],
    names: [],
  };
}

function makeNode(i: number, shape: ClusterShape): NodeView {
  const name = pad(`worker-${String(i + 1).padStart(2, '0')}`, shape.nameLength);
  const address = NODE_ADDRESS(i);
  const net = `10.${244 + Math.floor(i / 250)}.${(i + 1) % 250}`;
  const vxlan = shape.backend !== 'host-gw';
  return {
    name,
    netns: `node/${name}`,
    address: ipAddress(address),
    podCidr: shape.ipv6 ? `fd00:10:244:${i.toString(16)}::/64` : `${net}.0/24`,
    ready: true,
    controlPlane: i === 0,
    devices: [
      device('lo', 'loopback', 65536, ['127.0.0.1/8']),
      device('eth0', 'physical', 1500, [
        shape.ipv6 ? `2001:db8:1234:5678:9abc:def0:1234:${i.toString(16)}/64` : `${address}/24`,
      ]),
      device('cni0', 'bridge', vxlan ? 1450 : 1500, [`${net}.1/24`]),
      ...(vxlan ? [{ ...device('flannel.1', 'vxlan', 1450, [`${net}.0/32`]), vni: 1, lower: 'eth0' }] : []),
    ],
    rules: { raw: 0, mangle: 0, nat: 44, filter: 17 },
    router: 'underlay',
    proxyRunning: true,
    bridgeNetfilter: shape.bridgeNetfilter ?? true,
  };
}

function makePod(node: NodeView, i: number, j: number, shape: ClusterShape): PodView {
  const name = pad(j === 0 ? `app-${i}` : `app-${i}-${j}`, shape.nameLength);
  const address = shape.ipv6
    ? `fd00:10:244:${i.toString(16)}:aaaa:bbbb:cccc:${(j + 2).toString(16)}`
    : `10.${244 + Math.floor(i / 250)}.${(i + 1) % 250}.${j + 2}`;
  return {
    namespace: 'default',
    name,
    netns: `pod/default/${name}`,
    node: node.name,
    address: ipAddress(address),
    hostNetwork: false,
    phase: 'Running',
    ready: true,
    terminating: false,
    labels: {},
    ports: [],
    devices: [{ ...device('eth0', 'veth', 1450, [address]), peer: { netns: node.netns, link: `veth${i}x${j}` } }],
    hostDevice: `veth${i}x${j}`,
  };
}

function port(pod: PodView, node: number): DeviceView {
  return {
    ...device(pod.hostDevice ?? '', 'veth', 1450, []),
    bridge: 'cni0',
    peer: { netns: pod.netns, link: 'eth0' },
    mac: macAddress(`06:00:00:00:${hex(node)}:02`),
  };
}

function device(name: string, kind: DeviceView['kind'], mtu: number, addresses: readonly string[]): DeviceView {
  return { name, kind, mac: macAddress('02:42:c0:a8:01:0b'), mtu, addresses };
}

function hex(value: number): string {
  return (value % 256).toString(16).padStart(2, '0');
}

function pad(name: string, length: number | undefined): string {
  return length === undefined
    ? name
    : `${name}-${'x'.repeat(63)}`.slice(0, length - 4) + name.slice(-4).padStart(4, 'x');
}
