import { BGP_PEER_DEFAULTS, type BgpPeer, type BgpPlan, type BgpSpeaker } from '../../../../../datamodel/bgp/plan.ts';
import { type IpAddress, ipAddress, ipPrefix } from '../../../../../wire/address.ts';

interface RecordedNode {
  readonly name: string;
  readonly address: IpAddress;
  readonly gateway: IpAddress;
  /** Nodes that it peers with, and those of them that are its clients. */
  readonly peers: readonly { readonly name: string; readonly passive: boolean; readonly clusterId?: string }[];
}

/** Two reflectors that peer with each other: n1 with clients n2 and n3, n4 with client n5. */
export function recordedReflectors(): BgpPlan {
  return reflecting(5, { n1: ['n2', 'n3'], n4: ['n5'] }, { n1: '244.0.0.1', n4: '244.0.0.4' });
}

/** Two reflectors of one cluster, n1 and n2, both with the clients n3 and n4. */
export function recordedRedundantReflectors(): BgpPlan {
  return reflecting(4, { n1: ['n3', 'n4'], n2: ['n3', 'n4'] }, { n1: '244.0.0.1', n2: '244.0.0.1' });
}

/** A full mesh over two subnets, n1 and n2 on one and n3 on the other, and a router without BGP between them. */
export function recordedSubnets(): BgpPlan {
  const addresses = { n1: '192.168.1.11', n2: '192.168.1.12', n3: '192.168.2.13' };
  const names = Object.keys(addresses);
  const nodes = Object.entries(addresses).map(
    ([name, address]): RecordedNode => ({
      name,
      address: ipAddress(address),
      gateway: ipAddress(address.replace(/\d+$/, '1')),
      peers: names.filter((other) => other !== name).map((other) => ({ name: other, passive: name < other })),
    }),
  );
  const router: BgpSpeaker = {
    name: 'router',
    routerId: ipAddress('192.168.1.1'),
    forwards: true,
    interfaces: ['1', '2'].map((net) => ({ name: `eth${net}`, addresses: [ipPrefix(`192.168.${net}.1/24`)] })),
    alien: [],
    blocks: [],
    kernel: { mergePaths: false, blackholes: false },
    peers: [],
  };
  const ends = (net: string) => [
    { speaker: 'router', interface: `eth${net}` },
    ...nodes
      .filter(({ address }) => address.startsWith(`192.168.${net}.`))
      .map(({ name }) => ({ speaker: name, interface: 'eth0' })),
  ];
  return {
    speakers: [...nodes.map((node) => speakerOf(node, nodes)), router],
    links: ['1', '2'].map((net) => ({ name: `lan${net}`, kind: 'switch', ends: ends(net) })),
  };
}

function reflecting(
  count: number,
  clients: Readonly<Record<string, readonly string[]>>,
  clusters: Readonly<Record<string, string>>,
): BgpPlan {
  const names = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  const reflectors = Object.keys(clients);
  const nodes = names.map((name, i): RecordedNode => {
    const own = (clients[name] ?? []).map((client) => ({
      name: client,
      passive: true,
      ...(clusters[name] && { clusterId: clusters[name] }),
    }));
    const others = reflectors.filter(
      (other) => other !== name && (reflectors.includes(name) || clients[other]?.includes(name)),
    );
    const peers = others.map((other) => ({ name: other, passive: reflectors.includes(name) && name < other }));
    return {
      name,
      address: ipAddress(`192.168.1.${11 + i}`),
      gateway: ipAddress('192.168.1.1'),
      peers: [...own, ...peers],
    };
  });
  const ends = names.map((name) => ({ speaker: name, interface: 'eth0' }));
  return { speakers: nodes.map((node) => speakerOf(node, nodes)), links: [{ name: 'lan', kind: 'switch', ends }] };
}

function speakerOf({ name, address, gateway, peers }: RecordedNode, nodes: readonly RecordedNode[]): BgpSpeaker {
  const index = nodes.findIndex((node) => node.name === name);
  const addressOf = (other: string) => nodes.find((node) => node.name === other)?.address ?? address;
  return {
    name,
    routerId: address,
    forwards: false,
    interfaces: [{ name: 'eth0', addresses: [{ address, length: 24 }] }],
    alien: [{ destination: ipPrefix('0.0.0.0/0'), gateway, device: 'eth0', protocol: 3, metric: 0 }],
    blocks: [ipPrefix(`10.244.${index}.0/26`)],
    kernel: { metric: 32, mergePaths: false, blackholes: false },
    peers: peers.map(
      (peer): BgpPeer => ({
        ...BGP_PEER_DEFAULTS,
        connectDelayTime: 2,
        connectRetryTime: 5,
        errorWaitTime: [5, 30],
        name: `Node_${addressOf(peer.name).replaceAll('.', '_')}`,
        neighbor: addressOf(peer.name),
        neighborAs: 64512,
        localAddress: address,
        localAs: 64512,
        multihop: true,
        passive: peer.passive,
        gracefulRestart: 'on',
        addPaths: true,
        exports: [{ prefix: ipPrefix('10.244.0.0/16'), from: 26, to: 26 }],
        ...(peer.clusterId && { reflectorClient: { clusterId: ipAddress(peer.clusterId) } }),
      }),
    ),
    startsAt: 0.3 * index,
  };
}
