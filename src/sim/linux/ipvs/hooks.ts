import type { Netns } from '../../../datamodel/network/netns.ts';
import { familyOf, type IpFamily } from '../../../wire/address.ts';
import { ipView } from '../../../wire/ip.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import { type HookEntry, type HookFunction, Priority, type Registration } from '../netfilter/hookFunction.ts';
import { errorFromClient } from './icmp.ts';
import { incoming } from './incoming.ts';
import { outgoing } from './outgoing.ts';

/*
 * Where IPVS stands (net/netfilter/ipvs/ip_vs_core.c, ip_vs_ops4 and ip_vs_ops6): behind the filter and before the nat of what comes in and
 * passes through, right behind the nat of what is sent. It has no part in PREROUTING and POSTROUTING.
 *
 *  INPUT    filter 0 → answers 98 → requests 99 → nat 100
 *  FORWARD  filter 0 → errors 99 → answers 100
 *  OUTPUT   nat −100 → answers −99 → requests −98 → filter 0
 */

/** What IPVS registers in a namespace for a family that it has virtual servers of. */
export function ipvsHooks({ virtualServers }: Netns, family: IpFamily): Registration {
  const entry = (
    hook: 'INPUT' | 'FORWARD' | 'OUTPUT',
    priority: number,
    run: HookFunction,
  ): HookEntry<HookFunction> => ({ hook, priority, registered: 1, run });
  const functions = [
    entry('INPUT', Priority.natSource - 2, outgoing),
    entry('INPUT', Priority.natSource - 1, incoming),
    entry('FORWARD', Priority.natSource - 1, forwardedError),
    entry('FORWARD', Priority.natSource, outgoing),
    entry('OUTPUT', Priority.natDestination + 1, outgoing),
    entry('OUTPUT', Priority.natDestination + 2, incoming),
  ];
  const isUsed = virtualServers?.some(({ address }) => familyOf(address) === family) ?? false;
  return {
    functions: isUsed ? functions : [],
    natChains: [],
    tracks: false,
  };
}

/** ip_vs_forward_icmp */
const forwardedError: HookFunction = (kernel, skb, hook) =>
  ipView(skb.bytes, skb.networkOffset).protocol === IpProtocol.icmp ? errorFromClient(kernel, skb, hook) : 'accept';
