import type { Hook, TableName } from '../../../datamodel/network/netfilter.ts';
import { familyAt, ipView } from '../../../wire/ip.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { HookContext, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { confirmPacket, trackPacket } from './conntrack.ts';
import type { NatCause } from './nat.ts';
import { isNatDone, manipAt, setUpNullBinding, translatePacket } from './nat.ts';
import { readPacket } from './packet.ts';
import type { Ruleset } from './ruleset.ts';
import { rulesetOf } from './ruleset.ts';
import type { TableVerdict } from './verdict.ts';
import { dropPacket, dropSentence, ruleRef } from './verdict.ts';
import { walkTable } from './walk.ts';

/*
 * The five hooks and what is registered at each, by priority (uapi/linux/netfilter_ipv4.h):
 *
 *              -400    -300  -200       -150    -100      0       100       last
 *  PREROUTING  defrag  raw   conntrack  mangle  nat(dst)
 *  INPUT                                mangle            filter  nat(src)  confirm
 *  FORWARD                              mangle            filter
 *  OUTPUT      defrag  raw   conntrack  mangle  nat(dst)  filter
 *  POSTROUTING                          mangle                    nat(src)  confirm
 *
 *           ┌──────────┐   ┌────┐ local   ┌─────┐            ┌──────┐   ┌────┐
 *  frame ──►│PREROUTING├──►│fib ├────────►│INPUT├──► socket ►│OUTPUT├──►│fib ├──┐
 *           └──────────┘   └─┬──┘         └─────┘            └──────┘   └────┘  │  ┌───────────┐
 *                            │ elsewhere  ┌───────┐                             ├─►│POSTROUTING├──► frame
 *                            └───────────►│FORWARD├─────────────────────────────┘  └───────────┘
 *                                         └───────┘
 */
type Stage = 'defrag' | 'conntrack' | 'confirm' | TableName;

const STAGES: Readonly<Record<Hook, readonly Stage[]>> = {
  PREROUTING: ['defrag', 'raw', 'conntrack', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'nat', 'confirm'],
  FORWARD: ['mangle', 'filter'],
  OUTPUT: ['defrag', 'raw', 'conntrack', 'mangle', 'nat', 'filter'],
  POSTROUTING: ['mangle', 'nat', 'confirm'],
};

/**
 * Runs everything that is registered at a hook: tables, connection tracking, nat.
 *
 * The packet may come back rewritten and marked. On `drop` its trace has been ended, or it waits as a fragment for the rest.
 * A namespace without tables has nothing registered, not even conntrack.
 */
export function runHook(kernel: Kernel, skb: Skb, hook: Hook, context: HookContext): 'accept' | 'drop' {
  const ruleset = rulesetOf(kernel.config.netfilter, familyAt(skb.bytes, skb.networkOffset));
  if (ruleset.tables.size === 0) return 'accept';
  for (const stage of STAGES[hook]) {
    if (runStage(kernel, skb, hook, context, ruleset, stage) === 'drop') return 'drop';
  }
  return 'accept';
}

function runStage(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  context: HookContext,
  ruleset: Ruleset,
  stage: Stage,
): 'accept' | 'drop' {
  switch (stage) {
    case 'defrag':
      return ruleset.tracks ? gather(kernel, skb) : 'accept';
    case 'conntrack':
      if (ruleset.tracks) trackPacket(kernel, skb, hook);
      return 'accept';
    case 'confirm':
      if (confirmPacket(kernel, skb, hook) === 'accept') return 'accept';
      dropPacket(kernel, skb, hook, 'Another connection has been given the same tuple meanwhile.');
      return 'drop';
    case 'nat':
      return ruleset.translates ? translate(kernel, skb, hook, context, ruleset) : 'accept';
    default:
      return settle(kernel, skb, hook, stage, walk(kernel, skb, hook, context, ruleset, stage));
  }
}

/** Connections are tracked by whole packets; what carries a connection already has been whole before. */
function gather(kernel: Kernel, skb: Skb): 'accept' | 'drop' {
  if (skb.meta.connection !== undefined || !ipView(skb.bytes, skb.networkOffset).isFragment) return 'accept';
  return kernel.stack.defragment(kernel, skb, 'conntrack') === undefined ? 'drop' : 'accept';
}

function walk(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  context: HookContext,
  ruleset: Ruleset,
  name: TableName,
): TableVerdict | undefined {
  const table = ruleset.tables.get(name);
  return table && walkTable(table, readPacket(kernel, skb, hook, context));
}

function settle(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  table: TableName,
  ended: TableVerdict | undefined,
): 'accept' | 'drop' {
  if (ended?.verdict !== 'drop') return 'accept';
  dropPacket(kernel, skb, hook, dropSentence(table, hook, ended), ended);
  return 'drop';
}

/**
 * The nat hook (nf_nat_inet_fn): the first packet of a connection walks the chains, once for each end; all packets are then
 * written as was settled. ICMP errors follow the connection they are about and walk nothing.
 */
function translate(kernel: Kernel, skb: Skb, hook: Hook, context: HookContext, ruleset: Ruleset): 'accept' | 'drop' {
  const { connection, connectionState } = skb.meta;
  if (connection === undefined) return 'accept';
  const manip = manipAt(hook);
  const isError = connectionState === 'RELATED' && ipView(skb.bytes, skb.networkOffset).protocol === IpProtocol.icmp;
  let cause: NatCause | undefined;
  if (connectionState !== 'ESTABLISHED' && !isError && !isNatDone(connection, manip)) {
    const ended = walk(kernel, skb, hook, context, ruleset, 'nat');
    if (settle(kernel, skb, hook, 'nat', ended) === 'drop') return 'drop';
    cause = causeOf(kernel, ended);
    setUpNullBinding(kernel, connection, manip);
  }
  if (translatePacket(kernel, skb, hook, cause) === 'accept') return 'accept';
  dropPacket(kernel, skb, hook, 'A redirect or a damaged error about a translated connection is not translated.');
  return 'drop';
}

function causeOf(kernel: Kernel, ended: TableVerdict | undefined): NatCause | undefined {
  const rule = ended?.rule;
  if (rule?.target.type === 'DNAT') return { kind: 'dnat', entry: ruleRef(kernel, rule) };
  if (rule?.target.type === 'SNAT') return { kind: 'snat', entry: ruleRef(kernel, rule) };
  return rule?.target.type === 'MASQUERADE' ? { kind: 'masquerade', entry: ruleRef(kernel, rule) } : undefined;
}
