import type { Hook } from '../../../datamodel/network/netfilter.ts';
import { ipView } from '../../../wire/ip.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { HookContext, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import {
  entriesAt,
  type HookEntry,
  type HookFunction,
  type HookVerdict,
  type NatFunction,
  Priority,
  type Registration,
} from './hookFunction.ts';
import type { NatCause } from './nat.ts';
import { isNatDone, manipAt, setUpNullBinding, translatePacket } from './nat.ts';
import { dropPacket } from './verdict.ts';

const HOOKS = {
  PREROUTING: Priority.natDestination,
  INPUT: Priority.natSource,
  OUTPUT: Priority.natDestination,
  POSTROUTING: Priority.natSource,
} as const;

/**
 * The nat hooks (nf_nat_register_fn): there from the first nat chain on, at all four hooks, and in front of all nat chains of
 * the namespace, whosever they are.
 */
export function natHooks(chains: readonly HookEntry<NatFunction>[]): Registration {
  const hooks = chains.length === 0 ? [] : (Object.keys(HOOKS) as (keyof typeof HOOKS)[]);
  return {
    functions: hooks.map((hook) => ({
      hook,
      priority: HOOKS[hook],
      registered: 0,
      run: natHook(entriesAt(hook, chains)),
    })),
    natChains: [],
    tracks: hooks.length > 0,
  };
}

/**
 * The nat hook (nf_nat_inet_fn): the first packet of a connection walks the chains, once for each end, until one has decided;
 * all packets are then written as was settled. ICMP errors follow the connection they are about and walk nothing.
 */
function natHook(chains: readonly HookEntry<NatFunction>[]): HookFunction {
  return (kernel, skb, hook, context) => {
    const { connection } = skb.meta;
    if (connection === undefined) return 'accept';
    const manip = manipAt(hook);
    let cause: NatCause | undefined;
    if (isBeginning(skb) && !isNatDone(connection, manip)) {
      const walked = walk(chains, kernel, skb, hook, context);
      if (walked.verdict === 'drop') return 'drop';
      cause = walked.cause;
      setUpNullBinding(kernel, connection, manip);
    }
    if (translatePacket(kernel, skb, hook, cause) === 'accept') return 'accept';
    dropPacket(kernel, skb, hook, 'A redirect or a damaged error about a translated connection is not translated.');
    return 'drop';
  };
}

function isBeginning({ meta, bytes, networkOffset }: Skb): boolean {
  if (meta.connectionState === 'ESTABLISHED') return false;
  return meta.connectionState !== 'RELATED' || ipView(bytes, networkOffset).protocol !== IpProtocol.icmp;
}

function walk(
  chains: readonly HookEntry<NatFunction>[],
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  context: HookContext,
): { readonly verdict: HookVerdict; readonly cause?: NatCause } {
  const { connection } = skb.meta;
  for (const chain of chains) {
    const walked = chain.run(kernel, skb, hook, context);
    if (walked.verdict === 'drop') return walked;
    if (connection !== undefined && isNatDone(connection, manipAt(hook))) return walked;
  }
  return { verdict: 'accept' };
}
