import type { Hook, TableName } from '../../../datamodel/network/netfilter.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { IpFamily } from '../../../wire/address.ts';
import type { HookContext, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import {
  type HookEntry,
  type HookFunction,
  type NatFunction,
  Priority,
  type Registration,
  registrationOf,
} from './hookFunction.ts';
import type { NatCause } from './nat.ts';
import { readPacket } from './packet.ts';
import type { CompiledTable } from './ruleset.ts';
import { rulesetOf } from './ruleset.ts';
import type { TableVerdict } from './verdict.ts';
import { dropPacket, dropSentence, ruleRef } from './verdict.ts';
import { walkTable } from './walk.ts';

/** Where the tables' built-in chains are registered; the nat table's are called by the nat hook. */
const PLACES: Readonly<Record<TableName, Readonly<Partial<Record<Hook, number>>>>> = {
  raw: { PREROUTING: Priority.raw, OUTPUT: Priority.raw },
  mangle: {
    PREROUTING: Priority.mangle,
    INPUT: Priority.mangle,
    FORWARD: Priority.mangle,
    OUTPUT: Priority.mangle,
    POSTROUTING: Priority.mangle,
  },
  filter: { INPUT: Priority.filter, FORWARD: Priority.filter, OUTPUT: Priority.filter },
  nat: {
    PREROUTING: Priority.natDestination,
    INPUT: Priority.natSource,
    OUTPUT: Priority.natDestination,
    POSTROUTING: Priority.natSource,
  },
};

/** What a namespace's iptables of one family register. */
export function iptablesHooks(config: Netns, family: IpFamily): Registration {
  const { tables, tracks } = rulesetOf(config.netfilter, family);
  const tool = family === 'IPv4' ? 'iptables' : 'ip6tables';
  const functions: HookEntry<HookFunction>[] = [];
  const natChains: HookEntry<NatFunction>[] = [];
  for (const [name, table] of tables) {
    for (const [hook, priority] of Object.entries(PLACES[name]) as [Hook, number][]) {
      const entry = { hook, priority, registered: registrationOf(config, `${tool} ${name} ${hook}`) };
      if (name === 'nat') natChains.push({ ...entry, run: natChain(table) });
      else functions.push({ ...entry, run: (...at) => settle(at[0], at[1], at[2], name, walk(table, ...at)) });
    }
  }
  return { functions, natChains, tracks };
}

function natChain(table: CompiledTable): NatFunction {
  return (kernel, skb, hook, context) => {
    const ended = walk(table, kernel, skb, hook, context);
    const cause = causeOf(kernel, ended);
    return { verdict: settle(kernel, skb, hook, 'nat', ended), ...(cause && { cause }) };
  };
}

function walk(
  table: CompiledTable,
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  context: HookContext,
): TableVerdict | undefined {
  return walkTable(table, readPacket(kernel, skb, hook, context));
}

function settle(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  table: TableName,
  ended: TableVerdict | undefined,
): 'accept' | 'drop' {
  if (ended?.verdict !== 'drop') return 'accept';
  const { rule, icmp } = ended;
  const decided = { ...(rule && { entry: ruleRef(kernel, rule) }), ...(icmp && { icmp }) };
  dropPacket(kernel, skb, hook, dropSentence(table, hook, ended), decided);
  return 'drop';
}

function causeOf(kernel: Kernel, ended: TableVerdict | undefined): NatCause | undefined {
  const rule = ended?.rule;
  if (rule?.target.type === 'DNAT') return { kind: 'dnat', entry: ruleRef(kernel, rule) };
  if (rule?.target.type === 'SNAT') return { kind: 'snat', entry: ruleRef(kernel, rule) };
  return rule?.target.type === 'MASQUERADE' ? { kind: 'masquerade', entry: ruleRef(kernel, rule) } : undefined;
}
