import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../scripts/hopscope.mjs', import.meta.url));
const CLUSTER = fileURLToPath(new URL('../sim/captured/cluster.yaml', import.meta.url));
const SERVICE = ['service', '-f', CLUSTER];

function hopscope(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...SERVICE, ...args], { input });
  return { status, text: stdout.toString('utf8'), errors: stderr.toString('utf8') };
}

const ask = (from: string, to: string): readonly string[] => ['--node', 'node1', '--from', from, '--to', to];

describe('hopscope service', () => {
  // One of the endpoints is the client itself, whose packets are masqueraded.
  it('names every endpoint that the node could choose, with its chance', () => {
    const { status, text } = hopscope([...ask('10.244.0.3', '10.96.42.10:80'), '-o', 'json']);
    expect(status).toBe(0);
    const answer = JSON.parse(text);
    expect(answer).toMatchObject({ verdict: 'dnat', masquerade: true });
    expect(answer.endpoints.map((each: { address: string }) => each.address).sort()).toEqual([
      '10.244.0.3:8080',
      '10.244.1.3:8080',
      '10.244.2.3:8080',
    ]);
    expect(answer.rules).toBeGreaterThan(0);
  });

  it('answers a line each, and a bad line with its error', () => {
    const line = { node: 'node1', from: '192.168.1.100', to: '10.96.42.10:80', protocol: 'TCP' };
    const lines = [line, { ...line, protocol: 'udp' }, { ...line, to: 'web' }, { ...line, node: 'node9' }].map((each) =>
      JSON.stringify(each),
    );
    const { status, text } = hopscope(['--batch', '-o', 'json'], [...lines, '', 'not JSON', '[]'].join('\n'));
    expect(status).toBe(0);
    const answers = text
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each));
    expect(answers).toHaveLength(6);
    expect(answers[0]).toMatchObject({ verdict: 'dnat', masquerade: true });
    expect(answers[1]).toMatchObject({ verdict: 'accept', endpoints: [], matched: false });
    expect(answers[2]).toEqual({ error: 'to: Expected ADDRESS:PORT.' });
    expect(answers[3]).toEqual({ error: 'There is no node node9' });
    expect(answers[4].error).toMatch(/JSON/);
    expect(answers[5]).toEqual({ error: 'Expected a JSON object.' });
  });

  it('refuses a question without its parts', () => {
    expect(hopscope(['--node', 'node1'])).toMatchObject({ status: 2 });
  });
});
