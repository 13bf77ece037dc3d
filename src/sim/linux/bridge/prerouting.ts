import type { Link } from '../../../datamodel/network/link.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { EthernetView } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import { headerFault } from '../ip/headerFault.ts';
import { recordRoute } from '../ip/recordRoute.ts';
import { routeInput } from '../ip/routeInput.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import { confirmedNeighbor } from '../neighbor/table.ts';
import type { Skb } from '../skb.ts';
import { handleFrame } from './forward.ts';

/*
 * br_netfilter (Linux: net/bridge/br_netfilter_hooks.c): with net.bridge.bridge-nf-call-iptables=1 the IP hooks run for
 * frames that a bridge forwards, as if they were routed; rules see the bridge as the interface, never the port.
 *
 *   port in ── PREROUTING ── FDB ──┬── FORWARD ── POSTROUTING ── port out     (stays on the bridge)
 *                  │               └── up to the host, PREROUTING not repeated
 *                  └ DNAT: route; out of the same bridge → the new neighbour's MAC; else → the bridge's own MAC
 */

/** PREROUTING at the bridge port, and what follows from a changed destination (br_nf_pre_routing and its _finish). */
export function bridgePrerouting(kernel: Kernel, skb: Skb, port: Link, bridge: Link): void {
  const place = { device: port.name };
  const fault = headerFault(skb);
  if (fault) {
    dropPacket(kernel, skb, 'IP_INHDR', fault.because, place);
    return;
  }
  const { packetType } = skb.meta;
  const before = destinationOf(skb);
  const inside = { bridge: bridge.name, port: port.name, preroutingDone: false };
  skb.meta.bridge = inside;
  skb.meta.pass = 'bridge';
  if (packetType === 'otherhost') skb.meta.packetType = 'host';
  skb.meta.inputDevice = bridge.name;
  if (kernel.stack.runHook(kernel, skb, 'PREROUTING', { inputDevice: bridge.name }) === 'drop') return;
  skb.meta.packetType = packetType;
  inside.preroutingDone = true;
  if (destinationOf(skb) !== before && !redirect(kernel, skb, port, bridge)) return;
  skb.meta.pass = 'host';
  skb.meta.inputDevice = port.name;
  handleFrame(kernel, skb, port, bridge);
}

/** @returns whether the frame, with a new destination MAC, goes on through the bridge at once. */
function redirect(kernel: Kernel, skb: Skb, port: Link, bridge: Link): boolean {
  const found = routeInput(kernel, skb, bridge.name);
  recordRoute(kernel, skb, 'input', found, { device: port.name });
  if (found.type === 'forward' && found.route.dev === bridge.name) {
    return bridgeToNeighbor(kernel, skb, port, bridge, found.route);
  }
  if (found.type === 'martian') {
    dropPacket(kernel, skb, 'NOT_SPECIFIED', found.because, { device: port.name });
    return false;
  }
  // What cannot be routed is the IP layer's to refuse, also when only ip_forward is missing.
  new EthernetView(skb.writable()).destination = bridge.mac;
  skb.meta.packetType = 'host';
  return true;
}

/** Only the destination MAC becomes the neighbour's; the sender's stays (neigh_hh_bridge). */
function bridgeToNeighbor(kernel: Kernel, skb: Skb, port: Link, bridge: Link, route: RouteResult): boolean {
  const slot = confirmedNeighbor(kernel, bridge.name, route.nextHop);
  const { source, destination } = new EthernetView(skb.bytes);
  if (slot === undefined) {
    // The slow way: the neighbour code asks, writes the whole header and sends by the bridge, which puts the sender back.
    skb.meta.bridge = { bridge: bridge.name, port: port.name, preroutingDone: true, natted: true, source };
    kernel.stack.neighborOutput(kernel, skb, bridge.name, route.nextHop);
    return false;
  }
  new EthernetView(skb.writable()).destination = slot.mac;
  kernel.world.recorder.step(
    kernel.id,
    skb,
    { type: 'neighbor', address: route.nextHop, state: slot.state, mac: slot.mac, waiting: false },
    {
      device: port.name,
      entry: { netns: kernel.id, table: 'neighbor', id: slot.id },
      changes: [{ path: 'ethernet.destination', from: destination, to: slot.mac }],
    },
  );
  return true;
}

function destinationOf(skb: Skb): IpAddress {
  return new Ipv4View(skb.bytes, skb.networkOffset).destination;
}
