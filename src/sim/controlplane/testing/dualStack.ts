import type { ClusterSettings } from '../../../datamodel/cluster/command.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { createSimulation } from '../../createSimulation.ts';

/** A node with addresses of both families, and Services of both: what its kernel has been told. */
export function dualStackNode(settings: Partial<ClusterSettings> = {}): Netns | undefined {
  const ports = [{ name: 'web', port: 80, nodePort: 30080, protocol: 'TCP' }];
  const spec = { type: 'LoadBalancer', ports, loadBalancerSourceRanges: ['2001:db8:1::/64', '10.0.0.0/8'] };
  const status = { loadBalancer: { ingress: [{ ip: '2001:db8:ff::1' }, { ip: '203.0.113.9' }] } };
  const slice = (family: string, addresses: readonly string[]) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `web-${family.toLowerCase()}`, labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: family,
    ports: [{ name: 'web', port: 8080 }],
    endpoints: addresses.map((address) => ({ addresses: [address], nodeName: 'node1' })),
  });
  const addresses = ['192.168.1.11', '2001:db8::11'].map((address) => ({ type: 'InternalIP', address }));
  const items = [
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' }, status: { addresses } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ...spec, sessionAffinity: 'ClientIP', clusterIPs: ['10.96.0.80', 'fd00:10:96::80'] },
      status,
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'empty' },
      spec: { clusterIPs: ['fd00:10:96::81'], ports: [{ port: 53, protocol: 'UDP' }] },
    },
    slice('IPv4', ['10.244.0.5', '10.244.0.6']),
    slice('IPv6', ['fd00:10:244::5', 'fd00:10:244::6']),
  ];
  const text = JSON.stringify({ kind: 'List', apiVersion: 'v1', items });
  const created = createSimulation([{ name: 'dual.json', text }], settings);
  if (!created.ok) throw new Error(created.error[0]?.message);
  return created.value.netns('node/node1');
}
