import type { EntryRef } from '../../../datamodel/flow/step.ts';
import type { Hook, Rule, TableName, Target } from '../../../datamodel/network/netfilter.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** How a walk through one table ended. */
export interface TableVerdict {
  readonly verdict: 'accept' | 'drop';
  /** The rule that ended it; absent: the policy did. */
  readonly rule?: Rule;
  readonly icmp?: { readonly type: number; readonly code: number };
}

export function ruleRef(kernel: Kernel, rule: Rule): EntryRef {
  return { netns: kernel.id, table: 'rule', id: rule.id };
}

/** Ends the packet for good, and says in one sentence what did it. @param decided the rule and the error it sent. */
export function dropPacket(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  because: string,
  decided: { readonly entry?: EntryRef } & Pick<TableVerdict, 'icmp'> = {},
): void {
  const { recorder } = kernel.world;
  const { entry, icmp } = decided;
  const reason = 'NETFILTER_DROP';
  recorder.step(kernel.id, skb, { type: 'drop', reason, because, ...(icmp && { icmp }) }, { hook, entry });
  recorder.end(skb, { type: 'dropped', netns: kernel.id, reason, because });
}

/** Why a table dropped the packet. */
export function dropSentence(table: TableName, hook: Hook, { rule }: TableVerdict): string {
  if (rule === undefined) return `The policy of ${hook} in the ${table} table is DROP.`;
  const comment = rule.matches.find((match) => match.type === 'comment');
  const about = comment === undefined ? '' : ` (“${comment.text}”)`;
  return `A rule of the ${table} table at ${hook}${about} says ${targetText(rule.target)}.`;
}

/** The target in the words of iptables, for a step's outcome. */
export function targetText(target: Target): string {
  switch (target.type) {
    case 'jump':
      return `jump ${target.chain}`;
    case 'goto':
      return `goto ${target.chain}`;
    case 'REJECT':
      return `REJECT with ${target.with}`;
    case 'MARK':
      return `MARK xset ${hex(target.value)}/${hex(target.mask)}`;
    case 'CONNMARK':
      return `CONNMARK xset ${hex(target.value)}/${hex(target.mask)}`;
    case 'CONNMARK-restore':
      return 'CONNMARK restore';
    case 'DNAT':
      return `DNAT to ${target.address ?? ''}${portText(target.ports)}`;
    case 'SNAT':
      return `SNAT to ${target.address}${portText(target.ports)}`;
    case 'MASQUERADE':
      return target.ports === undefined ? 'MASQUERADE' : `MASQUERADE to ports ${portText(target.ports).slice(1)}`;
    case 'none':
      return 'continue';
    default:
      return target.type;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function portText(ports: { readonly from: number; readonly to: number } | undefined): string {
  if (ports === undefined) return '';
  return ports.from === ports.to ? `:${ports.from}` : `:${ports.from}-${ports.to}`;
}
