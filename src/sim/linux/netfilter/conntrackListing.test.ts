import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../../datamodel/flow/trace.ts';
import type { ConntrackEntry, ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { givenNumbers, readCapturedFlows, simulateCapturedFlow } from '../../captured/capturedFlow.ts';
import listings from './captured/conntrack.json' with { type: 'json' };

/*
 * What /proc/net/nf_conntrack said on the real nodes after each captured flow, a line an entry, against the tables of the same
 * flow simulated. Ports that chance chose are compared as R, and timeouts by how long after the flow a person looked.
 */

const LISTINGS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = listings;
const NAMES = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
]);

/** The table of a namespace at the end: as it began, with every step's updates. */
function tableAtEnd(conversation: Conversation, netns: string): readonly ConntrackEntry[] {
  const table = new Map(conversation.before.get(netns)?.conntrack.map((entry) => [entry.id, entry]));
  const steps = conversation.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
  for (const step of steps.toSorted((a, b) => a.id - b.id)) {
    for (const update of step.updates ?? []) {
      if (update.netns !== netns || update.table !== 'conntrack') continue;
      if (update.entry) table.set(update.id, update.entry);
      else table.delete(update.id);
    }
  }
  return [...table.values()];
}

function tupleText({ source, destination, sourcePort, destinationPort, icmp }: ConntrackTuple): string {
  const ends = `src=${source} dst=${destination}`;
  return icmp
    ? `${ends} type=${icmp.type} code=${icmp.code} id=${sourcePort}`
    : `${ends} sport=${sourcePort} dport=${destinationPort}`;
}

function lineOf(entry: ConntrackEntry, now: number): string {
  const { original, reply, tcpState, seenReply, assured, mark } = entry;
  const words = [
    `${NAMES.get(original.protocol)} ${original.protocol}`,
    `${(entry.expires - now) / 1e9}`,
    ...(tcpState ? [tcpState] : []),
    tupleText(original),
    ...(seenReply ? [] : ['[UNREPLIED]']),
    tupleText(reply),
    ...(assured ? ['[ASSURED]'] : []),
    `mark=${mark}`,
  ];
  return words.join(' ');
}

/** A line without its timeout, and the timeout. */
function comparable(line: string, given: ReadonlySet<number>): { text: string; timeout: number } {
  const timeout = Number(/^\w+ \d+ ([\d.]+) /.exec(line)?.[1]);
  const text = line
    .replace(/^(\w+ \d+) [\d.]+ /, '$1 ')
    .replace(/(sport|dport|id)=(\d+)/g, (_, name, value) => `${name}=${given.has(Number(value)) ? value : 'R'}`);
  return { text, timeout };
}

const byText = (a: { text: string }, b: { text: string }): number => a.text.localeCompare(b.text);

describe('the connections that a real kernel listed after a flow', () => {
  const flows = readCapturedFlows().filter((flow) => flow.setup === undefined && LISTINGS[flow.name]);

  it('has listings to compare', () => expect(flows.length).toBeGreaterThan(25));

  it.each(flows.map((flow) => [flow.name, flow] as const))('%s', (name, flow) => {
    const { conversation } = simulateCapturedFlow(flow);
    const given = givenNumbers(flow);
    for (const node of ['node1', 'node2', 'node3']) {
      const expected = (LISTINGS[name]?.[node] ?? []).map((line) => comparable(line, given)).toSorted(byText);
      const actual = tableAtEnd(conversation, `node/${node}`)
        .map((entry) => comparable(lineOf(entry, conversation.end), given))
        .toSorted(byText);
      expect(actual.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
      actual.forEach(({ timeout }, i) => {
        // Somebody looked within two seconds of the end, and the list shows whole seconds.
        expect(Math.abs(timeout - (expected[i]?.timeout ?? 0))).toBeLessThan(4);
      });
    }
  });
});
