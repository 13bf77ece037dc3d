import type { EndpointMaps } from '../datamodel/network/ebpfEndpoint.ts';
import type { Netns } from '../datamodel/network/netns.ts';

/** The maps that a namespace's programs of endpoints share; undefined where there are none. */
export function endpointMapsOf({ ebpf }: Netns): EndpointMaps | undefined {
  const device = ebpf?.devices.find((program) => program.type === 'endpoint');
  if (device) return device.paths;
  return ebpf?.cgroup.find((program) => program.type === 'connectTime')?.paths;
}
