import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { printIptablesSave } from '../../print/iptablesSave.ts';
import { openSample } from '../createSimulation.ts';
import { compile } from './compile.ts';
import { dualStackNode } from './testing/dualStack.ts';
import { capturedCluster, SETTINGS } from './testing/objects.ts';
import { richCluster } from './testing/richCluster.ts';

/** Runs a script in a network namespace of its own, so that the machine's tables are out of reach. */
function inOwnNamespace(script: string, input: string) {
  return spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', script], { input, encoding: 'utf8' });
}

const probe = inOwnNamespace('iptables-restore --test && iptables --version', '*filter\nCOMMIT\n');
/** The version whose layout is printed; another may lay the same rules out in another way. */
const sameLayout = probe.stdout?.includes('v1.8.9 (nf_tables)') ?? false;

const clusters = { vxlan: capturedCluster('vxlan'), 'host-gw': capturedCluster('host-gw'), rich: richCluster() };
const samples = Object.entries(clusters).flatMap(([name, objects]) => {
  const compiled = compile(objects, SETTINGS);
  return [...compiled.plan.nodes.values()].map(({ netns }) => ({ name, netns, tables: compiled.netns(netns) }));
});

const opened = openSample();
const shipped = opened.cluster().nodes.map(({ netns }) => ({ name: 'shipped', netns, tables: opened.netns(netns) }));

describe('the real iptables-restore', () => {
  test.for([...samples, ...shipped])('takes the tables of $netns, $name cluster', ({ tables }, { skip }) => {
    if (probe.status !== 0) {
      const reason = `iptables-restore does not run in a namespace of its own here: ${probe.stderr || probe.error?.message}`;
      if (process.env.CI) throw new Error(reason);
      skip(reason);
    }
    if (!tables) throw new Error('no such namespace');
    const text = `${printIptablesSave(tables)
      .map((line) => line.text)
      .join('\n')}\n`;
    expect(inOwnNamespace('iptables-restore --test', text)).toMatchObject({ status: 0, stderr: '' });
    const loaded = inOwnNamespace('iptables-restore && iptables-save', text);
    expect(loaded.status).toBe(0);
    if (sameLayout) expect(loaded.stdout.replaceAll(/ on \w{3} .*$/gm, '')).toBe(text);
  });
});

const probe6 = inOwnNamespace('ip6tables-restore --test', '*filter\nCOMMIT\n');

describe('the real ip6tables-restore', () => {
  test('takes the IPv6 tables of a dual-stack node', ({ skip }) => {
    if (probe6.status !== 0) {
      const reason = `ip6tables-restore does not run in a namespace of its own here: ${probe6.stderr || probe6.error?.message}`;
      if (process.env.CI) throw new Error(reason);
      skip(reason);
    }
    const tables = dualStackNode();
    if (!tables) throw new Error('no such namespace');
    const text = `${printIptablesSave(tables, 'ipv6')
      .map((line) => line.text)
      .join('\n')}\n`;
    expect(text).toContain('-d fd00:10:96::80/128 -p tcp');
    expect(text).toContain('--to-destination [fd00:10:244::5]:8080');
    expect(text).toContain('icmp6-port-unreachable');
    expect(inOwnNamespace('ip6tables-restore --test', text)).toMatchObject({ status: 0, stderr: '' });
    const loaded = inOwnNamespace('ip6tables-restore && ip6tables-save', text);
    expect(loaded.status).toBe(0);
    if (sameLayout) expect(loaded.stdout.replaceAll(/ on \w{3} .*$/gm, '')).toBe(text);
  });
});
