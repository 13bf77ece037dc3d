import { describe, expect, test } from 'vitest';
import { loadCluster } from '../testing/load.ts';

const deployment = (name: string, replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, ports: [{containerPort: 80}]}]}
---`;
const node = (name: string, rest = ''): string => `
apiVersion: v1
kind: Node
metadata: {name: ${name}}
${rest}
---`;
const pods = (text: string): readonly string[] =>
  loadCluster(text)
    .pods.filter(({ metadata }) => metadata.namespace !== 'kube-system')
    .map(({ metadata, nodeName }) => `${metadata.name} ${nodeName}`);

describe('Deployments', () => {
  test('make Pods with names as real ones have', () => {
    const { pods: made } = loadCluster(deployment('web', 20));
    const mine = made.filter(({ owner }) => owner === 'Deployment/web');
    expect(mine).toHaveLength(20);
    expect(new Set(mine.map(({ metadata }) => metadata.name)).size).toBe(20);
    const hashes = new Set(mine.map(({ metadata }) => metadata.labels.get('pod-template-hash')));
    expect(hashes.size).toBe(1);
    const [hash = ''] = hashes;
    expect(hash).toMatch(/^[bcdf456789]{10}$/);
    for (const { metadata } of mine) {
      expect(metadata.name).toMatch(new RegExp(`^web-${hash}-[bcdfghjklmnpqrstvwxz2456789]{5}$`));
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet', name: `web-${hash}`, controller: true }]);
    }
  });

  test('the same manifests and seed give the same cluster, another seed other names', () => {
    expect(loadCluster(deployment('web', 5))).toEqual(loadCluster(deployment('web', 5)));
    const names = (seed: number): readonly string[] =>
      loadCluster(deployment('web', 5), seed).pods.map((pod) => pod.metadata.name);
    expect(names(1)).not.toEqual(names(2));
  });

  test('a Deployment more changes no name of another', () => {
    const alone = pods(deployment('web', 2)).map((line) => line.split(' ')[0]);
    const together = pods(`${deployment('api', 3)}${deployment('web', 2)}`).map((line) => line.split(' ')[0]);
    expect(together).toEqual(expect.arrayContaining([...alone]));
  });

  test('no replicas, no Pods', () => {
    expect(pods(deployment('web', 0))).toEqual([]);
  });
});

describe('dumps', () => {
  const owned = (name: string, hash: string, phase = 'Running'): string => `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {app: web, pod-template-hash: ${hash}}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-${hash}, uid: u, controller: true}]
spec: {nodeName: n1, containers: [{name: main}]}
status: {phase: ${phase}, podIP: 10.244.0.${name.length}}
---`;

  test('Pods of a Deployment whose ReplicaSet was left out of the dump are its Pods', () => {
    const { pods: all } = loadCluster(
      `${node('n1')}${deployment('web', 2)}${owned('web-abc-1', 'abc')}${owned('web-abc-22', 'abc')}`,
    );
    expect(all.map(({ metadata, owner }) => `${metadata.name} ${owner}`)).toEqual([
      'web-abc-1 Deployment/web',
      'web-abc-22 Deployment/web',
    ]);
  });

  test('what is missing is made beside what is there, under the same template hash', () => {
    const { pods: all } = loadCluster(
      `${node('n1')}${deployment('web', 3)}${owned('web-abc-1', 'abc')}${owned('web-abc-22', 'abc', 'Failed')}`,
    );
    const made = all.filter(({ metadata }) => !['web-abc-1', 'web-abc-22'].includes(metadata.name));
    expect(made).toHaveLength(2);
    for (const { metadata } of made) expect(metadata.labels.get('pod-template-hash')).toBe('abc');
  });

  test('a given ReplicaSet decides how many', () => {
    const set = `
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-abc
  labels: {app: web, pod-template-hash: abc}
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: "", controller: true}]
spec:
  replicas: 2
  selector: {matchLabels: {app: web, pod-template-hash: abc}}
  template:
    metadata: {labels: {app: web, pod-template-hash: abc}}
    spec: {containers: [{name: main}]}
