import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import { sampleSources } from '../manifests/sample.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import { probeService } from './serviceProbe.ts';

/* The probe where no rule is tossed for: a scheduler's turn and a program's draw are chance, too. */

const NODE = 'worker-01';
const CLIENT = '192.168.1.100';
const NODE_PORT = `
apiVersion: v1
kind: Service
metadata: {name: everywhere}
spec: {type: NodePort, selector: {app: backend}, ports: [{port: 80, targetPort: 8080, nodePort: 30090}]}
`;

function ask(settings: Partial<ClusterSettings>, from: string, to: string, port: number) {
  const created = createSimulation([...sampleSources(), { name: 'node-port.yaml', text: NODE_PORT }], settings);
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  const simulation = created.value;
  const pod = simulation.cluster().pods.find(({ name, node }) => name.startsWith(from) && node === NODE);
  const answer = probeService(simulation, {
    node: NODE,
    from: ipAddress(pod?.address ?? from),
    to: { address: ipAddress(to), port },
    protocol: 'tcp',
  });
  if (!answer.ok) throw new Error(answer.error);
  const backends = simulation.cluster().services.find(({ name }) => name === 'backend')?.endpoints.length ?? 0;
  return { ...answer.value, backends };
}

describe.each<readonly [string, Partial<ClusterSettings>]>([
  ['iptables', { proxyMode: 'iptables' }],
  ['nftables', { proxyMode: 'nftables' }],
  ['ipvs', { proxyMode: 'ipvs' }],
  ['ebpf', { proxyMode: 'ebpf' }],
])('%s', (_, settings) => {
  it('names every endpoint of a ClusterIP for a Pod, each as likely', () => {
    const { verdict, endpoints, matched, backends } = ask(settings, 'frontend', '10.96.42.10', 80);
    expect(backends).toBeGreaterThan(1);
    expect({ verdict, matched }).toEqual({ verdict: 'dnat', matched: true });
    expect(new Set(endpoints.map(({ address }) => address)).size).toBe(backends);
    for (const { probability } of endpoints) expect(probability).toBeCloseTo(1 / backends, 7);
  });

  it('lets alone what is no Service’s', () => {
    const { verdict, endpoints, matched } = ask(settings, CLIENT, '192.168.1.11', 9999);
    expect({ verdict, endpoints, matched }).toEqual({ verdict: 'accept', endpoints: [], matched: false });
  });
});

it('gives each backend of a Maglev table its share of it', () => {
  const settings = { proxyMode: 'ebpf', ebpf: { algorithm: 'maglev' } } as const;
  const { endpoints, masquerade } = ask(settings, CLIENT, '192.168.1.11', 30090);
  expect(endpoints.length).toBeGreaterThan(1);
  expect(endpoints.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 7);
  for (const { probability } of endpoints) expect(probability).toBeCloseTo(1 / endpoints.length, 2);
  expect(masquerade).toBe(true);
});
