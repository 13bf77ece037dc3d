import fc from 'fast-check';
import { CNI_BACKENDS } from '../../datamodel/cluster/cniBackends.ts';
import type { CniBackend } from '../../datamodel/cluster/command.ts';
import type { UnderlayName } from '../../datamodel/cluster/underlay.ts';

export interface GeneratedCluster {
  readonly manifest: string;
  readonly nodes: number;
  readonly pods: readonly string[];
  readonly services: readonly string[];
  readonly cni: CniBackend;
  /** One that carries the backend's packets. */
  readonly underlay: UnderlayName;
}

const NAME = fc.stringMatching(/^[a-z]([-a-z0-9]{0,12}[a-z0-9])?$/);

/** Clusters of 1 to 5 nodes with bare Pods pinned or spread, a Service over some of them, any range, flannel's old backends. */
export const generatedCluster: fc.Arbitrary<GeneratedCluster> = clusterWith('flannel-vxlan', 'flannel-host-gw');

/** The same with every backend by which Pods are connected at all. */
export const generatedClusterOfAnyBackend: fc.Arbitrary<GeneratedCluster> = clusterWith(
  ...CNI_BACKENDS.filter((cni) => cni !== 'none'),
);

/** Those whose packets find their way by a cloud's route table alone. */
const OF_CLOUDS: ReadonlySet<CniBackend> = new Set(['aws-vpc', 'kubenet']);

function clusterWith(...backends: readonly CniBackend[]): fc.Arbitrary<GeneratedCluster> {
  return fc
    .record({
      nodes: fc.integer({ min: 1, max: 5 }),
      podNames: fc.uniqueArray(NAME, { minLength: 2, maxLength: 8 }),
      second: fc.integer({ min: 16, max: 250 }),
      subnet: fc.integer({ min: 0, max: 200 }),
      cni: fc.constantFrom(...backends),
      pinned: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      port: fc.integer({ min: 1, max: 9999 }),
      endpoints: fc.integer({ min: 1, max: 8 }),
    })
    .map(({ nodes, podNames, second, subnet, cni, pinned, port, endpoints }) => {
      const items: unknown[] = [
        kubeadm(`10.${second}.0.0/16`),
        flannel(`10.${second}.0.0/16`),
        ...Array.from({ length: nodes }, (_, i) => node(`n${i + 1}`, `172.20.${subnet}.${i + 10}`)),
        ...podNames.map((name, i) => pod(name, i < endpoints, port, pinned[i] ?? 0, nodes)),
        service(port),
      ];
      return {
        manifest: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
        nodes,
        pods: podNames.map((name) => `pod/default/${name}`),
        services: ['svc/default/generated'],
        cni,
        underlay: OF_CLOUDS.has(cni) ? 'cloud-vpc' : 'l2',
      };
    });
}

function kubeadm(podSubnet: string): unknown {
  const configuration = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: ${podSubnet}\n  serviceSubnet: 10.8.0.0/16\n`;
  return configMap('kube-system', 'kubeadm-config', { ClusterConfiguration: configuration });
}

function flannel(network: string): unknown {
  return configMap('kube-flannel', 'kube-flannel-cfg', {
    'net-conf.json': JSON.stringify({ Network: network, Backend: { Type: 'vxlan' } }),
  });
}

function configMap(namespace: string, name: string, data: Record<string, string>): unknown {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
}

function node(name: string, address: string): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function pod(name: string, backend: boolean, port: number, pin: number, nodes: number): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: backend ? 'backend' : 'other' } },
    spec: {
      ...(pin % 3 > 0 && { nodeName: `n${(pin % nodes) + 1}` }),
      containers: [{ name: 'main', image: 'example', ports: [{ containerPort: port }] }],
    },
  };
}

function service(port: number): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'generated', namespace: 'default' },
    spec: { selector: { app: 'backend' }, ports: [{ port: 80, targetPort: port }] },
  };
}
