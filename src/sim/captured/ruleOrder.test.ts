import { describe, expect, it } from 'vitest';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { TcpFlag, TcpView } from '../../wire/tcp.ts';
import recorded from '../linux/netfilter/captured/ruleTraces.json' with { type: 'json' };
import { readCapturedFlows, simulateCapturedFlow } from './capturedFlow.ts';

/*
 * What `nft monitor trace` saw of the tables, chains and rules that a flow's packets met on every node, in order; here the
 * same flow goes through the whole simulated cluster, whose rules come from its Kubernetes objects.
 */
interface Walk {
  readonly table: string;
  readonly hook: string;
  readonly rules: readonly string[];
}

/** A recorder was set off by SYNs alone, or by all TCP and ICMP; it followed six packets at most. */
const FOLLOWED = 6;
const SYN_ONLY = /^(05|06|07|08|10)/;

const VERDICTS: Readonly<Record<string, string>> = {
  ACCEPT: 'accept',
  DNAT: 'accept',
  MASQUERADE: 'accept',
  DROP: 'drop',
  REJECT: 'drop',
  RETURN: 'return',
  MARK: 'continue',
};

/** The walks of every packet that a node's tables saw, outer packets of the tunnel left out. */
function walksOn(conversation: Conversation, node: string, followed: (step: Step) => boolean): Walk[][] {
  const packets = new Map<number, Walk[]>();
  // While a rule rejects a packet, the error that it sends walks tables of its own.
  const pending = new Map<number, string[]>();
  for (const { step, packet } of stepsOn(conversation, node)) {
    if (step.pass === 'tunnel' || !followed(step)) continue;
    const rules = pending.get(packet) ?? [];
    if (step.type === 'rule') {
      const [word = ''] = step.outcome.split(' ');
      pending.set(packet, [...rules, `${step.chain}: ${VERDICTS[word] ?? step.outcome}`]);
    } else if (step.type === 'hook') {
      const met = step.policy ? [...rules, `policy ${step.verdict}`] : rules;
      packets.set(packet, [...(packets.get(packet) ?? []), { table: step.table, hook: step.hook ?? '', rules: met }]);
      pending.delete(packet);
    }
  }
  return [...packets.values()];
}

function stepsOn(conversation: Conversation, node: string): { step: Step; packet: number }[] {
  return conversation.traces
    .flatMap((trace) =>
      trace.hops.flatMap((hop) => hop.steps.map((step) => ({ step, packet: original(conversation, trace.id) }))),
    )
    .filter(({ step }) => step.netns === `node/${node}`)
    .sort((a, b) => a.step.id - b.step.id);
}

/** Copies that a bridge floods are the same packet to a recorder. */
function original(conversation: Conversation, id: number): number {
  const origin = conversation.traces[id]?.origin;
  return origin?.type === 'copy' ? original(conversation, origin.trace) : id;
}

function isFollowed(flow: string, { bytes, link }: Step): boolean {
  const ip = new Ipv4View(bytes, link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0);
  if (ip.protocol !== IpProtocol.tcp) return ip.protocol === IpProtocol.icmp && !SYN_ONLY.test(flow);
  return !SYN_ONLY.test(flow) || (new TcpView(bytes, ip.payloadOffset).flags & TcpFlag.syn) !== 0;
}

describe('rules that a flow’s packets meet, from one end of the cluster to the other', () => {
  const flows = new Map(readCapturedFlows().map((flow) => [flow.name, flow]));
  it.each(recorded.map(({ flow, node, packets }) => [flow, node, packets] as const))(
    '%s on %s',
    (name, node, packets) => {
      const flow = flows.get(name);
      if (flow === undefined) throw new Error(`No capture of ${name}`);
      const { conversation } = simulateCapturedFlow(flow);
      const seen = walksOn(conversation, node, (step) => isFollowed(name, step)).slice(0, FOLLOWED);
      expect(seen).toEqual(packets.map((walks) => walks.map(({ table, hook, rules }) => ({ table, hook, rules }))));
    },
  );
});
