import type { Link } from '../../../datamodel/network/link.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { isTunnelPacket } from '../tunnel/receive.ts';
import { forward } from './forward.ts';
import { headerFault } from './headerFault.ts';
import { localDeliver } from './localDeliver.ts';
import { recordRoute } from './recordRoute.ts';
import { routeInput } from './routeInput.ts';

/** An IPv4 packet came in by `link` (Linux: net/ipv4/ip_input.c, ip_rcv and ip_rcv_finish). */
export function ipReceive(kernel: Kernel, skb: Skb, link: Link): void {
  const place = { device: link.name };
  if (skb.meta.packetType === 'otherhost') {
    ignoreForeign(kernel, skb, link);
    return;
  }
  delete skb.meta.flooded;
  const fault = headerFault(skb);
  if (fault) {
    dropPacket(kernel, skb, fault.reason, fault.because, place);
    return;
  }
  trimPadding(skb);
  // What a bridge put together is a whole packet here: its control block starts anew (ip_rcv_core).
  delete skb.meta.fragmentMaxSize;
  skb.meta.pass = isTunnelPacket(kernel, skb) ? 'tunnel' : 'host';
  if (skb.meta.bridge?.preroutingDone) delete skb.meta.bridge;
  else if (kernel.stack.runHook(kernel, skb, 'PREROUTING', { inputDevice: link.name }) === 'drop') return;
  if (skb.meta.pass === 'host' && isTunnelPacket(kernel, skb)) skb.meta.pass = 'tunnel';
  const found = routeInput(kernel, skb, link.name);
  recordRoute(kernel, skb, 'input', found, place);
  switch (found.type) {
    case 'local':
    case 'broadcast':
      localDeliver(kernel, skb);
      return;
    case 'forward':
      forward(kernel, skb, found.route, found.onLink);
      return;
    case 'martian':
      dropPacket(kernel, skb, found.reason, found.because, place);
      return;
    case 'error': {
      const icmp = found.icmpCode === undefined ? undefined : { type: 3, code: found.icmpCode };
      const sent = icmp !== undefined && kernel.stack.icmpSend(kernel, skb, icmp);
      dropPacket(kernel, skb, found.reason, found.because, place, sent ? icmp : undefined);
    }
  }
}

function ignoreForeign(kernel: Kernel, skb: Skb, link: Link): void {
  const because = `The frame is not addressed to ${link.name}'s MAC ${link.mac}`;
  if (skb.meta.flooded) kernel.world.recorder.end(skb, { type: 'ignored', netns: kernel.id, because });
  else dropPacket(kernel, skb, 'OTHERHOST', because, { device: link.name });
}

/** Ethernet pads short frames; the IP header knows how long the packet is. */
function trimPadding(skb: Skb): void {
  const end = skb.networkOffset + new Ipv4View(skb.bytes, skb.networkOffset).totalLength;
  if (end < skb.bytes.length) skb.replace(skb.bytes.slice(0, end), skb.link);
}
