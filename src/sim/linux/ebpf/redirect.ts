import { ETHERNET_HEADER_LENGTH } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import { routeAnySource } from '../ip/routeOutput.ts';
import type { ProgramRun } from './programRun.ts';

/**
 * Sends the packet on without this host's stack: no hook sees it (bpf_fib_lookup, bpf_redirect_neigh; Cilium:
 * bpf/lib/fib.h, fib_redirect). What is too long for the way is lost, and nobody is told.
 */
export function redirect(run: ProgramRun): 'taken' {
  const { kernel, skb, link, program } = run;
  const place = { device: link.name };
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const { destination, ttl } = ip;
  const found = routeAnySource(kernel, { destination });
  if (!found.ok) {
    dropPacket(kernel, skb, 'TC_INGRESS', `${program.name} finds no route to ${destination}`, place);
    return 'taken';
  }
  if (ttl <= 1) {
    dropPacket(kernel, skb, 'TC_INGRESS', `${program.name}: the TTL of ${ttl} does not allow another hop`, place);
    return 'taken';
  }
  const { dev, nextHop, route } = found.route;
  const mtu = kernel.links.get(dev)?.mtu ?? 0;
  if (ip.totalLength > mtu) {
    const because = `${program.name}: ${ip.totalLength} bytes are more than ${dev}'s MTU of ${mtu}, and programs do not fragment`;
    dropPacket(kernel, skb, 'TC_INGRESS', because, place);
    return 'taken';
  }
  new Ipv4View(skb.writable(), skb.networkOffset).decrementTtl();
  const entry = { netns: kernel.id, table: 'route' as const, id: route.id };
  const changes = [{ path: 'ipv4.ttl', from: String(ttl), to: String(ttl - 1) }];
  kernel.world.recorder.step(kernel.id, skb, { type: 'forward', ttl: ttl - 1 }, { ...place, entry, changes });
  skb.replace(skb.bytes.slice(ETHERNET_HEADER_LENGTH), 'ip');
  kernel.stack.neighborOutput(kernel, skb, dev, nextHop);
  return 'taken';
}
