import { describe, expect, it } from 'vitest';
import { familyOf } from '../../wire/address.ts';
import { loadCluster, refusals } from './testing/load.ts';

const kubeadm = (serviceSubnet: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: kubeadm-config, namespace: kube-system }
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    networking: { podSubnet: 10.244.0.0/16, serviceSubnet: "${serviceSubnet}" }
---`;
const service = (spec: string): string => `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }], ${spec} }
---`;
const familiesOf = (text: string): readonly string[] =>
  (loadCluster(text).services.find(({ metadata }) => metadata.name === 'web')?.clusterIps ?? []).map(familyOf);

describe('families of a Service', () => {
  const dual = kubeadm('10.96.0.0/12,fd00:10:96::/112');

  it.each([
    ['', ['IPv4']],
    ['ipFamilyPolicy: SingleStack', ['IPv4']],
    ['ipFamilyPolicy: PreferDualStack', ['IPv4', 'IPv6']],
    ['ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6, IPv4]', ['IPv6', 'IPv4']],
    ['ipFamilies: [IPv6]', ['IPv6']],
  ])('of a dual-stack cluster: %s', (spec, families) => {
    expect(familiesOf(dual + service(spec))).toEqual(families);
  });

  it('prefers both where there are both, and is content with one', () => {
    expect(familiesOf(kubeadm('10.96.0.0/12') + service('ipFamilyPolicy: PreferDualStack'))).toEqual(['IPv4']);
  });

  it('cannot insist on both in a cluster of one', () => {
    const refused = refusals(kubeadm('10.96.0.0/12') + service('ipFamilyPolicy: RequireDualStack'));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain('this cluster is not configured for dual-stack services');
  });
});

describe('trafficDistribution', () => {
  const nodes = ['a', 'b'].map(
    (name) => `
apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { topology.kubernetes.io/zone: zone-${name} } }
---`,
  );
  const pods = ['a', 'b'].map(
    (name) => `
apiVersion: v1
kind: Pod
metadata: { name: web-${name}, labels: { app: web } }
spec: { nodeName: ${name}, containers: [{ name: web, image: web, ports: [{ containerPort: 80 }] }] }
---`,
  );
  const hintsOf = (spec: string) =>
    loadCluster([...nodes, ...pods, service(spec)].join(''))
      .endpointSlices.filter(({ serviceName }) => serviceName === 'web')
      .flatMap(({ endpoints }) => endpoints.map(({ nodeName, hints }) => [nodeName, hints]));

  it.each(['PreferClose', 'PreferSameZone'])('%s hints at the zone', (wish) => {
    expect(hintsOf(`trafficDistribution: ${wish}`)).toEqual([
      ['a', { zones: ['zone-a'], nodes: [] }],
      ['b', { zones: ['zone-b'], nodes: [] }],
    ]);
  });

  it('PreferSameNode hints at the node and the zone', () => {
    expect(hintsOf('trafficDistribution: PreferSameNode')).toEqual([
      ['a', { zones: ['zone-a'], nodes: ['a'] }],
      ['b', { zones: ['zone-b'], nodes: ['b'] }],
    ]);
  });

  it('hints at nothing unless somebody wishes', () => {
    expect(hintsOf('')).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
  });
});
