import type { Route } from '../../../datamodel/network/tables.ts';
import type { MacAddress } from '../../../wire/address.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { forwardable } from '../device/forwardable.ts';
import { forwards } from '../ip/sysctl.ts';
import { validNeighbor } from '../neighbor/table.ts';
import { nexthopByFlow } from '../route/multipath.ts';
import type { RouteResult } from '../routeResult.ts';
import type { ProgramRun } from './programRun.ts';

/** What bpf_fib_lookup returns, without `BPF_FIB_LKUP_RET_` (include/uapi/linux/bpf.h). */
export type FibLookup =
  | { readonly type: 'SUCCESS'; readonly route: RouteResult; readonly mac: MacAddress }
  | { readonly type: 'NO_NEIGH'; readonly route: RouteResult }
  | { readonly type: 'FRAG_NEEDED'; readonly route: RouteResult; readonly mtu: number }
  | {
      readonly type: 'NOT_FWDED' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT' | 'FWD_DISABLED';
      readonly entry?: Route;
    };

/**
 * Where a packet that came in by the program's device would be forwarded (Linux: net/core/filter.c, bpf_ipv4_fib_lookup):
 * nothing is asked of neighbours, and the packet's length is looked at only if the next hop's MAC is known.
 *
 * @param ends of another packet than the one at hand.
 */
export function fibLookup(
  { kernel, skb, link }: ProgramRun,
  ends: Pick<Ipv4View, 'source' | 'destination'> = new Ipv4View(skb.bytes, skb.networkOffset),
): FibLookup {
  if (!forwards(kernel, link.name)) return { type: 'FWD_DISABLED' };
  const { source, destination } = ends;
  const query = { source, destination, inputDevice: link.name };
  const found = kernel.fib.lookup({ ...query, nexthop: nexthopByFlow(kernel, query, skb) });
  if (!found) return { type: 'NOT_FWDED' };
  const { route: entry, result: route } = found;
  switch (entry.type) {
    case 'blackhole':
      return { type: 'BLACKHOLE', entry };
    case 'unreachable':
      return { type: 'UNREACHABLE', entry };
    case 'prohibit':
      return { type: 'PROHIBIT', entry };
    case 'unicast':
      break;
    default:
      return { type: 'NOT_FWDED', entry };
  }
  const out = route && kernel.links.get(route.dev);
  if (!route || !out) return { type: 'NOT_FWDED', entry };
  const neighbor = validNeighbor(kernel, route.dev, route.nextHop);
  if (!neighbor) return { type: 'NO_NEIGH', route };
  if (!forwardable(skb, out)) return { type: 'FRAG_NEEDED', route, mtu: out.mtu };
  return { type: 'SUCCESS', route, mac: neighbor.mac };
}
