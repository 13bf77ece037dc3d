import type { ClusterSettings } from '../../../../../datamodel/cluster/command.ts';
import { createSimulation } from '../../../../createSimulation.ts';
import type { Simulation } from '../../../../simulation.ts';

export interface AwsCluster {
  readonly nodes: number;
  readonly type: string;
  readonly replicas: number;
  /** aws-node's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly more?: readonly object[];
  /** Of all nodes. */
  readonly labels?: Readonly<Record<string, string>>;
}

const WEB = { app: 'web' };

/** Instances of one type in a VPC, with aws-node and a Deployment whose Pods two Services balance between. */
export function awsCluster(cluster: AwsCluster, settings: Partial<ClusterSettings> = {}): Simulation {
  const items = [
    ...Array.from({ length: cluster.nodes }, (_, i) => instance(i, cluster)),
    awsNode(cluster.env ?? {}),
    deployment(cluster.replicas),
    nodePort('near', 30091, { externalTrafficPolicy: 'Local' }),
    ...(cluster.more ?? []),
  ];
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const created = createSimulation([{ name: 'cluster.json', text }], { underlay: 'cloud-vpc', ...settings });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  return created.value;
}

function instance(i: number, { type, labels }: AwsCluster): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `n${i + 1}`, labels: { 'node.kubernetes.io/instance-type': type, ...labels } },
    status: { addresses: [{ type: 'InternalIP', address: `192.168.1.${11 + i}` }] },
  };
}

function awsNode(env: Readonly<Record<string, string>>): object {
  const labels = { 'k8s-app': 'aws-node' };
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  const containers = [{ name: 'aws-node', image: 'amazon-k8s-cni', env: variables }];
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'aws-node', namespace: 'kube-system' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { hostNetwork: true, containers } },
    },
  };
}

function deployment(replicas: number): object {
  const containers = [{ name: 'web', image: 'web', ports: [{ containerPort: 8080 }] }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: WEB }, template: { metadata: { labels: WEB }, spec: { containers } } },
  };
}

function nodePort(name: string, port: number, spec: object): object {
  const ports = [{ port: 80, targetPort: 8080, nodePort: port }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'NodePort', selector: WEB, ports, ...spec },
  };
}
