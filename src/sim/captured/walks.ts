import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { TcpFlag, TcpView } from '../../wire/tcp.ts';

/** One table at one hook, with the rules that matched and what they said. */
export interface Walk {
  readonly table: string;
  readonly hook: string;
  readonly rules: readonly string[];
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

/** All walks of the followed packets in order of time, outer packets of tunnels left out. */
export function walksOf(conversation: Conversation, followed: (step: Step) => boolean): readonly Walk[] {
  const steps = conversation.traces
    .flatMap((trace) => trace.hops.flatMap((hop) => hop.steps.map((step) => ({ step, trace: trace.id }))))
    .filter(({ step }) => step.pass !== 'tunnel' && followed(step))
    .sort((a, b) => a.step.id - b.step.id);
  const walks: Walk[] = [];
  const pending = new Map<number, string[]>();
  for (const { step, trace } of steps) {
    const rules = pending.get(trace) ?? [];
    if (step.type === 'rule') {
      const [word = ''] = step.outcome.split(' ');
      pending.set(trace, [...rules, `${step.chain}: ${VERDICTS[word] ?? step.outcome}`]);
    } else if (step.type === 'hook') {
      const met = step.policy ? [...rules, `policy ${step.verdict}`] : rules;
      walks.push({ table: step.table, hook: step.hook ?? '', rules: met });
      pending.delete(trace);
    }
  }
  return walks;
}

/** A SYN, with or without ACK, or ICMP. */
export function isFirstSegment({ bytes, link }: Step): boolean {
  const ip = new Ipv4View(bytes, link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0);
  if (ip.protocol === IpProtocol.icmp) return true;
  return ip.protocol === IpProtocol.tcp && (new TcpView(bytes, ip.payloadOffset).flags & TcpFlag.syn) !== 0;
}
