import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleSources } from '../../manifests/sample.ts';
import { load } from './testing/load.ts';

const sample = sampleSources()[0]?.text ?? '';
const lines = sample.split('\n');
const scalars = [
  '',
  '~',
  '0',
  '-1',
  '70000',
  '1e99',
  '.inf',
  'true',
  'yes',
  '[]',
  '{}',
  '"x"',
  'None',
  '::1',
  '10.96.0.10',
  '300.1.1.1',
  '[a, b]',
  '{a: b}',
  '*a',
  '&a x',
  '|',
  '<<: {a: b}',
  '__proto__',
  '10.0.0.0/8',
  '\u0000',
  '💥',
  '- - -',
];

/** The sample with some of its lines changed as a careless or an evil hand would. */
const mutilated = fc
  .array(
    fc.tuple(
      fc.nat(lines.length - 1),
      fc.constantFrom('drop', 'double', 'value', 'indent', 'key'),
      fc.constantFrom(...scalars),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((edits) => {
    const copy = [...lines];
    for (const [at, edit, scalar] of edits) {
      const line = copy[at] ?? '';
      if (edit === 'drop') copy[at] = '';
      else if (edit === 'double') copy[at] = `${line}\n${line}`;
      else if (edit === 'indent') copy[at] = `  ${line}`;
      else if (edit === 'key') copy[at] = line.replace(/[\w.]+:/, `${scalar}:`);
      else copy[at] = line.replace(/:( .*)?$/, `: ${scalar}`);
    }
    return copy.join('\n');
  });

const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, 80, -1, 1.5, 'web', 'None', '10.0.0.1', '__proto__', 'constructor'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'name',
        'namespace',
        'labels',
        'spec',
        'ports',
        'port',
        'selector',
        'template',
        'metadata',
        'containers',
        'matchLabels',
        'addresses',
        'status',
        'podIP',
        'data',
        'toString',
        'constructor',
        'replicas',
        'affinity',
        'tolerations',
        'clusterIPs',
        'endpoints',
      ),
      tie('value'),
      { maxKeys: 6 },
    ),
  ),
})).value;
const kinds = [
  'Node',
  'Pod',
  'Service',
  'EndpointSlice',
  'Endpoints',
  'ConfigMap',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'Namespace',
];
const versions: Readonly<Record<string, string>> = {
  EndpointSlice: 'discovery.k8s.io/v1',
  Job: 'batch/v1',
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
};
const objects = fc.array(
  fc.tuple(fc.constantFrom(...kinds), tree, tree).map(([kind, spec, status]) => ({
    apiVersion: versions[kind] ?? 'v1',
    kind,
    metadata: { name: 'web' },
    spec,
    status,
  })),
  { maxLength: 4 },
);

describe('whatever the text', () => {
  test('random text never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => void load(text)),
      { numRuns: 120 },
    );
  });

  test('a mutilated dump never throws', () => {
    fc.assert(
      fc.property(mutilated, (text) => void load(text)),
      { numRuns: 120 },
    );
  });

  test('random objects never throw', () => {
    fc.assert(
      fc.property(objects, (items) => void load(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))),
      { numRuns: 300 },
    );
  });

  test('every refusal names its place and its reason', () => {
    fc.assert(
      fc.property(mutilated, (text) => {
        const count = text.split('\n').length;
        for (const { message, line } of load(text).problems) {
          expect(message).not.toBe('');
          if (line !== undefined) expect(line).toBeLessThanOrEqual(count);
        }
      }),
      { numRuns: 60 },
    );
  });
});
