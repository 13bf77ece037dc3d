import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { PrintedLine, Tool } from '../../datamodel/cluster/printed.ts';
import type { Flow } from '../../datamodel/flow/flow.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import { printTool } from '../../print/printTool.ts';
import { createSimulation, openSample } from '../createSimulation.ts';
import type { NetnsState } from '../linux/configure/netnsState.ts';
import { NOTHING_LEARNED } from '../linux/learned.ts';
import type { Simulation } from '../simulation.ts';
import { generatedCluster } from '../testing/generatedCluster.ts';
import { shell } from './shell.ts';

const TOOLS: readonly Tool[] = [
  'iptables-save',
  'ip-route',
  'ip-addr',
  'ip-neigh',
  'bridge-fdb',
  'conntrack',
  'sysctl',
];

/** Everything that can be seen of a namespace after a line; the line must have been taken, and have changed something. */
function after(line: string, state: NetnsState): (tool: Tool) => readonly PrintedLine[] {
  const result = shell.run(line, state, 0, () => 'new');
  expect(result.output, line).toMatchObject({ exitCode: 0 });
  expect(result.state, `${line} changes something`).toBeDefined();
  const { netns, runtime } = result.state ?? state;
  return (tool) => printTool(tool, netns, runtime, 0);
}

function texts(lines: readonly PrintedLine[]): readonly string[] {
  return lines.map(({ text }) => text.trim());
}

