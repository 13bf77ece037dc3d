import type { Hook } from '../../../datamodel/network/netfilter.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { HookContext, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import type { NatCause } from './nat.ts';

/** On `drop` the packet's trace has been ended, or it waits as a fragment for the rest. */
export type HookVerdict = 'accept' | 'drop';

/** One function at a hook. The packet may come back rewritten and marked. */
export type HookFunction = (kernel: Kernel, skb: Skb, hook: Hook, context: HookContext) => HookVerdict;

/** A function and where it is registered (nf_hook_ops). Lower priorities run first. */
export interface HookEntry<F> {
  readonly hook: Hook;
  readonly priority: number;
  /** When it was registered; of equal priorities the last registered runs first (nf_hook_entries_grow). */
  readonly registered: number;
  readonly run: F;
}

/** The walk of one nat chain; `cause` is what it decided, when it did. */
export type NatFunction = (
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  context: HookContext,
) => { readonly verdict: HookVerdict; readonly cause?: NatCause };

/** What one subsystem registers in a namespace. */
export interface Registration {
  readonly functions: readonly HookEntry<HookFunction>[];
  /** Chains of nat: the nat hook calls them, for packets that begin a connection. */
  readonly natChains: readonly HookEntry<NatFunction>[];
  /** Whether it turns connection tracking on (nf_ct_netns_get). */
  readonly tracks: boolean;
}

/** uapi/linux/netfilter_ipv4.h */
export const Priority = {
  defrag: -400,
  raw: -300,
  conntrack: -200,
  mangle: -150,
  natDestination: -100,
  filter: 0,
  natSource: 100,
  confirm: 2 ** 31 - 1,
} as const;

/** When a base chain was registered: its place in the configuration's list, behind all others if it is not there. */
export function registrationOf({ registered = [] }: Netns, chain: string): number {
  const place = registered.indexOf(chain);
  return place < 0 ? registered.length : place;
}

/** Which entries a hook runs, in order. */
export function entriesAt<F>(hook: Hook, entries: readonly HookEntry<F>[]): readonly HookEntry<F>[] {
  return entries
    .filter((entry) => entry.hook === hook)
    .sort((a, b) => a.priority - b.priority || b.registered - a.registered);
}
