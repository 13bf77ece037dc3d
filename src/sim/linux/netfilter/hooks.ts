import type { Hook } from '../../../datamodel/network/netfilter.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { IpFamily } from '../../../wire/address.ts';
import { familyAt } from '../../../wire/ip.ts';
import type { HookContext, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { connectionHooks } from './connectionHooks.ts';
import type { HookFunction, HookVerdict, Registration } from './hookFunction.ts';
import { entriesAt } from './hookFunction.ts';
import { iptablesHooks } from './iptablesHooks.ts';
import { natHooks } from './natHooks.ts';

/*
 * The five hooks and what can be registered at each, by priority (uapi/linux/netfilter_ipv4.h):
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

/**
 * Runs everything that is registered at a hook: tables, connection tracking, nat.
 *
 * The packet may come back rewritten and marked. On `drop` its trace has been ended, or it waits as a fragment for the rest.
 * A namespace without tables of the packet's family has nothing registered for it, not even conntrack.
 */
export function runHook(kernel: Kernel, skb: Skb, hook: Hook, context: HookContext): HookVerdict {
  for (const run of functionsAt(kernel.config, familyAt(skb.bytes, skb.networkOffset), hook)) {
    if (run(kernel, skb, hook, context) === 'drop') return 'drop';
  }
  return 'accept';
}

/** What a subsystem of the kernel registers in a namespace for a family. */
type Subsystem = (config: Netns, family: IpFamily) => Registration;

const loaded = new Map<'nf_tables' | 'ip_vs', Subsystem>();

/** modprobe: to be called before the first packet of a namespace whose configuration needs it. */
export function loadModule(name: 'nf_tables' | 'ip_vs', subsystem: Subsystem): void {
  loaded.set(name, subsystem);
}

function subsystem(name: 'nf_tables' | 'ip_vs'): Subsystem {
  const found = loaded.get(name);
  if (!found) throw new Error(`A namespace is configured for ${name}, which has not been loaded`);
  return found;
}

type Ordered = WeakMap<Netns, Map<Hook, readonly HookFunction[]>>;
const ordered: Readonly<Record<IpFamily, Ordered>> = { IPv4: new WeakMap(), IPv6: new WeakMap() };

/** Ordered once: configurations never change. */
function functionsAt(config: Netns, family: IpFamily, hook: Hook): readonly HookFunction[] {
  const hooks = ordered[family].get(config) ?? new Map<Hook, readonly HookFunction[]>();
  ordered[family].set(config, hooks);
  const known = hooks.get(hook);
  if (known !== undefined) return known;
  const functions = entriesAt(
    hook,
    registrations(config, family).flatMap((each) => each.functions),
  ).map(({ run }) => run);
  hooks.set(hook, functions);
  return functions;
}

/** What a configuration's subsystems register for a family, conntrack and nat with them when one of them asks for it. */
function registrations(config: Netns, family: IpFamily): readonly Registration[] {
  const { nftables, virtualServers } = config;
  const tables = [iptablesHooks(config, family), ...(nftables ? [subsystem('nf_tables')(config, family)] : [])];
  const chains = tables.flatMap((each) => each.natChains);
  return [
    ...tables,
    natHooks(chains),
    ...(virtualServers ? [subsystem('ip_vs')(config, family)] : []),
    ...(tables.some((each) => each.tracks) ? [connectionHooks()] : []),
  ];
}
