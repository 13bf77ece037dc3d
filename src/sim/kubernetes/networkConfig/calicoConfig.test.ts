import { describe, expect, test } from 'vitest';
import type { CalicoConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import { formatPrefix, prefixContains } from '../../../wire/address.ts';
import { loadCluster, refusals } from '../testing/load.ts';

const object = (apiVersion: string, kind: string, name: string, spec: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;
const calico = (kind: string, name: string, spec: string): string => object('projectcalico.org/v3', kind, name, spec);
const installation = (network: string): string =>
  object('operator.tigera.io/v1', 'Installation', 'default', `{calicoNetwork: ${network}}`);
const node = (env: string): string =>
  `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: calico-node, namespace: kube-system}\nspec:\n  selector: {matchLabels: {k8s-app: calico-node}}\n  template:\n    metadata: {labels: {k8s-app: calico-node}}\n    spec:\n      hostNetwork: true\n      containers: [{name: calico-node, env: ${env}}]\n---\n`;
const settings = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: calico-config, namespace: kube-system}\ndata: ${data}\n---\n`;

function read(text: string): CalicoConfig {
  const config = loadCluster(text).network.calico;
  if (config === undefined) throw new Error('Calico was not found');
  return config;
}

describe('Calico as its manifests set it up', () => {
  test('the operator’s Installation as published', () => {
    const network = loadCluster(
      installation(
        '{ipPools: [{name: default-ipv4-ippool, blockSize: 26, cidr: 192.168.0.0/16, encapsulation: VXLANCrossSubnet, natOutgoing: Enabled, nodeSelector: all()}]}',
      ),
    );
    expect(network.network.calico).toMatchObject({
      pools: [{ name: 'default-ipv4-ippool', blockSize: 26, ipip: 'Never', vxlan: 'CrossSubnet', natOutgoing: true }],
      bird: true,
      mesh: true,
    });
    expect(formatPrefix(network.network.podCidr)).toBe('192.168.0.0/16');
    // Nodes that are made up keep out of the Pods' way.
    const { podCidr } = network.network;
    expect(network.nodes.flatMap((each) => each.internalIps).some((each) => prefixContains(podCidr, each))).toBe(false);
  });

  test('the operator fills in IPIP, or VXLAN where BGP is off', () => {
    expect(read(installation('{}')).pools).toMatchObject([{ ipip: 'Always', vxlan: 'Never', natOutgoing: true }]);
    expect(read(installation('{bgp: Disabled}'))).toMatchObject({ bird: false, pools: [{ vxlan: 'Always' }] });
  });

  test('IPPools are taken as they are, in either API', () => {
    const pool = '{cidr: 10.48.0.0/16, blockSize: 24, ipipMode: CrossSubnet, natOutgoing: true}';
    const other = '{cidr: 10.49.0.0/16, vxlanMode: Never, disabled: true}';
    const config = read(calico('IPPool', 'b', other) + object('crd.projectcalico.org/v1', 'IPPool', 'a', pool));
    expect(config.pools).toMatchObject([
      { name: 'a', blockSize: 24, ipip: 'CrossSubnet', natOutgoing: true },
      { name: 'b', blockSize: 26, ipip: 'Never', natOutgoing: false, disabled: true },
    ]);
  });

  test('calico.yaml: one pool, by the environment of calico-node', () => {
    const published = settings('{calico_backend: bird, veth_mtu: "0"}');
    const env = '[{name: CALICO_IPV4POOL_IPIP, value: Always}, {name: CALICO_IPV4POOL_VXLAN, value: Never}]';
    expect(read(published + node(env))).toMatchObject({
      bird: true,
      mtu: undefined,
      pools: [{ name: 'default-ipv4-ippool', ipip: 'Always', vxlan: 'Never', natOutgoing: true }],
    });
    const vxlan = '[{name: CALICO_IPV4POOL_VXLAN, value: Always}, {name: CALICO_IPV4POOL_CIDR, value: 10.9.0.0/16}]';
    const config = read(settings('{calico_backend: vxlan, veth_mtu: "1400"}') + node(vxlan));
    expect(config).toMatchObject({ bird: false, mtu: 1400, pools: [{ ipip: 'Never', vxlan: 'Always' }] });
    expect(config.pools.map(({ cidr }) => formatPrefix(cidr))).toEqual(['10.9.0.0/16']);
  });

  test('BGP and Felix are told apart', () => {
    const config = read(
      calico('IPPool', 'p', '{cidr: 10.48.0.0/16}') +
        calico('BGPConfiguration', 'default', '{asNumber: 64600, nodeToNodeMeshEnabled: false}') +
        calico('BGPPeer', 'rr', '{nodeSelector: all(), peerSelector: has(rr)}') +
        calico('FelixConfiguration', 'default', '{vxlanPort: 8472, vxlanMTU: 1410}'),
    );
    expect(config).toMatchObject({
      asNumber: 64600,
      mesh: false,
      peers: [{ name: 'rr', nodeSelector: 'all()', peerSelector: 'has(rr)' }],
      vxlan: { port: 8472, vni: 4096, mtu: 1410 },
    });
  });

  test('peers alone tell of Calico, whose pool is then what Pods have addresses from', () => {
    const config = read(
      calico('BGPConfiguration', 'default', '{nodeToNodeMeshEnabled: false}') +
        calico('BGPPeer', 'rr', '{nodeSelector: all(), peerSelector: has(rr)}'),
    );
    expect(config).toMatchObject({ bird: true, mesh: false, peers: [{ name: 'rr' }] });
    expect(config.pools.map(({ cidr }) => formatPrefix(cidr))).toEqual(['10.244.0.0/16']);
  });
});

describe('what Calico refuses', () => {
  test.each([
    [
      'IPPool',
      '{cidr: 10.48.0.0/16, ipipMode: Always, vxlanMode: CrossSubnet}',
      'IPIPMode and VXLANMode cannot both be enabled on the same IP pool',
    ],
    ['IPPool', '{cidr: 10.48.0.0/28}', 'IP pool size is too small for use with Calico IPAM'],
    ['IPPool', '{cidr: 10.48.0.1/16}', 'not strictly masked'],
    ['IPPool', '{cidr: 10.48.0.0/16, ipipMode: Sometimes}', 'Unsupported value: "Sometimes"'],
    ['IPPool', '{cidr: 10.48.0.0/16, blockSize: 19}', 'block size must be between 20 and 32'],
    ['IPPool', '{cidr: 169.254.0.0/16}', 'overlaps with the link local range'],
    ['IPPool', '{}', 'IPPool CIDR must be specified'],
    ['BGPPeer', '{node: a, nodeSelector: all()}', 'Node field must be empty when NodeSelector is specified'],
    ['BGPPeer', '{peerSelector: all(), asNumber: 1}', 'ASNumber field must be empty when PeerSelector is specified'],
    ['IPAMConfiguration', '{maxBlocksPerHost: 2}', 'MaxBlocksPerHost requires StrictAffinity to be enabled'],
  ])('%s %s', (kind, spec, reason) => {
    expect(refusals(calico(kind, 'default', spec))).toEqual([expect.stringContaining(reason)]);
  });

  test.each([
    [
      '{bgp: Disabled, ipPools: [{cidr: 10.48.0.0/16, encapsulation: IPIP}]}',
      'IPIP encapsulation requires that BGP is enabled',
    ],
    [
      '{bgp: Disabled, ipPools: [{cidr: 10.48.0.0/16, encapsulation: None}]}',
      'Unencapsulated IP pools require that BGP is enabled',
    ],
    [
      '{ipPools: [{cidr: 10.48.0.0/16, encapsulation: GRE}]}',
      'GRE is invalid for ipPool.encapsulation, should be one of IPIP,',
    ],
    ['{ipPools: [{cidr: 10.48.0.0/16}, {cidr: 10.49.0.0/16}]}', 'multiple IPv4 IPPools detected'],
    ['{ipPools: [{cidr: 10.48.0.0/28, blockSize: 26}]}', 'IP pool size is too small'],
  ])('an Installation with %s', (network, reason) => {
    expect(refusals(installation(network))).toEqual([expect.stringContaining(reason)]);
  });

  test('pools that overlap', () => {
    const pools = calico('IPPool', 'a', '{cidr: 10.48.0.0/16}') + calico('IPPool', 'b', '{cidr: 10.48.128.0/17}');
    expect(refusals(pools)).toEqual([expect.stringContaining('IPPool(b) CIDR overlaps with IPPool(a) CIDR')]);
  });

  test('calico-node with both encapsulations', () => {
    const env = '[{name: CALICO_IPV4POOL_IPIP, value: Always}, {name: CALICO_IPV4POOL_VXLAN, value: Always}]';
    expect(refusals(node(env))).toEqual([expect.stringContaining('cannot both be enabled')]);
  });

  test('what is allowed and reaches nobody is said', () => {
    const { warnings } = loadCluster(
      settings('{calico_backend: vxlan}') + calico('IPPool', 'p', '{cidr: 10.48.0.0/16, ipipMode: Always}'),
    );
    expect(warnings.join()).toContain('BIRD does not run');
  });
});
