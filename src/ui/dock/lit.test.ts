import { beforeAll, describe, expect, it } from 'vitest';
import type { PrintedLine } from '../../datamodel/cluster/printed.ts';
import type { Conversation, Trace } from '../../datamodel/flow/trace.ts';
import { openSample } from '../../sim/createSimulation.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { ipAddress } from '../../wire/address.ts';
import { litLines } from './lit.ts';
import { numbered, shownLines } from './shownLines.ts';

let simulation: Simulation;
let conversation: Conversation;
let lines: readonly PrintedLine[];
const NODE = 'node/worker-01';

beforeAll(() => {
  simulation = openSample();
  const from = simulation.cluster().pods.find((pod) => pod.owner?.includes('frontend'))?.netns ?? '';
  conversation = simulation.send({
    from,
    to: { type: 'address', address: ipAddress('10.96.42.10') },
    port: 80,
    as: 'http',
    payload: 0,
    repeat: 1,
    warm: true,
  });
  lines = simulation.print(NODE, 'iptables-save');
});

function packet(label: string): Trace {
  const found = conversation.traces.find((trace) => trace.label === label);
  if (!found) throw new Error(`no ${label} among ${conversation.traces.map((trace) => trace.label).join(', ')}`);
  return found;
}

describe('lit lines', () => {
  it('are the rules that the packet met, with the one that rewrote it as the deciding one', () => {
    const syn = packet('SYN');
    const step = syn.hops.flatMap((hop) => hop.steps).find((each) => each.type === 'translate')!;
    const lit = litLines(conversation, syn, step, NODE, 'iptables-save');
    const text = (id: string | undefined): string => lines.find((line) => line.entry === id)?.text ?? '';
    expect(text(lit.deciding)).toMatch(/-j DNAT --to-destination/);
    expect([...lit.met].map(text)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^-A PREROUTING .*KUBE-SERVICES/), text(lit.deciding)]),
    );
    expect(lit.note).toBeUndefined();
  });

  it("of a later packet are its connection's first one's, and a note says so", () => {
    const later = conversation.traces.find(
      (trace) => trace.role === 'forward' && trace.label !== 'SYN' && trace.exchange === 'flow',
    )!;
    const step = later.hops.flatMap((hop) => hop.steps).find((each) => each.type === 'translate')!;
    const lit = litLines(conversation, later, step, NODE, 'iptables-save');
    expect(lit.note).toMatch(/^Walked by the SYN\. This packet followed conntrack/);
    const met = lines.filter((line) => line.entry !== undefined && lit.met.has(line.entry));
    expect(met.some((line) => line.text.includes('-j DNAT'))).toBe(true);
  });

  it('are none in a namespace where the packet is not', () => {
    const syn = packet('SYN');
    const step = syn.hops[0]!.steps[0]!;
    expect(litLines(conversation, syn, step, NODE, 'iptables-save').met.size).toBe(0);
  });
});

describe('shown lines', () => {
  it('are those that were met and those tried just before, under their numbers', () => {
    const syn = packet('SYN');
    const step = syn.hops.flatMap((hop) => hop.steps).find((each) => each.type === 'translate')!;
    const lit = litLines(conversation, syn, step, NODE, 'iptables-save');
    const shown = shownLines(numbered(lines), lit, true, '');
    expect(shown.length).toBeLessThan(lines.length / 2);
    for (const line of shown) {
      expect(lines[line.number - 1]?.text).toBe(line.text);
      expect(line.text).toMatch(/^-A /);
    }
    for (const id of lit.met) expect(shown.some((line) => line.entry === id)).toBe(true);
  });

  it('are all lines with every word of the filter', () => {
    const none = { deciding: undefined, pass: new Set<string>(), met: new Set<string>(), note: undefined };
    const shown = shownLines(numbered(lines), none, true, 'kube-sep DNAT');
    expect(shown.length).toBeGreaterThan(0);
    for (const line of shown) expect(line.text).toMatch(/KUBE-SEP.*DNAT/);
  });
});

describe('lit lines of nft', () => {
  const print = (): readonly PrintedLine[] => simulation.print(NODE, 'nft');

  beforeAll(() => {
    simulation.apply({ type: 'configure', settings: { proxyMode: 'nftables' } });
    conversation = simulation.send({ ...conversation.flow });
  });

  it('are the rules and the elements of the maps that led the packet on', () => {
    const syn = packet('SYN');
    const step = syn.hops.flatMap((hop) => hop.steps).find((each) => each.type === 'translate')!;
    const lit = litLines(conversation, syn, step, NODE, 'nft');
    const met = print().filter(({ entry }) => entry !== undefined && lit.met.has(entry));
    const texts = met.map(({ text }) => text.trim());
    expect(texts).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/10\.96\.42\.10 \. tcp \. 80 : goto service-/),
        'ip daddr . meta l4proto . th dport vmap @service-ips',
        expect.stringMatching(/^numgen random mod \d+ vmap/),
      ]),
    );
    expect(met.find(({ entry }) => entry === lit.deciding)?.text).toMatch(/meta l4proto tcp dnat to/);
  });

  it('of a later packet are those of nat chains that the first one walked', () => {
    const later = conversation.traces.find(
      ({ role, label, exchange }) => role === 'forward' && label !== 'SYN' && exchange === 'flow',
    )!;
    const step = later.hops.flatMap((hop) => hop.steps).find((each) => each.type === 'translate')!;
    const lit = litLines(conversation, later, step, NODE, 'nft');
    expect(lit.note).toMatch(/^Walked by the SYN\./);
    const texts = print().flatMap(({ text, entry }) => (entry !== undefined && lit.met.has(entry) ? [text] : []));
    expect(texts.some((text) => text.includes('dnat to'))).toBe(true);
    expect(texts.some((text) => text.includes('jump service-endpoints-check'))).toBe(false);
  });

  it('stand under the names of the chains that they are in when the others are left out', () => {
    const syn = packet('SYN');
    const step = syn.hops.flatMap((hop) => hop.steps).find((each) => each.type === 'translate')!;
    const shown = shownLines(numbered(print()), litLines(conversation, syn, step, NODE, 'nft'), true, '');
    const rule = shown.findIndex(({ text }) => text.includes('dnat to'));
    expect(shown[rule - 1]?.text ?? '').toMatch(/^\t(?:chain endpoint-|\t)/);
    expect(shown.some(({ text }) => text === '\tchain services {')).toBe(true);
  });
});
