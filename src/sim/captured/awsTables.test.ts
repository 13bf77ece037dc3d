import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSimulation } from '../createSimulation.ts';

const HERE = new URL('.', import.meta.url);

/** What a real kernel printed after aws-node's own commands and the plugin's, by the command that asked for it. */
function recorded(node: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of readFileSync(new URL(`aws/${node}.txt`, HERE), 'utf8').split('\n')) {
    if (line.startsWith('# ')) {
      lines = [];
      sections.set(line.slice(2), lines);
    } else if (line !== '') lines.push(line.trimEnd());
  }
  return sections;
}

const text = readFileSync(new URL('aws.yaml', HERE), 'utf8');
const created = createSimulation([{ name: 'aws.yaml', text }], {
  cni: 'aws-vpc',
  underlay: 'cloud-vpc',
  randomFully: false,
});
if (!created.ok) throw new Error(JSON.stringify(created.error));
const simulation = created.value;

describe.each(['node1', 'node2'])('what aws-node leaves on %s, as a real kernel prints it', (node) => {
  const sections = recorded(node);
  const commands = [...sections.keys()].filter((command) => command.startsWith('ip '));

  it('has something to compare', () => expect(commands).toHaveLength(4));

  it.each(commands)('%s', (line) => {
    const done = simulation.apply({ type: 'exec', netns: `node/${node}`, line });
    if (!done.ok) throw new Error(`${line} failed`);
    expect(done.output?.lines.map((printed) => printed.text.trimEnd())).toEqual(sections.get(line));
  });

  it('iptables-save, as far as it is aws-node’s', () => {
    const rules = simulation.print(`node/${node}`, 'iptables-save').map((printed) => printed.text);
    const own = rules.filter((rule) => rule.startsWith('-A') && rule.includes('AWS'));
    expect([...own].sort()).toEqual([...(sections.get('iptables-save') ?? [])].sort());
    for (const chain of ['PREROUTING', 'AWS-SNAT-CHAIN-0', 'AWS-CONNMARK-CHAIN-0']) {
      const inChain = (all: readonly string[] = []): readonly string[] =>
        all.filter((rule) => rule.startsWith(`-A ${chain} `));
      expect(inChain(own)).toEqual(inChain(sections.get('iptables-save')));
    }
  });
});
