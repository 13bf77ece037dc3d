import type { Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import { familyOf, type IpAddress } from '../../../wire/address.ts';
import { EtherType, emitEthernet } from '../../../wire/ethernet.ts';
import { ipView } from '../../../wire/ip.ts';
import type { Kernel } from '../kernel.ts';
import { Skb } from '../skb.ts';
import { receiveIpv6, sendIpv6 } from './ipv6Hooks.ts';
import type { Watch } from './watch.ts';

/** Where a packet comes in, and the device at the other end if that is the sender's own. */
export interface Door {
  readonly link: Link;
  readonly from?: Link;
}

/** The host's end of the veth whose other end has the address. */
export function vethOf(netns: Netns, config: (id: NetnsId) => Netns | undefined, address: IpAddress): Door | undefined {
  for (const link of netns.links) {
    if (link.kind !== 'veth') continue;
    const peer = config(link.peer.netns);
    if (!peer?.addresses.some((own) => own.address === address && own.link === link.peer.link)) continue;
    const from = peer.links.find(({ name }) => name === link.peer.link);
    return { link, ...(from && { from }) };
  }
  return undefined;
}

/** Hands the packet to the kernel as a program here would, from whose socket it comes. */
export function sendFromHere(kernel: Kernel, watch: Watch, packet: Uint8Array): string | undefined {
  const skb = newSkb(watch, packet, 'ip');
  watch.step(kernel.id, skb, { type: 'originate', by: 'socket', what: 'first packet' });
  const { source, destination } = ipView(packet);
  if (familyOf(destination) === 'IPv6') {
    sendIpv6(kernel, skb);
    return undefined;
  }
  const route = kernel.stack.routeOutput(kernel, { source, destination });
  if (!route.ok) return route.error;
  kernel.stack.ipLocalOut(kernel, skb, route.route);
  return undefined;
}

/** Hands the packet to the kernel by the device that it comes in by. */
export function receiveBy(kernel: Kernel, watch: Watch, packet: Uint8Array, { link, from }: Door): void {
  const { source } = ipView(packet);
  if (familyOf(source) === 'IPv6') {
    receiveIpv6(kernel, newSkb(watch, packet, 'ip'), link);
    return;
  }
  // A bridge's port takes in what is for the bridge.
  const bridge = link.port && kernel.links.get(link.port.bridge);
  const frame = emitEthernet(
    { destination: (bridge ?? link).mac, source: (from ?? link).mac, etherType: EtherType.ipv4 },
    packet,
  );
  kernel.stack.receive(kernel, newSkb(watch, frame, 'ethernet'), link);
}

/**
 * The device that packets from an address come in by: the way back to it, as the reverse path filter has it; the first
 * physical one where no route leads there.
 */
export function deviceTowards(kernel: Kernel, address: IpAddress): Link | undefined {
  const route = kernel.fib.lookup({ destination: address })?.result;
  const link = route === undefined ? undefined : kernel.links.get(route.dev);
  if (link !== undefined && link.kind !== 'loopback') return link;
  return [...kernel.links.values()].find(({ kind }) => kind === 'physical');
}

function newSkb(watch: Watch, bytes: Uint8Array, link: 'ethernet' | 'ip'): Skb {
  const trace = watch.begin({ origin: { type: 'flow' }, label: 'first packet', role: 'forward', exchange: 'flow' });
  watch.follow(trace);
  return new Skb(bytes, link, { trace, mark: 0, packetType: 'host', pass: 'host', direction: 'up' });
}
