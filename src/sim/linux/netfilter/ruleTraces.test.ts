import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Hook } from '../../../datamodel/network/netfilter.ts';
import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { ipAddress } from '../../../wire/address.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import traces from './captured/ruleTraces.json' with { type: 'json' };
import { ACK, packetOf, SYN, SYN_ACK } from './testing/packets.ts';
import { savedTables, type TestKernel, testKernel } from './testing/testKernel.ts';

/*
 * What `nft monitor trace` saw of the rules that packets met on the nodes of a real cluster, packet by packet; here the same
 * packets go through the same rules as iptables-save printed them.
 */
interface Walk {
  readonly table: string;
  readonly hook: string;
  readonly in?: string;
  readonly out?: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly flags?: string;
  readonly icmpType?: string;
  readonly rules: readonly string[];
}

const saved = (node: string) =>
  savedTables(readFileSync(new URL(`./captured/${node}.iptables-save.txt`, import.meta.url), 'utf8'));
/** Endpoint that the captured cluster's coin was pinned to. */
const PICKS = new Map([
  ['05_vxlan_clusterip_cross_iptables', '10.244.1.3'],
  ['05b_vxlan_clusterip_same_node_iptables', '10.244.0.3'],
  ['06_vxlan_hairpin_iptables', '10.244.0.3'],
  ['07a_vxlan_nodeport_cluster_iptables', '10.244.1.3'],
  ['08_vxlan_node_to_clusterip_iptables', '10.244.1.3'],
]);

function tupleOfWalk(walk: Walk): ConntrackTuple {
  const ends = { source: ipAddress(walk.source), destination: ipAddress(walk.destination) };
  if (walk.protocol === 'icmp') {
    const icmp = { type: walk.icmpType === 'echo-reply' ? 0 : 8, code: 0 };
    return { protocol: IpProtocol.icmp, ...ends, sourcePort: 4660, destinationPort: 4660, icmp };
  }
  const { sourcePort = 0, destinationPort = 0 } = walk;
  return { protocol: IpProtocol.tcp, ...ends, sourcePort, destinationPort };
}

/** An answer shows in the trace only behind PREROUTING, where nat has been undone: this is what it came in as. */
function arriving(node: TestKernel, walk: Walk): ConntrackTuple {
  const shown = tupleOfWalk(walk);
  const found = [...node.kernel.connections.values()].find(
    ({ original, reply }) =>
      original.source === shown.destination &&
      original.sourcePort === shown.destinationPort &&
      reply.source === shown.source &&
      reply.sourcePort === shown.sourcePort,
  );
  if (found === undefined) throw new Error(`No connection for an answer from ${shown.source}`);
  return found.reply;
}

const VERDICTS: Readonly<Record<string, string>> = {
  ACCEPT: 'accept',
  DNAT: 'accept',
  MASQUERADE: 'accept',
  DROP: 'drop',
  REJECT: 'drop',
  RETURN: 'return',
  MARK: 'continue',
};

/** The node's steps in the trace's words, one list a table walk. */
function walksOf(node: TestKernel): { table: string; hook: Hook | undefined; rules: string[] }[] {
  const walks: { table: string; hook: Hook | undefined; rules: string[] }[] = [];
  let rules: string[] = [];
  for (const step of node.steps()) {
    if (step.type === 'rule') {
      const [word = ''] = step.outcome.split(' ');
      rules.push(`${step.chain}: ${VERDICTS[word] ?? step.outcome}`);
    } else if (step.type === 'hook') {
      if (step.policy) rules.push(`policy ${step.verdict}`);
      walks.push({ table: step.table, hook: step.hook, rules });
      rules = [];
    }
  }
  return walks;
}

function send(node: TestKernel, walks: readonly Walk[]): void {
  const first = walks[0] as Walk;
  const begins = first.hook === 'PREROUTING' || first.hook === 'OUTPUT';
  const flags = first.flags === 'SYN ACK' ? SYN_ACK : first.flags === 'SYN' ? SYN : ACK;
  // A SYN that is sent again meets no nat table: the trace begins in FORWARD, the packet in PREROUTING all the same.
  const isAgain = !begins && flags === SYN && first.protocol === 'tcp';
  const skb = node.packet(packetOf(begins || isAgain ? tupleOfWalk(first) : arriving(node, first), flags));
  const hooks: { hook: Hook; in?: string | undefined; out?: string | undefined }[] = [];
  if (!begins) hooks.push({ hook: 'PREROUTING', in: first.in });
  for (const { hook, in: inputDevice, out } of walks) {
    if (hooks.at(-1)?.hook !== hook) hooks.push({ hook: hook as Hook, in: inputDevice, out });
  }
  const last = hooks.at(-1);
  if (last?.hook === 'FORWARD') hooks.push({ hook: 'POSTROUTING', in: last.in, out: last.out });
  for (const { hook, in: inputDevice, out } of hooks) {
    if (node.through(skb, hook, inputDevice, out) === 'drop') return;
  }
}

describe('rules that a real kernel walked', () => {
  for (const { flow, node: name, packets } of traces) {
    it(`${flow} on ${name}`, () => {
      const address = PICKS.get(flow);
      const node = testKernel({
        tables: saved(name),
        node: name === 'node1' ? 1 : 2,
        ...(address && { pick: { address: ipAddress(address), port: 8080 } }),
      });
      for (const walks of packets as readonly (readonly Walk[])[]) {
        // The errors that REJECT sends are the IP stack's to send; only that they go out is known here.
        if (walks[0]?.hook === 'OUTPUT' && walks[0].icmpType === 'destination-unreachable') {
          expect(node.sent.errors).toEqual([{ type: 3, code: 3 }]);
          continue;
        }
        send(node, walks);
        const expected = walks.map(({ table, hook, rules }) => ({ table, hook, rules }));
        expect(walksOf(node)).toEqual(expected);
      }
    });
  }
});