---`;
    const { pods: all } = loadCluster(`${node('n1')}${deployment('web', 2)}${set}${owned('web-abc-1', 'abc')}`);
    expect(all.map(({ owner }) => owner)).toEqual(['Deployment/web', 'Deployment/web']);
  });

  test('bare Pods that happen to have the labels are not adopted', () => {
    const bare = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: main}]}
---`;
    const { pods: all } = loadCluster(`${node('n1')}${deployment('web', 1)}${bare}`);
    expect(all.map(({ owner }) => owner)).toEqual(['Deployment/web', undefined]);
  });

  test('a status is honoured: phase, readiness, reason', () => {
    const pod = (name: string, status: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {nodeName: n1, containers: [{name: main}]}
status: ${status}
---`;
    const { pods: all } = loadCluster(
      node('n1') +
        pod('a', '{phase: Running, podIP: 10.244.0.2, conditions: [{type: Ready, status: "True"}]}') +
        pod(
          'b',
          '{phase: Running, podIP: 10.244.0.3, conditions: [{type: Ready, status: "False", reason: ContainersNotReady}]}',
        ) +
        pod('c', '{phase: Running, podIP: 10.244.0.4}') +
        pod('d', '{phase: Pending}') +
        pod('e', '{phase: Succeeded, podIP: 10.244.0.5}'),
    );
    expect(all.map(({ metadata, phase, ready, reason }) => [metadata.name, phase, ready, reason])).toEqual([
      ['a', 'Running', true, undefined],
      ['b', 'Running', false, 'ContainersNotReady'],
      ['c', 'Running', true, undefined],
      ['d', 'Pending', false, undefined],
      ['e', 'Succeeded', false, undefined],
    ]);
  });
});

test('StatefulSets count from zero, or from where they are told, and give host names', () => {
  const text = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  ordinals: {start: 3}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: main}]}
`;
  const made = loadCluster(text).pods.filter(({ owner }) => owner === 'StatefulSet/db');
  expect(made.map(({ metadata, hostname, subdomain }) => [metadata.name, hostname, subdomain])).toEqual([
    ['db-3', 'db-3', 'db'],
    ['db-4', 'db-4', 'db'],
  ]);
  expect(made[0]?.metadata.labels.get('statefulset.kubernetes.io/pod-name')).toBe('db-3');
});

describe('DaemonSets', () => {
  const daemonSet = (spec: string): string => `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers: [{name: main}]
${spec.replace(/^/gm, '      ')}
---`;
  const cluster =
    node('control', 'spec: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}') +
    node('cordoned', 'spec: {unschedulable: true}') +
    node('gpu').replace('{name: gpu}', '{name: gpu, labels: {gpu: "yes"}}');
  const where = (spec: string): readonly string[] =>
    loadCluster(cluster + daemonSet(spec)).pods.map(({ nodeName }) => nodeName ?? '');

  test.each([
    ['', ['cordoned', 'gpu']],
    ['tolerations: [{operator: Exists}]', ['control', 'cordoned', 'gpu']],
    [
      'tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}]',
      ['control', 'cordoned', 'gpu'],
    ],
    ['nodeSelector: {gpu: "yes"}', ['gpu']],
    ['nodeSelector: {gpu: "no"}', []],
  ])('%s', (spec, expected) => {
    expect(where(spec)).toEqual(expected);
  });
});

describe('Jobs', () => {
  const job = (spec: string): string => `
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  ${spec}
  template: {spec: {restartPolicy: Never, containers: [{name: main}]}}
`;
  test.each([
    ['completions: 1', 1],
    ['parallelism: 4', 4],
    ['{}', 1],
    ['parallelism: 5\n  completions: 3', 3],
    ['parallelism: 2\n  completions: 9', 2],
    ['suspend: true', 0],
  ])('%s: %i Pods', (spec, expected) => {
    const made = loadCluster(job(spec === '{}' ? 'parallelism: 1' : spec)).pods.filter(
      ({ owner }) => owner === 'Job/work',
    );
    expect(made).toHaveLength(expected);
  });

  test('an indexed Job has the index in its names', () => {
    const made = loadCluster(job('completionMode: Indexed\n  parallelism: 2\n  completions: 2')).pods.filter(
      ({ owner }) => owner === 'Job/work',
    );
    expect(made.map(({ metadata }) => metadata.name.slice(0, -5))).toEqual(['work-0-', 'work-1-']);
    expect(made.map(({ hostname }) => hostname)).toEqual(['work-0', 'work-1']);
  });
});
