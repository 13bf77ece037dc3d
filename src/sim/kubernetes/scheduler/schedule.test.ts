import { describe, expect, test } from 'vitest';
import { loadCluster } from '../testing/load.ts';

const node = (name: string, rest = 'spec: {}', labels = '{}'): string => `
apiVersion: v1
kind: Node
metadata: {name: ${name}, labels: ${labels}}
${rest}
---`;
const pod = (name: string, spec = '', ports = '', labels = '{}'): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: ${labels}}
spec:
  containers: [{name: main, ports: [${ports}]}]
${spec.replace(/^/gm, '  ')}
---`;
const three = node('n1') + node('n2') + node('n3');
const placed = (text: string): readonly (string | undefined)[] =>
  loadCluster(text).pods.map(({ nodeName }) => nodeName);
const messages = (text: string): readonly (string | undefined)[] =>
  loadCluster(text)
    .pods.filter(({ nodeName }) => nodeName === undefined)
    .map(({ message }) => message);

test('Pods go where the fewest are', () => {
  expect(placed(three + pod('a') + pod('b') + pod('c') + pod('d'))).toEqual(['n1', 'n2', 'n3', 'n1']);
});

test('replicas of one owner go apart, even onto a fuller node', () => {
  const replicas = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main}]}}
---`;
  const busy = ['a', 'b', 'c', 'd'].map((name) => pod(name, 'nodeName: n1')).join('');
  const nodes = loadCluster(three + busy + replicas)
    .pods.filter(({ owner }) => owner === 'ReplicaSet/web')
    .map(({ nodeName }) => nodeName);
  expect([...nodes].sort()).toEqual(['n1', 'n2', 'n3']);
});

test('a Pod that names its node is there before others are placed', () => {
  expect(placed(three + pod('a') + pod('b', 'nodeName: n1'))).toEqual(['n2', 'n1']);
});

test('a Pod that names a node that is not there waits for it', () => {
  expect(messages(three + pod('a', 'nodeName: n9'))).toEqual(['nodes "n9" not found']);
});

