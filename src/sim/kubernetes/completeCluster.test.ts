import { describe, expect, test } from 'vitest';
import type { Service } from '../../datamodel/kubernetes/service.ts';
import { sampleSources } from '../../manifests/sample.ts';
import { formatPrefix } from '../../wire/address.ts';
import { load, loadCluster, refusals } from './testing/load.ts';

const pod = (name: string, spec: string, rest = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\nspec: {containers: [{name: main, ports: [{containerPort: 80}]}]${spec}}\n${rest}\n---\n`;
const node = (name: string, rest = ''): string =>
  `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n${rest}\n---\n`;
const configMap = (name: string, key: string, text: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: kube-system}\ndata:\n  ${key}: |\n${text.replace(/^/gm, '    ')}\n---\n`;

describe('manifests without Nodes', () => {
  const cluster = loadCluster(pod('web', ''));

  test('run on three workers, behind a control plane that has the first node CIDR', () => {
    expect(
      cluster.nodes.map(({ metadata, internalIps, podCidrs }) => [
        metadata.name,
        ...internalIps,
        ...podCidrs.map(formatPrefix),
      ]),
    ).toEqual([
      ['worker-01', '192.168.1.11', '10.244.1.0/24'],
      ['worker-02', '192.168.1.12', '10.244.2.0/24'],
      ['worker-03', '192.168.1.13', '10.244.3.0/24'],
    ]);
    expect(cluster.nodes.every(({ ready, controlPlane }) => ready && !controlPlane)).toBe(true);
  });

  test('with the names and addresses that kubeadm gives', () => {
    const services = cluster.services.map(
      ({ metadata, clusterIps }) => `${metadata.namespace}/${metadata.name} ${clusterIps}`,
    );
    expect(services).toEqual(['default/kubernetes 10.96.0.1', 'kube-system/kube-dns 10.96.0.10']);
    const dns = cluster.pods.filter(({ owner }) => owner === 'Deployment/coredns');
    expect(new Set(dns.map(({ nodeName }) => nodeName)).size).toBe(2);
    expect(dns[0]?.listens).toEqual(
      expect.arrayContaining([
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ]),
    );
    const slice = cluster.endpointSlices.find(({ serviceName }) => serviceName === 'kube-dns');
    expect(slice?.endpoints).toHaveLength(2);
    expect(cluster.warnings).toEqual([]);
  });

  test('what they bring themselves is not there twice', () => {
    const own =
      'apiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\nspec: {clusterIP: 10.96.0.53, ports: [{port: 53, protocol: UDP}]}\n';
    const named = loadCluster(own).services.filter(({ metadata }) => metadata.name === 'kube-dns');
    expect(named.map(({ clusterIps }) => clusterIps)).toEqual([['10.96.0.53']]);
  });

  test('in the Service range that kubeadm-config names', () => {
    const text = configMap(
      'kubeadm-config',
      'ClusterConfiguration',
      'networking:\n  serviceSubnet: 172.20.0.0/16\n  podSubnet: 10.0.0.0/14',
    );
    const { services, nodes } = loadCluster(text);
    expect(services.map(({ clusterIps }) => clusterIps[0])).toEqual(['172.20.0.1', '172.20.0.10']);
    expect(nodes[0]?.podCidrs.map(formatPrefix)).toEqual(['10.0.1.0/24']);
  });

  test('a dump of Pods alone gets the nodes that it names, and nothing else', () => {
    const dump = pod('a', ', nodeName: alpha', 'status: {podIP: 10.7.3.9, hostIP: 172.16.0.7}');
    const { nodes, pods, services, warnings } = loadCluster(dump);
    expect(
      nodes.map(({ metadata, internalIps, podCidrs }) => [
        metadata.name,
        ...internalIps,
        ...podCidrs.map(formatPrefix),
      ]),
    ).toEqual([['alpha', '172.16.0.7', '10.7.3.0/24']]);
    expect([pods.length, services.length]).toEqual([1, 0]);
    expect(warnings).toContain('No Nodes are given: alpha were made for the Pods that are');
  });
});

describe('manifests with Nodes are a cluster', () => {
  test('to which nothing is added, and it is said that names do not resolve', () => {
    const cluster = loadCluster(node('n1') + pod('web', ''));
    expect([cluster.nodes.length, cluster.pods.length, cluster.services.length]).toEqual([1, 1, 0]);
    expect(cluster.warnings).toEqual(['There is no kube-dns Service: names do not resolve, addresses do']);
  });

  test('node CIDRs go round those that are given', () => {
    const given = node('b', 'spec: {podCIDR: 10.244.0.0/24}');
    const { nodes } = loadCluster(node('a') + given + node('c'));
    expect(nodes.map(({ podCidrs }) => podCidrs.map(formatPrefix)[0])).toEqual([
      '10.244.1.0/24',
      '10.244.0.0/24',
      '10.244.2.0/24',
    ]);
  });

  test('a node that comes when the range is used up has none, and that is said', () => {
    const text =
      configMap('kubeadm-config', 'ClusterConfiguration', 'networking:\n  podSubnet: 10.244.0.0/23') +
      node('a') +
      node('b') +
      node('c');
    const { nodes, warnings } = loadCluster(text);
    expect(nodes.map(({ podCidrs }) => podCidrs.length)).toEqual([1, 1, 0]);
    expect(warnings.join('\n')).toContain(
      'CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range',
    );
  });

  test('nodes without addresses get the next ones', () => {
    const addressed = node('a', 'status: {addresses: [{type: InternalIP, address: 10.1.2.3}]}');
    expect(loadCluster(addressed + node('b')).nodes.map(({ internalIps }) => internalIps)).toEqual([
      ['10.1.2.3'],
      ['10.1.2.4'],
    ]);
  });

  test('two nodes of one address are refused', () => {
    const same = 'status: {addresses: [{type: InternalIP, address: 10.1.2.3}]}';
    expect(refusals(node('a', same) + node('b', same))).toEqual([
      expect.stringContaining('already the address of node a'),
    ]);
  });

  test('addresses that no route leads to are told', () => {
    const text =
      node('n1') +
      pod('a', ', nodeName: n1', 'status: {podIP: 10.9.9.9}') +
      pod('b', ', nodeName: n1', 'status: {podIP: 10.9.9.9}');
    const { warnings } = loadCluster(text);
    expect(warnings).toContain("Pod default/a has 10.9.9.9, which is not in n1's 10.244.0.0/24: no route leads there");
    expect(warnings).toContain('Pods default/a and default/b have the same address 10.9.9.9');
  });

  test('k3s and others: the ranges are read off the addresses', () => {
    const text =
      node('a', 'spec: {podCIDR: 10.42.0.0/24}') +
      node('b', 'spec: {podCIDR: 10.42.1.0/24}') +
      'apiVersion: v1\nkind: Service\nmetadata: {name: kubernetes}\nspec: {clusterIP: 10.43.0.1, ports: [{port: 443}]}\n---\n' +
      'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.43.200.7, ports: [{port: 80}]}\n';
    const { network, warnings } = loadCluster(text);
    expect([formatPrefix(network.podCidr), formatPrefix(network.serviceCidr)]).toEqual([
      '10.42.0.0/16',
      '10.43.0.0/16',
    ]);
    expect(warnings).toHaveLength(1);
  });
});

describe('Services are completed', () => {
  const service = (spec: string): Service | undefined =>
    loadCluster(`apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`).services.find(
      ({ metadata }) => metadata.name === 'web',
    );

  test('with a type, policies, an address, protocols and targets', () => {
    expect(service('{ports: [{port: 80}]}')).toMatchObject({
      type: 'ClusterIP',
      headless: false,
      clusterIps: [expect.stringMatching(/^10\.(9[6-9]|10\d|11[01])\./)],
      ports: [{ name: '', protocol: 'TCP', port: 80, targetPort: 80, nodePort: undefined }],
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
    });
  });

  test('with node ports where the type has them', () => {
    const ports = '{type: NodePort, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81}]}';
    expect(service(ports)?.ports.map(({ nodePort }) => nodePort)).toEqual([30080, expect.any(Number)]);
    const balanced = service('{type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80}]}');
    expect(balanced?.ports[0]?.nodePort).toBeGreaterThanOrEqual(30000);
    expect(balanced?.healthCheckNodePort).toBeGreaterThanOrEqual(30000);
    expect(balanced?.loadBalancerIngress).toEqual([]);
    expect(
      service('{type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 80}]}')?.ports[0]?.nodePort,
    ).toBeUndefined();
  });

  test('two protocols of one port share the node port', () => {
    const dns = service('{type: NodePort, ports: [{name: a, port: 53, protocol: UDP}, {name: b, port: 53}]}');
    expect(dns?.ports[0]?.nodePort).toBe(dns?.ports[1]?.nodePort);
  });

  test('but headless and external ones get no address', () => {
    expect(service('{clusterIP: None}')).toMatchObject({ headless: true, clusterIps: [] });
    expect(service('{type: ExternalName, externalName: db.example.}')).toMatchObject({
      externalName: 'db.example',
      clusterIps: [],
    });
  });

  test('given addresses come first, whatever the order of the documents', () => {
    const first = loadCluster('apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n');
    const address = first.services.find(({ metadata }) => metadata.name === 'a')?.clusterIps[0];
    const both = load(
      `apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: {clusterIP: ${address}, ports: [{port: 80}]}\n`,
    );
    expect(both.problems).toEqual([]);
    expect(both.cluster?.services.find(({ metadata }) => metadata.name === 'b')?.clusterIps).toEqual([address]);
  });
});

describe('what a Pod listens on', () => {
  test('declared ports, probes and the targets of Services', () => {
    const text = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  initContainers:
  - {name: setup, ports: [{containerPort: 1}]}
  - {name: sidecar, restartPolicy: Always, ports: [{containerPort: 2}]}
  containers:
  - name: main
    ports: [{name: http, containerPort: 80}, {containerPort: 53, protocol: UDP}]
    readinessProbe: {httpGet: {port: 8081}}
    livenessProbe: {tcpSocket: {port: http}}
    startupProbe: {grpc: {port: 9090}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: a, port: 1234, targetPort: 8443}, {name: b, port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: other}
spec: {selector: {app: other}, ports: [{port: 7}]}
`;
    const web = loadCluster(text).pods.find(({ metadata }) => metadata.name === 'web');
    expect(web?.listens.map(({ protocol, port }) => `${protocol} ${port}`)).toEqual([
      'TCP 2',
      'TCP 80',
      'TCP 8081',
      'TCP 8443',
      'TCP 9090',
      'UDP 53',
    ]);
  });
});

describe('the sample', () => {
  const cluster = loadCluster(sampleSources()[0]?.text ?? '');

  test('has the addresses of the article', () => {
    expect(cluster.warnings).toEqual([]);
    expect(cluster.pods.map(({ owner, nodeName, podIps }) => `${owner} ${nodeName} ${podIps}`)).toEqual([
      'Deployment/frontend worker-01 10.244.1.23',
      'Deployment/web worker-01 10.244.1.24',
      'Deployment/backend worker-02 10.244.2.47',
      'Deployment/backend worker-02 10.244.2.48',
      'Deployment/backend worker-03 10.244.3.12',
      'Deployment/coredns worker-03 10.244.3.3',
    ]);
    const backend = cluster.services.find(({ metadata }) => metadata.name === 'backend');
    expect(backend).toMatchObject({ clusterIps: ['10.96.42.10'], ports: [{ port: 80, targetPort: 8080 }] });
    expect(cluster.endpointSlices.find(({ serviceName }) => serviceName === 'backend')?.endpoints).toHaveLength(3);
  });

  test('has two Pods on port 80 of one node', () => {
    const onPort80 = cluster.pods.filter(
      ({ nodeName, listens }) => nodeName === 'worker-01' && listens.some(({ port }) => port === 80),
    );
    expect(onPort80).toHaveLength(2);
  });
});