/** What each label promises of the entry it is about. */
const PROMISES: readonly {
  readonly label: RegExp;
  readonly kept: (seen: (tool: Tool) => readonly PrintedLine[], offer: Offer, line: PrintedLine, tool: Tool) => void;
}[] = [
  {
    label: /^Delete this (rule|route|neighbour|entry|address|connection)|^Delete all \w+ between/,
    kept: (seen, { line: command }, { entry }, tool) => expect(entriesOf(seen(tool)), command).not.toContain(entry),
  },
  {
    label: /^Delete \S+$|^Take \S+ down$/,
    kept: (seen, { line: command, label }, { entry = '' }, tool) =>
      label.startsWith('Take')
        ? expect(
            texts(seen(tool)).find((text) => text.includes(` ${entry}`)),
            command,
          ).not.toContain('UP')
        : expect(entriesOf(seen(tool)), command).not.toContain(entry),
  },
  {
    label: /^(Drop|Reject) what|^Leave the chain/,
    kept: (seen, { line: command }, { entry }, tool) => {
      const lines = seen(tool);
      const at = lines.findIndex((line) => line.entry === entry);
      const verdict = / -j (\w+)$/.exec(command)?.[1];
      expect(lines[at - 1]?.text, command).toMatch(new RegExp(`^-A \\S+ -j ${verdict}`));
      expect(lines[at - 1]?.text.split(' ')[1]).toBe(lines[at]?.text.split(' ')[1]);
    },
  },
  {
    label: /^Flush (\S+) of (\w+)$/,
    kept: (seen, { label, line: command }, _, tool) => {
      const [, chain, , table] = label.split(' ');
      const all = texts(seen(tool));
      const own = all.slice(all.indexOf(`*${table}`), all.indexOf('COMMIT', all.indexOf(`*${table}`)));
      expect(own.length, command).toBeGreaterThan(1);
      expect(own.filter((text) => text.startsWith(`-A ${chain} `))).toEqual([]);
    },
  },
  {
    label: /^Make it (blackhole|a blackhole|unreachable)/,
    kept: (seen, { line: command }, { text }, tool) => {
      const [destination = ''] = text.replace(/^(blackhole|unreachable|prohibit) /, '').split(' ');
      const type = command.includes(' blackhole ') ? 'blackhole' : 'unreachable';
      expect(
        texts(seen(tool)).some((each) => each.startsWith(`${type} ${destination}`)),
        command,
      ).toBe(true);
    },
  },
  {
    label: /^Give it an MTU of/,
    kept: (seen, _, { text }, tool) =>
      expect(texts(seen(tool))).toContain(`${text.trim().replace(/ mtu \d+$/, '')} mtu 1400`),
  },
  {
    label: /^Give it a MAC|^Keep it for good|^Let the kernel verify/,
    kept: (seen, { line: command }, { text }, tool) => {
      const [address = '', , dev = ''] = text.split(' ');
      const [, mac, nud] = / lladdr (\S+) dev \S+ nud (\S+)$/.exec(command) ?? [];
      expect(texts(seen(tool))).toContain(`${address} dev ${dev} lladdr ${mac} ${nud?.toUpperCase()}`);
    },
  },
  {
    label: /^Point it at a VTEP/,
    kept: (seen, _, { text }, tool) =>
      expect(texts(seen(tool))).toContain(text.trim().replace(/dst \S+/, 'dst 192.0.2.1')),
  },
  {
    label: /^Bring \S+ up$/,
    kept: (seen, _, { entry = '' }, tool) =>
      expect(texts(seen(tool)).find((text) => text.includes(` ${entry}`))).toContain('UP'),
  },
  {
    label: /^Set its MTU to/,
    kept: (seen, { label }, { entry }, tool) =>
      expect(seen(tool).find((line) => line.entry === entry)?.text).toContain(` mtu ${label.split(' ').at(-1)} `),
  },
  // Bridge ports' flags are not in these tables: that something changed is all that can be seen here.
  { label: /hairpin|learn/i, kept: () => undefined },
  {
    label: /^Take it out of/,
    kept: (seen, _, { entry }, tool) =>
      expect(seen(tool).find((line) => line.entry === entry)?.text).not.toContain(' master '),
  },
  {
    label: /^Switch it|^Set it to|^Back to/,
    kept: (seen, { line: command }, { entry = '' }, tool) => {
      const value = command.replace(/'$/, '').split('=').at(-1)?.replace(' ', '\t');
      expect(texts(seen(tool))).toContain(`${entry} = ${value}`);
    },
  },
];

function entriesOf(lines: readonly PrintedLine[]): readonly (string | undefined)[] {
  return lines.map(({ entry }) => entry);
}

/** Tries every offer of every line in every namespace. @returns the labels that were met. */
function tryAll(simulation: Simulation, learned: ReadonlyMap<NetnsId, RuntimeTables>): ReadonlySet<string> {
  const met = new Set<string>();
  const { nodes, pods, outside } = simulation.cluster();
  const namespaces = new Set([nodes, pods, outside].flatMap((group) => group.map(({ netns }) => netns)));
  for (const id of namespaces) {
    const netns = simulation.netns(id);
    if (netns === undefined) continue;
    const runtime = learned.get(id) ?? NOTHING_LEARNED;
    const state = { netns, runtime };
    for (const tool of TOOLS) {
      for (const offer of shell.offers(tool, netns, runtime, undefined)) {
        after(offer.line, state);
        met.add(`${tool}: ${offer.label.replace(/(of|over) \S+$/, '$1')}`);
      }
      const lines = new Map(printTool(tool, netns, runtime, 0).map((line) => [line.entry, line]));
      for (const [entry, line] of lines) {
        if (entry === undefined) continue;
        for (const offer of shell.offers(tool, netns, runtime, entry)) {
          const promise = PROMISES.find(({ label }) => label.test(offer.label));
          expect(promise, `${offer.label} promises something`).toBeDefined();
          promise?.kept(after(offer.line, state), offer, line, tool);
          met.add(`${tool}: ${promise?.label}`);
        }
      }
    }
  }
  return met;
}

/** What the kernels know once a request has been answered, one has been dropped and one pinged. */
function warmed(simulation: Simulation, from: NetnsId, to: string): ReadonlyMap<NetnsId, RuntimeTables> {
  const flow = (text: string, as: Flow['as']): Flow => {
    const resolved = simulation.resolve(text, 'to');
    if (!resolved.ok) throw new Error(resolved.message);
    return { from, to: resolved.to, port: resolved.port ?? 80, as, payload: 0, repeat: 1, warm: false };
  };
  simulation.send(flow(to, 'http'));
  simulation.send(flow(to, 'ping'));
  return simulation.dryRun(flow(to, 'http')).before;
}

it('every offer of the sample is taken by the shell and does what its label says', () => {
  const simulation = openSample();
  const sender = simulation.resolve('deploy/default/frontend', 'from');
  if (!sender.ok || sender.netns === undefined) throw new Error('The sample has a frontend');
  const met = tryAll(simulation, warmed(simulation, sender.netns, 'svc/default/backend'));
  for (const { label } of PROMISES.filter((promise) => !promise.label.test('Bring eth0 up')))
    expect(
      [...met].some((each) => each.endsWith(`: ${label}`)),
      `${label} was offered`,
    ).toBe(true);
}, 60_000);

it('every offer of the captured cluster is taken', () => {
  const text = readFileSync(new URL('../captured/cluster.yaml', import.meta.url), 'utf8');
  const created = createSimulation([{ name: 'cluster.yaml', text }]);
  if (!created.ok) throw new Error(created.error[0]?.message);
  const [from, to] = created.value
    .cluster()
    .pods.map(({ netns }) => netns)
    .filter((id) => id.startsWith('pod/'));
  tryAll(created.value, warmed(created.value, from ?? '', to ?? ''));
}, 60_000);

it('every offer of any cluster is taken, also after other edits', () => {
  fc.assert(
    fc.property(generatedCluster, fc.array(fc.nat(), { maxLength: 6 }), ({ manifest, cni, pods }, picks) => {
      const created = createSimulation([{ name: 'any', text: manifest }], { cni });
      if (!created.ok) throw new Error(created.error[0]?.message);
      const simulation = created.value;
      for (const pick of picks) {
        const tool = TOOLS[pick % TOOLS.length] ?? 'ip-route';
        const lines = simulation.print('node/n1', tool).filter(({ entry }) => entry !== undefined);
        const offered = simulation.offers('node/n1', tool, lines[pick % Math.max(lines.length, 1)]?.entry);
        const offer = offered[pick % Math.max(offered.length, 1)];
        if (offer)
          expect(simulation.apply({ type: 'exec', netns: 'node/n1', line: offer.line })).toMatchObject({ ok: true });
      }
      tryAll(simulation, warmed(simulation, pods[0] ?? '', pods[1] ?? ''));
    }),
    { numRuns: 6 },
  );
}, 120_000);

it('quotes what a shell would read otherwise', () => {
  const simulation = openSample();
  const [node] = simulation.cluster().nodes;
  const netns = node?.netns ?? '';
  const run = (line: string): unknown => simulation.apply({ type: 'exec', netns, line }).ok;
  expect(run(`iptables -N "it's;$(a) #chain"`)).toBe(false);
  expect(run(`iptables -N "it's;$(a)#chain"`)).toBe(true);
  expect(run(`iptables -A "it's;$(a)#chain" -j RETURN`)).toBe(true);
  const entry = simulation.print(netns, 'iptables-save').find(({ text }) => text.startsWith("-A it's"))?.entry;
  const offers = simulation.offers(netns, 'iptables-save', entry);
  expect(offers[0]).toEqual({
    label: 'Delete this rule',
    line: `iptables -D 'it'\\''s;$(a)#chain' 1`,
    destructive: true,
  });
  expect(offers.every(({ line }) => run(line))).toBe(true);
});
