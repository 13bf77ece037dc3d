import '../../../testing/allModes.ts';
import { describe, expect, it } from 'vitest';
import type { ClusterSettings, CniBackend } from '../../../../datamodel/cluster/command.ts';
import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import type { CalicoConfig, CalicoPeer } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import { printRoute } from '../../../../print/ipRoute.ts';
import { ipAddress, ipPrefix } from '../../../../wire/address.ts';
import { compile } from '../../compile.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { cluster, meta, node, pod, SETTINGS } from '../../testing/objects.ts';
import { bgpLearning } from './bgpSessions.ts';
import { birdRoutes } from './bird.ts';
import type { Reachable } from './blocks.ts';
import { felixRuleHashes } from './felixRuleHashes.ts';
import { felixVxlan } from './felixVxlan.ts';
import { calicoConfig } from './pools.ts';

const THREE = cluster({
  nodes: [1, 2, 3].map((n) => node(`n${n}`, `10.0.0.${n}`, `10.244.${n}.0/24`)),
  pods: [1, 2, 3].map((n) => pod(`p${n}`, `n${n}`, `10.244.${n}.5`)),
});

function routes(objects: ClusterObjects, cni: CniBackend, name = 'n1', settings: Partial<ClusterSettings> = {}) {
  const netns = compile(objects, { ...SETTINGS, cni, ...settings }).netns(`node/${name}`);
  return (netns?.routes ?? []).map((route) => printRoute(route).trim());
}

describe('Felix’s rule hashes, as clusters have them', () => {
  it.each([
    ['PREROUTING', ['--jump cali-PREROUTING'], ['6gwbT8clXdHdC1b1']],
    ['OUTPUT', ['--jump cali-OUTPUT'], ['tVnHkvAo15HuiPy0']],
    [
      'cali-POSTROUTING',
      ['--jump cali-fip-snat', '--jump cali-nat-outgoing'],
      ['Z-c7XtVd2Bq7s_hA', 'nYKhEzDlr11Jccal'],
    ],
  ])('%s', (chain, rules, hashes) => {
    expect(felixRuleHashes(chain, rules)).toEqual(hashes);
  });
});

describe('the ways to other nodes’ blocks', () => {
  it('through tunl0, whatever lies between', () => {
    expect(routes(THREE, 'calico-ipip')).toContain('10.244.2.0/26 via 10.0.0.2 dev tunl0 proto bird onlink');
    expect(routes(THREE, 'calico-ipip')).toContain('blackhole 10.244.1.0/26 proto bird');
  });

  it('through vxlan.calico by the other VTEP, whose MAC follows from its node’s name', () => {
    expect(routes(THREE, 'calico-vxlan')).toContain('10.244.2.0/26 via 10.244.2.0 dev vxlan.calico onlink');
    expect(routes(THREE, 'calico-vxlan')).toContain('blackhole 10.244.1.0/26 proto 80');
    const netns = compile(THREE, { ...SETTINGS, cni: 'calico-vxlan' }).netns('node/n1');
    const vtep = netns?.neighbors.find(({ address }) => address === '10.244.2.0');
    expect(vtep).toMatchObject({ dev: 'vxlan.calico', state: 'PERMANENT' });
    expect(netns?.fdb.find(({ mac }) => mac === vtep?.mac)).toMatchObject({ dst: '10.0.0.2', self: true });
    expect(netns?.links.find(({ kind }) => kind === 'vxlan')).toMatchObject({ vni: 4096, destinationPort: 4789 });
  });

  it('takes as many bytes off the Pods’ MTU as the way does', () => {
    const mtu = (cni: CniBackend) => compile(THREE, { ...SETTINGS, cni }).podMtu;
    const all = ['calico-bgp', 'calico-ipip', 'calico-ipip-crosssubnet', 'calico-vxlan'] as const;
    expect(all.map(mtu)).toEqual([1500, 1480, 1480, 1450]);
  });

  it('tells everybody of an address that a Pod has of another node’s block', () => {
    const { network, ...rest } = THREE;
    const borrowing = { ...rest, network, pods: [...THREE.pods, pod('guest', 'n3', '10.244.2.9')] };
    expect(routes(borrowing, 'calico-bgp', 'n1')).toContain('10.244.2.9 via 10.0.0.3 dev eth0 proto bird');
    expect(routes(borrowing, 'calico-bgp', 'n2')).toContain('10.244.2.9 via 10.0.0.3 dev eth0 proto bird');
  });
});

