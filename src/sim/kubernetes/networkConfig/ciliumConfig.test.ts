import { describe, expect, it } from 'vitest';
import { createSimulation } from '../../createSimulation.ts';

function configured(...items: readonly object[]) {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [node, ...items] });
  const created = createSimulation([{ name: 'c.json', text }]);
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value.cluster();
}

function cilium(data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cilium-config', namespace: 'kube-system' }, data };
}

describe('what manifests set up', () => {
  it('is Cilium with the tunnel, the pool and the stand-in for kube-proxy that cilium-config says', () => {
    const pool = { ipam: 'cluster-pool', 'cluster-pool-ipv4-cidr': '10.0.0.0/8', 'cluster-pool-ipv4-mask-size': '24' };
    const vxlan = configured(cilium({ ...pool, 'routing-mode': 'tunnel', 'tunnel-protocol': 'vxlan' }));
    expect(vxlan).toMatchObject({ cni: 'cilium-vxlan', proxyMode: 'iptables' });
    expect(vxlan.nodes[0]?.podCidr).toMatch(/^10\.0\.\d+\.0\/24$/);
    const geneve = configured(cilium({ 'tunnel-protocol': 'geneve', 'kube-proxy-replacement': 'true' }));
    expect(geneve).toMatchObject({ cni: 'cilium-geneve', proxyMode: 'ebpf' });
    expect(configured(cilium({ 'routing-mode': 'native' }))).toMatchObject({ cni: 'cilium-native' });
  });

  it('is the AWS VPC CNI where aws-node runs', () => {
    const labels = { 'k8s-app': 'aws-node' };
    const template = { metadata: { labels }, spec: { hostNetwork: true, containers: [{ name: 'a', image: 'a' }] } };
    const spec = { selector: { matchLabels: labels }, template };
    const metadata = { name: 'aws-node', namespace: 'kube-system' };
    expect(configured({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec }).cni).toBe('aws-vpc');
  });
});