describe('host ports', () => {
  const hostPort = '{containerPort: 80, hostPort: 8080}';

  test('two Pods with one host port go to two nodes, and a third of two waits', () => {
    const text = node('n1') + node('n2') + pod('a', '', hostPort) + pod('b', '', hostPort) + pod('c', '', hostPort);
    expect(placed(text)).toEqual(['n1', 'n2', undefined]);
    expect(messages(text)).toEqual([
      "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports. no new claims to deallocate, " +
        'preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    ]);
  });

  test('container ports do not collide, nor do protocols, nor addresses', () => {
    const one = node('n1');
    expect(placed(one + pod('a', '', '{containerPort: 80}') + pod('b', '', '{containerPort: 80}'))).toEqual([
      'n1',
      'n1',
    ]);
    expect(
      placed(one + pod('a', '', hostPort) + pod('b', '', '{containerPort: 80, hostPort: 8080, protocol: UDP}')),
    ).toEqual(['n1', 'n1']);
    const at = (ip: string): string => `{containerPort: 80, hostPort: 8080, hostIP: ${ip}}`;
    expect(placed(one + pod('a', '', at('10.0.0.1')) + pod('b', '', at('10.0.0.2')))).toEqual(['n1', 'n1']);
    expect(placed(one + pod('a', '', at('10.0.0.1')) + pod('b', '', hostPort))).toEqual(['n1', undefined]);
  });

  test('with hostNetwork every declared port is the host’s', () => {
    const ports = '{containerPort: 80}';
    const text = node('n1') + pod('a', 'hostNetwork: true', ports) + pod('b', 'hostNetwork: true', ports);
    expect(placed(text)).toEqual(['n1', undefined]);
    const [first] = loadCluster(text).pods;
    expect(first?.ports[0]?.hostPort).toBe(80);
    expect(first?.podIps).toEqual(['192.168.1.11']);
  });
});

test('reasons are counted, sorted and told apart', () => {
  const text =
    node('n1', 'spec: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}') +
    node('n2', 'spec: {unschedulable: true}') +
    node('n3') +
    pod('a', 'nodeSelector: {disk: ssd}');
  expect(messages(text)).toEqual([
    "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), " +
      '1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: ' +
      '3 Preemption is not helpful for scheduling.',
  ]);
});

test.each([
  ['tolerations: [{key: a, operator: Exists}]', 'n1'],
  ['tolerations: [{key: a, value: b}]', 'n1'],
  ['tolerations: [{key: a, value: c}]', undefined],
  ['tolerations: [{key: a, operator: Exists, effect: NoExecute}]', undefined],
  ['tolerations: [{operator: Exists}]', 'n1'],
])('%s on a node tainted a=b:NoSchedule: %s', (tolerations, expected) => {
  expect(
    placed(node('n1', 'spec: {taints: [{key: a, value: b, effect: NoSchedule}]}') + pod('a', tolerations)),
  ).toEqual([expected]);
});

test('a node that is not ready takes no new Pods', () => {
  const down = node('n1', 'status: {conditions: [{type: Ready, status: "False"}]}');
  expect(placed(down + node('n2') + pod('a') + pod('b'))).toEqual(['n2', 'n2']);
});

describe('node affinity', () => {
  const affinity = (requirement: string): string =>
    `affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{${requirement}}]}}}`;
  const nodes = node('n1', 'spec: {}', '{zone: a, cores: "8"}') + node('n2', 'spec: {}', '{zone: b}');
  test.each([
    ['matchExpressions: [{key: zone, operator: In, values: [b, c]}]', 'n2'],
    ['matchExpressions: [{key: zone, operator: NotIn, values: [a]}]', 'n2'],
    ['matchExpressions: [{key: cores, operator: Exists}]', 'n1'],
    ['matchExpressions: [{key: cores, operator: DoesNotExist}]', 'n2'],
    ['matchExpressions: [{key: cores, operator: Gt, values: ["4"]}]', 'n1'],
    ['matchExpressions: [{key: cores, operator: Lt, values: ["4"]}]', undefined],
    ['matchFields: [{key: metadata.name, operator: In, values: [n2]}]', 'n2'],
    ['matchExpressions: [{key: kubernetes.io/os, operator: In, values: [linux]}]', 'n1'],
    ['', undefined],
  ])('%s: %s', (requirement, expected) => {
    expect(placed(nodes + pod('a', affinity(requirement)))).toEqual([expected]);
  });
});

describe('affinity between Pods', () => {
  const term = (kind: string): string =>
    `affinity: {${kind}: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: a}}, topologyKey: kubernetes.io/hostname}]}}`;

  test('Pods that keep apart go to nodes of their own, and the one too many waits', () => {
    const apart = (name: string): string => pod(name, term('podAntiAffinity'), '', '{app: a}');
    const text = node('n1') + node('n2') + apart('a') + apart('b') + apart('c');
    expect(placed(text)).toEqual(['n1', 'n2', undefined]);
    expect(messages(text)[0]).toContain("2 node(s) didn't match pod anti-affinity rules");
  });

  test('a Pod that keeps others away does so for those that do not mind', () => {
    const text = node('n1') + pod('a', term('podAntiAffinity'), '', '{app: b}') + pod('b', '', '', '{app: a}');
    expect(messages(text)[0]).toContain("1 node(s) didn't satisfy existing pods anti-affinity rules");
  });

  test('a Pod goes to those it wants to be with', () => {
    const text = three + pod('a', 'nodeName: n2', '', '{app: a}') + pod('b', term('podAffinity'));
    expect(placed(text)).toEqual(['n2', 'n2']);
    expect(messages(three + pod('b', term('podAffinity')))[0]).toContain("3 node(s) didn't match pod affinity rules");
  });

  test('the first of those that want to be together goes anywhere', () => {
    const together = (name: string): string => pod(name, term('podAffinity'), '', '{app: a}');
    expect(placed(three + together('a') + together('b'))).toEqual(['n1', 'n1']);
  });
});

test('a node holds no more Pods than its status allows', () => {
  const status = 'status: {capacity: {pods: "17"}, allocatable: {pods: "2", cpu: 1930m}}';
  const text = node('n1', status) + pod('a') + pod('b') + pod('c');
  expect(messages(text)).toEqual([expect.stringContaining('0/1 nodes are available: 1 Too many pods.')]);
});

test('a node holds no more than 110 Pods', () => {
  const text = node('n1') + Array.from({ length: 111 }, (_, n) => pod(`p${n}`)).join('');
  expect(messages(text)).toEqual([expect.stringContaining('0/1 nodes are available: 1 Too many pods.')]);
});
