import { describe, expect, it } from 'vitest';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { TcpFlag, TcpView } from '../../wire/tcp.ts';
import recorded from '../linux/netfilter/captured/nftTraces.json' with { type: 'json' };
import { readCapturedFlows, simulateCapturedFlow } from './capturedFlow.ts';

/*
 * What `nft monitor trace` saw on a node whose kube-proxy writes nftables and whose flannel writes iptables: every base chain
 * that a flow's packets met, in the order in which they began, with the rules that held. kubelet was not there.
 */
interface Walk {
  readonly table: string;
  readonly chain: string;
  readonly rules: readonly string[];
}

/** A recorder was set off by SYNs alone, or by all TCP and ICMP. */
const SYN_ONLY = /^(?:05|06|07(?!m)|08|10)/;

const VERDICTS: Readonly<Record<string, string>> = {
  ACCEPT: 'accept',
  MASQUERADE: 'accept',
  RETURN: 'return',
  mark: 'continue',
  dnat: 'accept',
  masquerade: 'accept',
  reject: 'drop',
};

function walksOn(conversation: Conversation, node: string, followed: (step: Step) => boolean): Walk[] {
  const walks: { began: number; walk: Walk }[] = [];
  const pending = new Map<string, { began: number; rules: string[] }>();
  for (const { step, trace } of stepsOn(conversation, node)) {
    if (step.pass === 'tunnel' || !followed(step) || (step.type !== 'rule' && step.type !== 'hook')) continue;
    // While a rule rejects a packet, the error that it sends walks tables of its own.
    const key = `${trace} ${step.table}`;
    const { began, rules } = pending.get(key) ?? { began: step.id, rules: [] };
    if (step.type === 'rule') {
      const [word = ''] = step.outcome.split(' ');
      pending.set(key, { began, rules: [...rules, `${step.chain}: ${VERDICTS[word] ?? step.outcome}`] });
    } else {
      pending.delete(key);
      const met = step.policy ? [...rules, `policy ${step.verdict}`] : rules;
      if (!met.some((rule) => rule.includes('KUBE-FIREWALL')))
        walks.push({ began, walk: { table: step.table, chain: step.chain, rules: met } });
    }
  }
  return walks.sort((a, b) => a.began - b.began).map(({ walk }) => walk);
}

function stepsOn(conversation: Conversation, node: string): { step: Step; trace: number }[] {
  return conversation.traces
    .flatMap((trace) => trace.hops.flatMap((hop) => hop.steps.map((step) => ({ step, trace: trace.id }))))
    .filter(({ step }) => step.netns === `node/${node}`)
    .sort((a, b) => a.step.id - b.step.id);
}

function isFollowed(flow: string, { bytes, link }: Step): boolean {
  const ip = new Ipv4View(bytes, link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0);
  if (ip.protocol !== IpProtocol.tcp) return ip.protocol === IpProtocol.icmp && !SYN_ONLY.test(flow);
  return !SYN_ONLY.test(flow) || (new TcpView(bytes, ip.payloadOffset).flags & TcpFlag.syn) !== 0;
}

describe('base chains that a flow’s packets meet where nftables and iptables share the hooks', () => {
  const flows = new Map(readCapturedFlows().map((flow) => [flow.name, flow]));
  it.each(recorded.map(({ flow, node, walks }) => [flow, node, walks] as const))('%s on %s', (name, node, walks) => {
    const flow = flows.get(name);
    if (flow === undefined) throw new Error(`No capture of ${name}`);
    const { conversation } = simulateCapturedFlow(flow);
    expect(walksOn(conversation, node, (step) => isFollowed(name, step))).toEqual(walks);
  });
});
