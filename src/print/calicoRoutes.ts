import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { EndpointRoute } from '../datamodel/network/ebpfEndpoint.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { compareAddresses } from '../wire/address.ts';
import { endpointMapsOf } from './endpointMaps.ts';

/** Destinations stand to the right of so many columns. */
const WIDTH = 15;

/** What `calico-node -bpf routes dump` prints (felix/cmd/calico-bpf/commands/routes.go): whose every address is. */
export function printCalicoRoutes(netns: Netns): readonly PrintedLine[] {
  const routes = [...(endpointMapsOf(netns)?.routes.byPrefix.values() ?? [])];
  return routes
    .toSorted((a, b) => compareAddresses(a.prefix.address, b.prefix.address) || a.prefix.length - b.prefix.length)
    .map((route) => ({ text: `${route.id.padStart(WIDTH)}: ${wordsOf(route)}`, entry: `rt ${route.id}` }));
}

/** In the order of Value.String (felix/bpf/routes/map.go). */
function wordsOf(route: EndpointRoute): string {
  const { local, of, device, nextHop } = route;
  return [
    local ? 'local' : 'remote',
    ...(of ? [of] : []),
    ...(route.inPool ? ['in-pool'] : []),
    ...(route.natOutgoing ? ['nat-out'] : []),
    ...(route.sameSubnet ? ['same-subnet'] : []),
    ...(route.tunneled ? ['tunneled'] : []),
    ...(local && of === 'workload' ? [`idx ${device?.index ?? 0}`] : []),
    ...(!local && of === 'workload' ? [`nh ${nextHop ?? '0.0.0.0'}`] : []),
  ].join(' ');
}
