import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { playIpamCase } from './ipamCase.ts';
import { compareResult } from './testing/compareResult.ts';
import type { ExpectedOperation, Situation } from './testing/situation.ts';
import { SITUATIONS } from './testing/situations.ts';

const text = readFileSync(new URL('../../sim/controlplane/fixtures/ipamCases.json', import.meta.url), 'utf8');
const recorded = JSON.parse(text) as readonly Situation[];

function play(situation: Situation): readonly unknown[] {
  const operations = situation.operations.map(({ expect: _expected, ...operation }: ExpectedOperation) => operation);
  const answer = playIpamCase({ ...situation, operations });
  if (!answer.ok) throw new Error(answer.error);
  expect(answer.value.results).toHaveLength(operations.length);
  return answer.value.results;
}

describe.each([
  ['upstream’s results', recorded],
  ['further situations of upstream’s tests', SITUATIONS],
] as const)('%s', (_, situations) => {
  it.each(situations.map((situation) => [situation.plugin, situation.name, situation] as const))(
    '%s: %s',
    (_plugin, _name, situation) => {
      const results = play(situation);
      for (const [i, { expect: expected }] of situation.operations.entries()) {
        if (expected !== undefined) compareResult(results[i], expected);
      }
    },
  );
});

describe('lines that are no cases', () => {
  it.each([
    ['nothing of a case', [], 'line: expected a JSON object'],
    ['a plugin that is not there', { plugin: 'dhcp', operations: [] }, 'plugin: expected one of'],
    ['operations that are none', { plugin: 'host-local', operations: [7] }, 'operations[0]: expected a JSON object'],
    [
      'a node too small for a table',
      { plugin: 'aws-vpc-cni', input: { instanceType: 'z9.mega' } },
      'EC2 has no z9.mega',
    ],
  ])('%s', (_, value, error) => {
    expect(playIpamCase(value)).toMatchObject({ ok: false, error: expect.stringContaining(error) as string });
  });

  it('an operation that is none fails by itself', () => {
    const ADD = { op: 'ADD', containerID: 'a', ifname: 'eth0' };
    const input = { ranges: [[{ subnet: '10.0.0.0/29' }]] };
    const played = playIpamCase({
      plugin: 'host-local',
      input,
      operations: [{ op: 'constructor' }, { op: 'ADD' }, { ...ADD, requestedIP: 'x' }, ADD],
    });
    expect(played).toMatchObject({
      ok: true,
      value: {
        results: [
          { error: 'op: there is no constructor' },
          { error: 'operations[1].containerID: expected a text' },
          { error: 'operations[2].requestedIP: expected an IP address' },
          { ip: '10.0.0.2' },
        ],
      },
    });
  });
});
