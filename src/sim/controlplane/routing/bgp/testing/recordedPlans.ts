import type { BgpLink, BgpPeer, BgpPlan, BgpSpeaker } from '../../../../../datamodel/bgp/plan.ts';
import { BGP_PEER_DEFAULTS } from '../../../../../datamodel/bgp/plan.ts';
import { type IpAddress, type IpPrefix, ipAddress, ipPrefix } from '../../../../../wire/address.ts';

const LOOPBACK = 'lo';
/** `connect delay time 2; connect retry time 5; error wait time 5,30`, as all speakers of the recordings have it. */
const TIMES = { connectDelayTime: 2, connectRetryTime: 5, errorWaitTime: [5, 30] } as const;

/** The recorded full mesh: three nodes of AS 64512, the lower address passive, started 0.3 s after each other. */
export function recordedMesh(): BgpPlan {
  const nodes = [11, 12, 13].map((host, i) => ({ host, name: `n${i + 1}`, block: ipPrefix(`10.244.${i}.0/26`) }));
  const speakers = nodes.map(({ host, name, block }, i): BgpSpeaker => {
    const own = ipAddress(`192.168.1.${host}`);
    return {
      name,
      routerId: own,
      forwards: false,
      interfaces: [loopback([`10.244.${i}.2`]), { name: 'eth0', addresses: [ipPrefix(`${own}/24`)] }],
      alien: [
        {
          destination: ipPrefix('0.0.0.0/0'),
          gateway: ipAddress('192.168.1.1'),
          device: 'eth0',
          protocol: 3,
          metric: 0,
        },
        { destination: block, protocol: 12, metric: 0 },
      ],
      blocks: [block],
      kernel: { metric: 32, mergePaths: false, blackholes: false },
      peers: nodes
        .filter((other) => other.host !== host)
        .map(
          (other): BgpPeer => ({
            ...BGP_PEER_DEFAULTS,
            ...TIMES,
            name: `Mesh_192_168_1_${other.host}`,
            neighbor: ipAddress(`192.168.1.${other.host}`),
            neighborAs: 64512,
            localAddress: own,
            localAs: 64512,
            multihop: true,
            passive: host < other.host,
            gracefulRestart: 'on',
            addPaths: true,
            exports: [{ prefix: block, from: 26, to: 26 }],
          }),
        ),
      startsAt: [0, 0.301, 0.605][i] ?? 0,
    };
  });
  const ends = nodes.map(({ name }) => ({ speaker: name, interface: 'eth0' }));
  return { speakers, links: [{ name: 'lan', kind: 'switch', ends }] };
}

/** Both ends of a cable of the fabric with their ASes, the lower address at the one that is nearer to the spines. */
interface FabricCable {
  readonly subnet: string;
  readonly lower: string;
  readonly upper: string;
}

const ASES: Readonly<Record<string, number>> = {
  s1: 65000,
  s2: 65000,
  t1: 65101,
  t2: 65102,
  n1: 64601,
  n2: 64602,
  n3: 64603,
};
const CABLES: readonly FabricCable[] = [
  { subnet: '10.255.11', lower: 's1', upper: 't1' },
  { subnet: '10.255.12', lower: 's1', upper: 't2' },
  { subnet: '10.255.21', lower: 's2', upper: 't1' },
  { subnet: '10.255.22', lower: 's2', upper: 't2' },
  { subnet: '10.255.101', lower: 't1', upper: 'n1' },
  { subnet: '10.255.102', lower: 't1', upper: 'n2' },
  { subnet: '10.255.103', lower: 't2', upper: 'n3' },
];
const STARTS: Readonly<Record<string, number>> = {
  t1: 0,
  s1: 0.002,
  t2: 0.002,
  n2: 0.01,
  n1: 0.012,
  n3: 0.019,
  s2: 0.028,
};

/** The recorded leaf-spine fabric: eBGP on every cable, hold time 9 and keepalives every 3 seconds. */
export function recordedLeafSpine(): BgpPlan {
  const speakers = ['s1', 's2', 't1', 't2', 'n1', 'n2', 'n3'].map((name): BgpSpeaker => {
    const node = name.startsWith('n') ? Number(name.slice(1)) - 1 : undefined;
    const block = node === undefined ? undefined : ipPrefix(`10.244.${node}.0/26`);
    const cables = CABLES.filter(({ lower, upper }) => lower === name || upper === name);
    const sides = cables.map(({ subnet, lower, upper }) => {
      const isLower = lower === name;
      const other = isLower ? upper : lower;
      const at = (low: boolean) => ipAddress(`${subnet}.${low ? 0 : 1}`);
      return { other, own: at(isLower), neighbor: at(!isLower) };
    });
    const pods = [2, 3, 4, 5, 6, 7, 8, 9].map((host) => `10.244.${node}.${host}`);
    const exports = block
      ? [{ prefix: block, from: 26, to: 26 }]
      : [{ prefix: ipPrefix('10.244.0.0/16'), from: 26, to: 32 }];
    return {
      name,
      routerId: routerIds[name] ?? ipAddress('0.0.0.0'),
      forwards: true,
      interfaces: [
        ...(node === undefined ? [] : [loopback(pods)]),
        ...sides.map(({ other, own }) => ({ name: `to-${other}`, addresses: [ipPrefix(`${own}/31`)] })),
      ],
      alien: block ? [{ destination: block, protocol: 12, metric: 0 }] : [],
      blocks: block ? [block] : [],
      kernel: { metric: 32, mergePaths: true, blackholes: false },
      peers: sides.map(
        ({ other, own, neighbor }): BgpPeer => ({
          ...BGP_PEER_DEFAULTS,
          ...TIMES,
          name: other,
          neighbor,
          neighborAs: ASES[other] ?? 0,
          localAddress: own,
          localAs: ASES[name] ?? 0,
          holdTime: 9,
          keepaliveTime: 3,
          nextHopSelf: true,
          exports,
        }),
      ),
      startsAt: STARTS[name] ?? 0,
    };
  });
  const links = CABLES.map(
    ({ lower, upper }): BgpLink => ({
      name: `${upper}-${lower}`,
      kind: 'cable',
      ends: [
        { speaker: lower, interface: `to-${upper}` },
        { speaker: upper, interface: `to-${lower}` },
      ],
    }),
  );
  return { speakers, links };
}

const routerIds: Readonly<Record<string, IpAddress>> = {
  s1: ipAddress('10.255.11.0'),
  s2: ipAddress('10.255.21.0'),
  t1: ipAddress('10.255.11.1'),
  t2: ipAddress('10.255.12.1'),
  n1: ipAddress('10.255.101.1'),
  n2: ipAddress('10.255.102.1'),
  n3: ipAddress('10.255.103.1'),
};

function loopback(addresses: readonly string[]): { name: string; addresses: readonly IpPrefix[] } {
  return { name: LOOPBACK, addresses: addresses.map((address) => ipPrefix(`${address}/32`)) };
}