describe('CrossSubnet', () => {
  const here = planned('here', '10.0.1.1/24');
  const near = planned('near', '10.0.1.2/24');
  const far = planned('far', '10.0.2.1/24');

  it('wraps in IPIP what a router would see', () => {
    expect(birdRoutes(here, [reach(near, 1), reach(far, 2)], () => true).map(text)).toEqual([
      '10.244.1.0/26 via 10.0.1.2 dev eth0 proto bird',
      '10.244.2.0/26 via 10.0.2.1 dev tunl0 proto bird onlink',
    ]);
  });

  it('wraps in VXLAN what a router would see', () => {
    const addresses = new Map([here, near, far].map((each, i) => [each, ipAddress(`10.244.${i}.0`)]));
    const vteps = { mtu: 1450, vni: 4096, port: 4789, addresses };
    const parts = felixVxlan(here, vteps, [reach(near, 1, 'vxlan'), reach(far, 2, 'vxlan')]);
    expect(parts.routes?.map(text)).toEqual([
      '10.244.1.0/26 via 10.0.1.2 dev eth0 proto 80 onlink',
      '10.244.2.0/26 via 10.244.2.0 dev vxlan.calico onlink',
    ]);
  });

  it('leaves it to routers without a tunnel, which have to know the block', () => {
    const plain = { ...reach(far, 2), pool: { ...reach(far, 2).pool, ipip: 'Never' as const } };
    expect(birdRoutes(here, [plain], () => true).map(text)).toEqual([
      '10.244.2.0/26 via 10.0.1.254 dev eth0 proto bird',
    ]);
  });
});

describe('who hears of whose blocks', () => {
  const reflector = planned('rr', '10.0.0.9/24', new Map([['rr', 'true']]), '244.0.0.1');
  const clients = [planned('a', '10.0.0.1/24'), planned('b', '10.0.0.2/24')] as const;
  const all = [reflector, ...clients];
  const [a, b] = clients;
  const toReflectors: CalicoPeer = { name: 'rr', nodeSelector: '!has(rr)', peerSelector: 'has(rr)' };

  it('everybody, in a full mesh', () => {
    expect(bgpLearning(clients, config({ mesh: true }))(a, b)).toBe(true);
  });

  it('nobody, without a mesh and peers', () => {
    expect(bgpLearning(clients, config({ mesh: false }))(a, b)).toBe(false);
  });

  it('everybody by way of a reflector, and nobody when it has no cluster id', () => {
    expect(bgpLearning(all, config({ mesh: false, peers: [toReflectors] }))(a, b)).toBe(true);
    const plain = planned('rr', '10.0.0.9/24', new Map([['rr', 'true']]));
    const learns = bgpLearning([plain, a, b], config({ mesh: false, peers: [toReflectors] }));
    expect([learns(a, plain), learns(a, b)]).toEqual([true, false]);
  });
});

function config(rest: Partial<CalicoConfig>): CalicoConfig {
  return { ...calicoConfig(THREE.network, 'calico-bgp'), ...rest };
}

function planned(
  name: string,
  text: string,
  labels: ReadonlyMap<string, string> = new Map(),
  clusterId = '',
): NodePlan {
  const subnet = ipPrefix(text);
  const annotations = new Map(clusterId ? [['projectcalico.org/RouteReflectorClusterID', clusterId]] : []);
  return {
    node: node(name, subnet.address, '10.1.0.0/24', { metadata: meta(name, '', { labels, annotations }) }),
    netns: `node/${name}`,
    address: subnet.address,
    subnet,
    gateway: ipAddress('10.0.1.254'),
    plugged: { netns: 'underlay', link: name },
    pods: [],
    hostPods: [],
  };
}

function reach(other: NodePlan, block: number, way: 'ipip' | 'vxlan' = 'ipip'): Reachable {
  const [pool] = config({}).pools;
  if (!pool) throw new Error('no pool');
  return {
    prefix: ipPrefix(`10.244.${block}.0/26`),
    node: other,
    pool: { ...pool, [way]: 'CrossSubnet' },
    isBlock: true,
  };
}

function text(route: Route): string {
  return printRoute(route).trim();
}
