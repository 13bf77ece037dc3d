import type { EndpointMaps } from '../../../../datamodel/network/ebpfEndpoint.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import type { ProgramRun } from '../programRun.ts';
import { routeOf } from './routes.ts';

/**
 * Tells the tunnel's device which node has the packet's Pod (bpf_skb_set_tunnel_key).
 * @returns whether one of them has it; if not the device is to know by itself.
 */
export function setTunnelKey(run: ProgramRun, { routes, vxlan }: EndpointMaps): boolean {
  const { skb, kernel, link } = run;
  const { destination } = new Ipv4View(skb.bytes, skb.networkOffset);
  const route = routeOf(run, routes, destination);
  if (!route?.tunneled || route.nextHop === undefined) return false;
  skb.meta.tunnelKey = { id: vxlan.overlayVni, remote: route.nextHop, ttl: 64, tos: 0, checksum: false };
  const note = `${route.nextHop} has ${route.id}`;
  const detail = {
    type: 'program',
    attach: run.program.hook,
    name: run.program.name,
    action: 'redirect',
    lookups: run.lookup.lookups,
    note,
  } as const;
  const entry = { netns: kernel.id, table: 'ebpf', id: `rt ${route.id}` } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { device: link.name, entry });
  return true;
}
