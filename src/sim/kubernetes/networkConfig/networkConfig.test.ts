import { describe, expect, test } from 'vitest';
import type { NetworkConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import { formatPrefix } from '../../../wire/address.ts';
import { loadCluster, refusals } from '../testing/load.ts';

const flannel = (net: string, cni?: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-flannel-cfg, namespace: kube-flannel}\ndata:\n  net-conf.json: '${net}'\n${cni === undefined ? '' : `  cni-conf.json: '${cni}'\n`}---\n`;
const proxy = (config: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-proxy, namespace: kube-system}\ndata:\n  config.conf: |\n${config.replace(/^/gm, '    ')}\n---\n`;
const kubeadm = (config: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubeadm-config, namespace: kube-system}\ndata:\n  ClusterConfiguration: |\n${config.replace(/^/gm, '    ')}\n---\n`;
const network = (text: string): NetworkConfig => loadCluster(text).network;

test('nothing said: kubeadm’s and flannel’s defaults', () => {
  const config = network('');
  expect([config.podCidr, config.serviceCidr].map(formatPrefix)).toEqual(['10.244.0.0/16', '10.96.0.0/12']);
  expect(config).toMatchObject({
    nodeCidrLength: 24,
    dnsDomain: 'cluster.local',
    nodePortRange: [30000, 32767],
    flannel: {
      backend: { type: 'vxlan', vni: 1, port: 0, directRouting: false },
      enableNftables: false,
      cni: {
        name: 'cbr0',
        cniVersion: '0.3.1',
        bridge: 'cni0',
        hairpinMode: true,
        isDefaultGateway: true,
        portmap: true,
      },
    },
    kubeProxy: {
      mode: 'iptables',
      detectLocalMode: 'ClusterCIDR',
      masqueradeAll: false,
      masqueradeBit: 14,
      localhostNodePorts: true,
      nftables: { masqueradeAll: false, masqueradeBit: 14 },
      ipvs: { scheduler: 'rr', strictArp: false },
      nodePortAddresses: [],
    },
  });
});

describe('flannel', () => {
  test('backends', () => {
    const net = (backend: string): string => flannel(`{"Network": "10.244.0.0/16", "Backend": ${backend}}`);
    expect(network(net('{"Type": "host-gw"}')).flannel.backend).toEqual({ type: 'host-gw' });
    expect(
      network(net('{"Type": "vxlan", "VNI": 7, "Port": 4789, "MTU": 1400, "DirectRouting": true}')).flannel.backend,
    ).toEqual({
      type: 'vxlan',
      vni: 7,
      port: 4789,
      mtu: 1400,
      directRouting: true,
    });
    expect(network(net('{"Type": "ipip", "DirectRouting": true}')).flannel.backend).toEqual({
      type: 'ipip',
      directRouting: true,
    });
    expect(network(net('{"Type": "wireguard"}')).flannel.backend).toEqual({
      type: 'wireguard',
      port: 51820,
      persistentKeepalive: 0,
    });
    expect(
      network(net('{"Type": "wireguard", "ListenPort": 4500, "PersistentKeepaliveInterval": 25}')).flannel.backend,
    ).toEqual({ type: 'wireguard', port: 4500, persistentKeepalive: 25 });
    expect(loadCluster(net('{"Type": "udp"}')).warnings).toContain(
      'flannel\'s backend "udp" is not simulated: vxlan stands in for it',
    );
  });

  test.each([
    ['{"Network": "10.244.0.0/16", "Backend": {"Type": "carrier-pigeon"}}', 'Backend.Type: unknown backend type'],
    [
      '{"Network": "10.244.0.0/16", "Backend": {"Type": "vxlan", "VNI": -1}}',
      'Backend.VNI: must be between 0 and 16777215, inclusive',
    ],
    ['{"Network": "10.244.0.0/16", "Backend": {"Type": "wireguard", "Mode": "both"}}', 'Backend.Mode: No valid Mode'],
    ['{"Network": "10.244.0.0"}', 'Network: must be a valid CIDR value'],
    ['{"Backend": {}}', 'Network: please define a correct Network parameter in the flannel config'],
  ])('%s', (net, reason) => {
    expect(refusals(flannel(net))).toEqual([expect.stringContaining(reason)]);
    expect(refusals(flannel(net))[0]).toMatch(/^5 data\[net-conf\.json\]: /);
  });

  test('the CNI configuration list is taken as it is written', () => {
    const cni = '{"name": "net", "plugins": [{"type": "flannel", "delegate": {"mtu": 1300, "bridge": "br7"}}]}';
    expect(network(flannel('{"Network": "10.244.0.0/16"}', cni)).flannel.cni).toMatchObject({
      name: 'net',
      bridge: 'br7',
      mtu: 1300,
      hairpinMode: false,
      isDefaultGateway: false,
      portmap: false,
    });
  });
});

describe('kube-proxy', () => {
  test('options', () => {
    const config = network(
      proxy(
        'mode: ""\nclusterCIDR: 10.0.0.0/16\ndetectLocalMode: NodeCIDR\nnodePortAddresses: [192.168.0.0/16]\niptables:\n  masqueradeAll: true\n  masqueradeBit: 10\n  localhostNodePorts: false',
      ),
    ).kubeProxy;
    expect(config).toMatchObject({
      mode: 'iptables',
      detectLocalMode: 'NodeCIDR',
      masqueradeAll: true,
      masqueradeBit: 10,
      localhostNodePorts: false,
      nftables: { masqueradeAll: false, masqueradeBit: 14 },
    });
    expect(config.nodePortAddresses.map(formatPrefix)).toEqual(['192.168.0.0/16']);
    expect(config.clusterCidr && formatPrefix(config.clusterCidr)).toBe('10.0.0.0/16');
  });

  test('an empty clusterCIDR is none', () => {
    expect(network(proxy('clusterCIDR: ""')).kubeProxy.clusterCidr).toBeUndefined();
  });

  test.each([
    [
      'mode: userspace',
      'mode: must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])',
    ],
    ['detectLocalMode: Guess', 'Unsupported value: "Guess"'],
    ['iptables: {masqueradeBit: 32}', 'iptables.masqueradeBit: must be within the range [0, 31]'],
    ['clusterCIDR: 10.0.0.0/33', 'clusterCIDR: must be a valid CIDR value'],
    ['ipvs: {scheduler: fair}', 'ipvs.scheduler: must be in rr, '],
    ['mode: [a]', 'config.conf: mode must be of type string'],
  ])('%s', (config, reason) => {
    expect(refusals(proxy(config))).toEqual([expect.stringContaining(reason)]);
  });

  test('nftables has options of its own', () => {
    const text = proxy('mode: nftables\niptables: {masqueradeAll: true}\nnftables: {masqueradeBit: 3}');
    const { kubeProxy } = network(text);
    expect(kubeProxy).toMatchObject({ mode: 'nftables', nftables: { masqueradeAll: false, masqueradeBit: 3 } });
    expect(loadCluster(text).warnings.filter((warning) => warning.includes('kube-proxy'))).toEqual([]);
    expect(refusals(proxy('nftables: {masqueradeBit: -1}'))).toEqual([
      expect.stringContaining('nftables.masqueradeBit: must be within the range [0, 31]'),
    ]);
  });

  test.each(['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'dh', 'sed', 'nq', 'mh'])('IPVS by %s', (scheduler) => {
    const text = proxy(`mode: ipvs\nipvs: {scheduler: ${scheduler}, strictARP: true}`);
    expect(network(text).kubeProxy.ipvs).toEqual({ scheduler, strictArp: true });
    expect(loadCluster(text).warnings.filter((warning) => warning.includes('IPVS'))).toEqual([]);
  });
});

describe('kubeadm', () => {
  test('decides over what the others say', () => {
    const text =
      kubeadm('networking: {podSubnet: 10.10.0.0/16, serviceSubnet: 10.20.0.0/16, dnsDomain: Cluster.Example.}') +
      proxy('clusterCIDR: 10.11.0.0/16');
    const config = network(text);
    expect([config.podCidr, config.serviceCidr].map(formatPrefix)).toEqual(['10.10.0.0/16', '10.20.0.0/16']);
    expect(config.dnsDomain).toBe('cluster.example');
  });

  test.each([
    ['extraArgs: {node-cidr-mask-size: "26"}', 'extraArgs: {service-node-port-range: 20000-20009}'],
    [
      'extraArgs: [{name: node-cidr-mask-size, value: "26"}]',
      'extraArgs: [{name: service-node-port-range, value: 20000-20009}]',
    ],
  ])('flags: %s', (controllerManager, apiServer) => {
    const config = network(
      kubeadm(
        `networking: {podSubnet: 10.10.0.0/16}\ncontrollerManager:\n  ${controllerManager}\napiServer:\n  ${apiServer}`,
      ),
    );
    expect(config).toMatchObject({ nodeCidrLength: 26, nodePortRange: [20000, 20009] });
  });

  test.each([
    ['networking: {serviceSubnet: 10.96.0.0}', 'networking.serviceSubnet: must be a valid CIDR value'],
    ['networking: {podSubnet: "fd00::/64"}', 'networking.podSubnet: IPv6-only clusters are not simulated'],
    ['networking: {podSubnet: 10.0.0.0/7}', 'New CIDR set failed; the node CIDR size is too big'],
    ['controllerManager: {extraArgs: {node-cidr-mask-size: "8"}}', 'node-cidr-mask-size: must lie between'],
    [
      'apiServer: {extraArgs: {service-node-port-range: "9-1"}}',
      'service-node-port-range: must be two ports joined by a hyphen',
    ],
    ['networking: {podSubnet: [a]}', 'ClusterConfiguration: networking.podSubnet must be of type string'],
    ['a: b: c', 'ClusterConfiguration: error converting YAML to JSON: yaml: '],
  ])('%s', (config, reason) => {
    expect(refusals(kubeadm(config))).toEqual([expect.stringContaining(reason)]);
  });

  test('of a dual-stack cluster the IPv4 half is simulated', () => {
    expect(formatPrefix(network(kubeadm('networking: {podSubnet: "fd00::/56,10.10.0.0/16"}')).podCidr)).toBe(
      '10.10.0.0/16',
    );
  });
});

test('a dump without ConfigMaps has the flags of its control plane', () => {
  const component = (name: string, flags: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}-n1, namespace: kube-system, labels: {component: ${name}}}\nspec:\n  hostNetwork: true\n  nodeName: n1\n  containers: [{name: main, command: [${name}, ${flags}]}]\nstatus: {podIP: 192.168.1.5, hostIP: 192.168.1.5}\n---\n`;
  const config = network(
    component('kube-apiserver', '--service-cluster-ip-range=10.50.0.0/16') +
      component('kube-controller-manager', '"--cluster-cidr=fd00::/56,10.60.0.0/16"'),
  );
  expect([config.serviceCidr, config.podCidr].map(formatPrefix)).toEqual(['10.50.0.0/16', '10.60.0.0/16']);
});
