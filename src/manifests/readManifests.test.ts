import { describe, expect, test } from 'vitest';
import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import { type Manifests, readManifests } from './readManifests.ts';
import { sampleSources } from './sample.ts';

function read(text: string): Manifests {
  const result = readManifests([{ name: 'a.yaml', text }]);
  if (!result.ok) throw new Error(result.error.map(({ message }) => message).join('\n'));
  return result.value;
}

function refusals(text: string): readonly string[] {
  const result = readManifests([{ name: 'a.yaml', text }]);
  if (result.ok) throw new Error('nothing was refused');
  return result.error.map(
    ({ line, column, object, field, message }) => `${line}:${column} ${object ?? ''} ${field ?? ''}: ${message}`,
  );
}

const named = (objects: readonly DeclaredObject[]): readonly string[] =>
  objects.map(({ kind, metadata, origin }) => `${kind} ${metadata.name} ${origin.line}`);

describe('documents', () => {
  test('a stream of documents, comments and empty ones among them', () => {
    const text = `# first\n---\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n# nothing\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n...\n`;
    expect(named(read(text).objects)).toEqual(['Namespace a 4', 'Namespace b 10']);
  });

  test('JSON, indented with tabs as well', () => {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', labels: { 'a.b/c': 'd' } } };
    const { objects } = read(JSON.stringify(object, null, '\t'));
    expect(named(objects)).toEqual(['Namespace a 1']);
    expect([...(objects[0]?.metadata.labels ?? [])]).toEqual([['a.b/c', 'd']]);
  });

  test('List objects are opened, typed lists name the kind of their items', () => {
    const text = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: a}\n- kind: NamespaceList\n  apiVersion: v1\n  items:\n  - metadata: {name: b}\n`;
    expect(named(read(text).objects)).toEqual(['Namespace a 4', 'Namespace b 10']);
  });

  test('anchors, aliases and merge keys', () => {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: &labels {app: web, tier: front}\ndata:\n  <<: *labels\n  tier: back\n`;
    const [object] = read(text).objects;
    expect(object?.kind === 'ConfigMap' && [...(object.data ?? [])]).toEqual([
      ['tier', 'back'],
      ['app', 'web'],
    ]);
  });

  test('null leaves a field alone', () => {
    const [object] = read(
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  creationTimestamp: null\n  labels:\nspec:\n  clusterIP: ~\n',
    ).objects;
    expect(object?.metadata).toEqual({ name: 'a' });
    expect(object?.kind === 'Service' && object.spec).toEqual({});
  });

  test.each([
    ['yes', true],
    ['on', true],
    ['off', false],
    ['y', true],
    ['"yes"', undefined],
  ])('YAML 1.1: %s is a boolean', (text, expected) => {
    const source = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostNetwork: ${text}}\n`;
    if (expected === undefined) {
      expect(refusals(source)[0]).toContain(
        'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
      );
      return;
    }
    const [pod] = read(source).objects;
    expect(pod?.kind === 'Pod' && pod.spec?.hostNetwork).toBe(expected);
  });

  test('YAML 1.1: a leading zero is octal', () => {
    const [service] = read(
      'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 0120}]}\n',
    ).objects;
    expect(service?.kind === 'Service' && service.spec?.ports?.[0]?.port).toBe(80);
  });
});

describe('what has no part in the network', () => {
  test('is listed by kind and name, with its line and why', () => {
    const text = `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: x}\n---\napiVersion: example.com/v1\nkind: Frobnicator\nmetadata: {name: b}\nspec: {anything: [1, {2: 3}]}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: c}\n---\napiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: d}\n`;
    const { objects, ignored } = read(text);
    expect(objects).toEqual([]);
    expect(ignored.map(({ line, kind, namespace, name, reason }) => [line, kind, namespace, name, reason])).toEqual([
      [1, 'ServiceAccount', 'x', 'a', 'has no part in the simulated network'],
      [5, 'Frobnicator', undefined, 'b', 'has no part in the simulated network'],
      [10, 'NetworkPolicy', undefined, 'c', 'policies are not simulated: no traffic is held back'],
      [14, 'Deploymnet', undefined, 'd', 'no matches for kind "Deploymnet" in version "apps/v1"'],
    ]);
  });

  test("somebody else's kind of the same name is not taken for Kubernetes' own", () => {
    const { ignored } = read(
      'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\nspec: {template: {}}\n',
    );
    expect(ignored.map(({ kind, apiVersion }) => `${kind} ${apiVersion}`)).toEqual(['Service serving.knative.dev/v1']);
  });
});

describe('what is wrong', () => {
  test.each([
    ['text', 'hello', '1:1  : json: cannot unmarshal string into Go value of type map[string]interface {}'],
    ['a list', '- a', '1:1  : json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['no kind', 'apiVersion: v1\n', '1:1  kind: error validating data: kind not set'],
    ['no version', 'kind: Pod\n', '1:1  apiVersion: error validating data: apiVersion not set'],
    [
      'a version that is gone',
      'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata:\n  name: a\n',
      '2:1 Deployment a kind: no matches for kind "Deployment" in version "extensions/v1beta1"',
    ],
    [
      'a key twice',
      'kind: Pod\nkind: Pod\n',
      '2:1  : error converting YAML to JSON: yaml: key "kind" already set in map',
    ],
    [
      'a prototype',
      'kind: Pod\napiVersion: v1\n__proto__: {}\n',
      '3:1  : error converting YAML to JSON: yaml: key "__proto__" is not allowed',
    ],
    [
      'an anchor that is nowhere',
      'a: *b\n',
      "1:4  : error converting YAML to JSON: yaml: unknown anchor 'b' referenced",
    ],
    [
      'a merge with nothing to merge',
      'a:\n  <<: 3\n',
      '2:7  : error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value',
    ],
    [
      'a number for a text',
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels:\n    version: 1\n',
      '6:5 Service default/a metadata.labels[version]: Service in version "v1" cannot be handled as a Service: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'a text for a number',
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - name: x\n    port: "80"\n',
      '8:5 Service default/a spec.ports[0].port: Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [
      'half a port',
      'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80.5}]}\n',
      '4:17 Service default/a spec.ports[0].port: Service in version "v1" cannot be handled as a Service: json: cannot unmarshal number 80.5 into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [
      'a list for an object',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  namespace: x\nspec: []\n',
      '6:1 Deployment x/a spec: Deployment in version "apps/v1" cannot be handled as a Deployment: json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec',
    ],
    [
      'a field that is misspelt',
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - port: 80\n    targetport: 80\n',
      '8:5 Service default/a spec.ports[0].targetport: Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.ports[0].targetport"',
    ],
    [
      'a field of the wrong place',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  labels: {}\n',
      '6:3 Pod default/a spec.labels: Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.labels"',
    ],
    [
      'configuration that is no JSON',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kube-flannel-cfg\n  namespace: kube-flannel\ndata:\n  net-conf.json: |\n    {"Network": }\n',
      '7:3 ConfigMap kube-flannel/kube-flannel-cfg data[net-conf.json]: net-conf.json: is not valid JSON',
    ],
    [
      'configuration of the wrong shape',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kube-flannel-cfg\ndata:\n  net-conf.json: |\n    {"Backend": {"VNI": "1"}}\n',
      '6:3 ConfigMap default/kube-flannel-cfg data[net-conf.json]: net-conf.json: Backend.VNI must be of type int32',
    ],
  ])('%s', (_, text, expected) => {
    expect(refusals(text)).toEqual([expected]);
  });

  test('a mistake in one document refuses the whole, and every mistake is told', () => {
    const good = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n';
    expect(refusals(`${good}---\na: b: c\n---\nhello\n---\n${good}`)).toHaveLength(2);
  });

  test('each source is blamed by its name', () => {
    const result = readManifests([
      { name: 'good.yaml', text: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n' },
      { name: 'bad.json', text: '{"kind": 1}' },
    ]);
    expect(!result.ok && result.error.map(({ source }) => source)).toEqual(['bad.json']);
  });
});

describe('hostile text', () => {
  test('an alias bomb is defused', () => {
    let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 12; i++) {
      text += `a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]\n`;
    }
    expect(refusals(text)).toEqual([expect.stringContaining('document contains excessive aliasing')]);
  });

  test('an anchor that holds itself', () => {
    expect(refusals('a: &a\n  b: *a\n')).toEqual([expect.stringContaining('anchor contains itself')]);
  });

  test.each(['[', '{a: ', '- ', '? '])('bottomless nesting of %s', (open) => {
    expect(refusals(open.repeat(20_000)).length).toBeGreaterThan(0);
    expect(refusals(`${open.repeat(80)}x`).length).toBeGreaterThan(0);
  });

  test('a text that is too large is not even read', () => {
    expect(refusals('#'.repeat(8 * 1024 * 1024 + 1))).toEqual([expect.stringContaining('too large')]);
  });

  test('keys of Object.prototype are keys like others', () => {
    const [object] = read(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {constructor: x, toString: z}\n',
    ).objects;
    expect([...(object?.metadata.labels ?? [])]).toEqual([
      ['constructor', 'x'],
      ['toString', 'z'],
    ]);
    expect(Object.prototype.toString.call({})).toBe('[object Object]');
  });
});

test('the sample is read without a remainder', () => {
  const result = readManifests(sampleSources());
  expect(result.ok && result.value.ignored).toEqual([]);
});

test('a place is found for every field, and for its parent where it is missing', () => {
  const text = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: a\n    annotations:\n      a.b/c[0]: d\n  spec:\n    ports:\n    - name: x\n      port: 80\n    - {name: z, port: 81}\n`;
  const origin = read(text).objects[0]?.origin;
  expect(origin?.locate('')).toEqual({ line: 4, column: 3 });
  expect(origin?.locate('spec.ports[0].port')).toEqual({ line: 13, column: 7 });
  expect(origin?.locate('spec.ports[1].port')).toEqual({ line: 14, column: 17 });
  expect(origin?.locate('spec.ports[1].nodePort')).toEqual({ line: 14, column: 7 });
  expect(origin?.locate('spec.ports[7].port')).toEqual({ line: 11, column: 5 });
  expect(origin?.locate('status.loadBalancer')).toEqual({ line: 4, column: 3 });
});
