import { describe, expect, test } from 'vitest';
import type { EndpointSlice } from '../../../datamodel/kubernetes/endpointSlice.ts';
import { loadCluster } from '../testing/load.ts';

const node = 'apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {topology.kubernetes.io/zone: z}}\n---\n';
const pod = (name: string, ports: string, status = `{podIP: 10.244.0.${10 + name.length}}`, spec = ''): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: web}}
spec:
  nodeName: n1
  containers: [{name: main, ports: [${ports}]}]
${spec}
status: ${status}
---
`;
const service = (spec: string): string => `
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
${spec.replace(/^/gm, '  ')}
---
`;
const slices = (text: string): readonly EndpointSlice[] => loadCluster(node + text).endpointSlices;
const summary = (text: string): readonly string[] =>
  slices(text).map(({ ports, endpoints }) => {
    const to = endpoints.map(
      ({ addresses, ready, serving, terminating }) =>
        `${addresses}${ready ? ' ready' : ''}${serving ? ' serving' : ''}${terminating ? ' terminating' : ''}`,
    );
    return `${ports.map(({ name, protocol, port }) => `${name}:${protocol}:${port}`).join(',')} -> ${to.join('; ')}`;
  });

describe('a Service that selects Pods', () => {
  test('gets a slice of their addresses and its targets', () => {
    const text = service(
      'selector: {app: web}\nports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 53, protocol: UDP}]',
    );
    expect(summary(text + pod('a', '') + pod('bb', ''))).toEqual([
      'a:TCP:8080,b:UDP:53 -> 10.244.0.11 ready serving; 10.244.0.12 ready serving',
    ]);
    const [slice] = slices(text + pod('a', ''));
    expect(slice).toMatchObject({ serviceName: 'web', addressType: 'IPv4', metadata: { namespace: 'default' } });
    expect(slice?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(slice?.endpoints[0]).toMatchObject({ nodeName: 'n1', zone: 'z', pod: { namespace: 'default', name: 'a' } });
  });

  test('finds named ports in each Pod, so that Pods may differ', () => {
    const text = service('selector: {app: web}\nports: [{port: 80, targetPort: http}]');
    const pods =
      pod('a', '{name: http, containerPort: 80}') +
      pod('bb', '{name: http, containerPort: 8080}') +
      pod('ccc', '{name: http, containerPort: 53, protocol: UDP}');
    expect(summary(text + pods)).toEqual([
      ':TCP:80 -> 10.244.0.11 ready serving',
      ':TCP:8080 -> 10.244.0.12 ready serving',
      ' -> 10.244.0.13 ready serving',
    ]);
  });

  test('tells who is not ready and who is on the way out, and leaves out who is done', () => {
    const text = service('selector: {app: web}\nports: [{port: 80}]');
    const notReady = pod('a', '', '{podIP: 10.244.0.1, conditions: [{type: Ready, status: "False"}]}');
    const leaving = pod('b', '', '{podIP: 10.244.0.2}').replace(
      'name: b,',
      'name: b, deletionTimestamp: "2026-01-01T00:00:00Z",',
    );
    const done = pod('c', '', '{podIP: 10.244.0.3, phase: Succeeded}');
    const starting = pod('d', '', '{phase: Pending}');
    expect(summary(text + notReady + leaving + done)).toEqual([
      ':TCP:80 -> 10.244.0.1; 10.244.0.2 serving terminating',
    ]);
    expect(
      summary(service('publishNotReadyAddresses: true\nselector: {app: web}\nports: [{port: 80}]') + notReady),
    ).toEqual([':TCP:80 -> 10.244.0.1 ready']);
    expect(loadCluster(node + starting).pods[0]?.phase).toBe('Pending');
  });

  test('without Pods has a slice without endpoints', () => {
    expect(summary(service('selector: {app: nobody}\nports: [{port: 80}]') + pod('a', ''))).toEqual([' -> ']);
  });

  test('selects in its own namespace only', () => {
    const elsewhere = pod('a', '').replace('{name: a,', '{name: a, namespace: other,');
    expect(summary(service('selector: {app: web}\nports: [{port: 80}]') + elsewhere)).toEqual([' -> ']);
  });

  test('splits after a hundred endpoints', () => {
    const set = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 250
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main}]}}
---
`;
    const nodes = ['n2', 'n3'].map((name) => node.replace('n1', name)).join('');
    const made = slices(nodes + service('selector: {app: web}\nports: [{port: 80}]') + set);
    expect(made.map(({ endpoints }) => endpoints.length)).toEqual([100, 100, 50]);
    expect(new Set(made.map(({ metadata }) => metadata.name)).size).toBe(3);
  });

  test('a headless one names the Pods of its StatefulSet', () => {
    const set = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: web
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main}]}}
---
`;
    const [slice] = slices(service('clusterIP: None\nselector: {app: web}') + set);
    expect(slice?.endpoints.map(({ hostname }) => hostname)).toEqual(['db-0', 'db-1']);
  });
});

describe('what is given is respected', () => {
  const given = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 9999}]
endpoints:
- addresses: [10.244.0.99]
  targetRef: {kind: Pod, name: a}
- addresses: [10.244.0.98]
  conditions: {ready: false}
---
`;
  test('a slice: no other is made', () => {
    const text = service('selector: {app: web}\nports: [{port: 80}]') + pod('a', '') + given;
    expect(summary(text)).toEqual([':TCP:9999 -> 10.244.0.99 ready serving; 10.244.0.98']);
    const [a] = loadCluster(node + text).pods;
    expect(a?.listens).toEqual([
      { protocol: 'TCP', port: 80 },
      { protocol: 'TCP', port: 9999 },
    ]);
  });

  test('Endpoints, when there is no slice', () => {
    const endpoints = `
apiVersion: v1
kind: Endpoints
metadata: {name: web}
subsets:
- addresses: [{ip: 192.168.1.50}]
  notReadyAddresses: [{ip: 192.168.1.51}]
  ports: [{name: http, port: 80}]
---
`;
    const text = service('ports: [{name: http, port: 80}]');
    expect(summary(text + endpoints)).toEqual(['http:TCP:80 -> 192.168.1.50 ready serving; 192.168.1.51']);
    expect(summary(text + endpoints + given)).toEqual([':TCP:9999 -> 10.244.0.99 ready serving; 10.244.0.98']);
  });

  test('a Service that selects nobody gets none', () => {
    expect(slices(service('ports: [{port: 80}]'))).toEqual([]);
    expect(slices(service('type: ExternalName\nexternalName: a.example\nselector: {app: web}'))).toEqual([]);
  });
});
