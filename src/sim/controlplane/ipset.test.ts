import '../testing/allModes.ts';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { PrintedLine } from '../../datamodel/cluster/printed.ts';
import { printIpsetList, printIpsetSave } from '../../print/ipset.ts';
import { printIptablesSave } from '../../print/iptablesSave.ts';
import { compile } from './compile.ts';
import { dualStackNode } from './testing/dualStack.ts';
import { capturedCluster, SETTINGS } from './testing/objects.ts';
import { richCluster } from './testing/richCluster.ts';

/** Runs a script in a network namespace of its own, so that the machine's sets and tables are out of reach. */
function inOwnNamespace(script: string, input: string) {
  return spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', script], { input, encoding: 'utf8' });
}

const probe = inOwnNamespace('ipset restore && iptables --version', 'create probe hash:ip\n');
const sameLayout = probe.stdout?.includes('v1.8.9 (nf_tables)') ?? false;
/** Whether the machine's kernel has what a rule needs. */
const knows = (rule: string): boolean => inOwnNamespace(`iptables -A INPUT ${rule}`, '').status === 0;
const withIpvs = knows('-m ipvs --vproto 6 --vaddr 10.0.0.1 --vport 80');
const withPhysdev = knows('-m physdev ! --physdev-is-in');

const samples = Object.entries({ vxlan: capturedCluster('vxlan'), rich: richCluster() }).flatMap(([name, objects]) => {
  const compiled = compile(objects, { ...SETTINGS, proxyMode: 'ipvs' });
  return [...compiled.plan.nodes.values()].map(({ netns }) => ({ name, netns, tables: compiled.netns(netns) }));
});

const dualStack = { name: 'dual-stack', netns: 'node/node1', tables: dualStackNode({ proxyMode: 'ipvs' }) };

describe('the real ipset, iptables-restore and ip6tables-restore', () => {
  test.for([...samples, dualStack])('take the sets and rules of $netns, $name cluster', ({ tables }, { skip }) => {
    if (probe.status !== 0) {
      const reason = `ipset does not run in a namespace of its own here: ${probe.stderr || probe.error?.message}`;
      if (process.env.CI) throw new Error(reason);
      skip(reason);
    }
    if (!tables) throw new Error('no such namespace');
    const sets = text(printIpsetSave(tables));
    const loaded = inOwnNamespace('ipset restore && ipset list', sets);
    expect(loaded).toMatchObject({ status: 0, stderr: '' });
    expect(normal(loaded.stdout)).toEqual(normal(text(printIpsetList(tables))));
    for (const [tool, family] of [
      ['iptables', 'ipv4'],
      ['ip6tables', 'ipv6'],
    ] as const) {
      const rules = text(
        printIptablesSave(tables, family).filter(
          (line) => (withIpvs || !line.text.includes('-m ipvs')) && (withPhysdev || !line.text.includes('-m physdev')),
        ),
      );
      const script = `ipset restore <<'END'\n${sets}END\n${tool}-restore && ${tool}-save`;
      const restored = inOwnNamespace(script, rules);
      expect(restored).toMatchObject({ status: 0, stderr: '' });
      if (sameLayout) expect(restored.stdout.replaceAll(/ on \w{3} .*$/gm, '')).toBe(rules);
    }
  });

  test('there are sets of IPv6 among them, under names of their own', () => {
    const sets = new Map(dualStack.tables?.ipsets?.map((set) => [set.name, set]));
    expect(sets.get('KUBE-6-CLUSTER-IP')).toMatchObject({
      family: 'inet6',
      members: [
        { address: 'fd00:10:96::80', protocol: 'tcp', port: 80 },
        { address: 'fd00:10:96::81', protocol: 'udp', port: 53 },
      ],
    });
    expect(sets.get('KUBE-6-LOAD-BALANCER-SOURCE-CID')?.members).toHaveLength(1);
    expect(sets.get('KUBE-6-NODE-PORT-TCP')?.members).toEqual([{ port: 30080 }]);
    expect(sets.get('KUBE-CLUSTER-IP')?.members).toHaveLength(1);
  });

  test('there are sets with members of every kind among them', () => {
    const filled = samples.flatMap(({ tables }) => tables?.ipsets ?? []).filter(({ members }) => members.length > 0);
    expect([...new Set(filled.map(({ type }) => type))].sort()).toEqual([
      'bitmap:port',
      'hash:ip',
      'hash:ip,port',
      'hash:ip,port,ip',
      'hash:ip,port,net',
    ]);
  });
});

function text(lines: readonly PrintedLine[]): string {
  return lines.map((line) => `${line.text}\n`).join('');
}

/** Without what differs from machine to machine, and with each set's members in one order. */
function normal(list: string): readonly string[] {
  return list
    .trim()
    .split(/\n\n/)
    .map((set) => {
      const [head = '', members = ''] = set.split('Members:');
      const kept = head
        .replace(/Size in memory.*\n/, '')
        .replace(/References.*\n/, '')
        .replace(/ initval \S+/, '');
      return `${kept}${members.trim().split('\n').sort().join('\n')}`;
    });
}
