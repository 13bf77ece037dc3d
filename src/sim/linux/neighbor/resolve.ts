import type { Link } from '../../../datamodel/network/link.ts';
import { type IpAddress, prefixContains } from '../../../wire/address.ts';
import { ArpOperation, emitArp } from '../../../wire/arp.ts';
import { BROADCAST_MAC, EtherType, emitEthernet, ZERO_MAC } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import { largerSysctl, neighborSysctl } from '../ip/sysctl.ts';
import type { Kernel, NeighborSlot } from '../kernel.ts';
import { Skb } from '../skb.ts';
import { neighborKey, writeNeighbor } from './table.ts';

/** net.ipv4.neigh.default.retrans_time_ms and mcast_solicit: three questions, a second apart. */
const RETRANSMIT_MILLISECONDS = 1000;
const PROBES = 3;
/** Packets that wait for one neighbour (unres_qlen); the oldest gives way. */
const QUEUE_LENGTH = 101;
const HOST_UNREACHABLE = { type: 3, code: 1 } as const;

/** Keeps the packet and asks who has the address, unless that has been done (Linux: neighbour.c, __neigh_event_send). */
export function resolve(kernel: Kernel, skb: Skb, link: Link, address: IpAddress): void {
  const known = kernel.neighbors.get(neighborKey(link.name, address));
  const asking = known?.entry.state === 'INCOMPLETE' && known.timer !== undefined;
  const slot = asking ? known : writeNeighbor(kernel, link.name, address, 'INCOMPLETE');
  const place = { device: link.name, entry: { netns: kernel.id, table: 'neighbor', id: slot.entry.id } } as const;
  kernel.world.recorder.step(kernel.id, skb, { type: 'neighbor', address, state: 'INCOMPLETE', waiting: true }, place);
  if (slot.waiting.length >= QUEUE_LENGTH) {
    const oldest = slot.waiting.shift();
    if (oldest)
      dropPacket(kernel, oldest, 'NEIGH_QUEUEFULL', `${QUEUE_LENGTH} packets wait for ${address} already`, place);
  }
  slot.waiting.push(skb);
  if (asking) return;
  slot.probes = 0;
  probe(kernel, slot, link, address);
}

/** A MAC has come: everything that waited leaves in order (neigh_update). */
export function flushWaiting(kernel: Kernel, slot: NeighborSlot): void {
  if (slot.timer) {
    kernel.world.queue.cancel(slot.timer);
    delete slot.timer;
  }
  const { dev, address } = slot.entry;
  for (const skb of slot.waiting.splice(0)) kernel.stack.neighborOutput(kernel, skb, dev, address);
}

/** Somebody has deleted the entry that packets waited for: they are lost, and nobody is told (neigh_remove_one). */
export function abandonWaiting(kernel: Kernel, slot: NeighborSlot): void {
  if (slot.timer) {
    kernel.world.queue.cancel(slot.timer);
    delete slot.timer;
  }
  const { dev, address, id } = slot.entry;
  const place = { device: dev, entry: { netns: kernel.id, table: 'neighbor', id } } as const;
  const waiting = slot.waiting.splice(0);
  if (waiting.length === 0) return;
  const because = `The neighbour entry for ${address} that the packet waited for was deleted`;
  kernel.world.queue.schedule(0, () => {
    for (const skb of waiting) dropPacket(kernel, skb, 'NEIGH_DEAD', because, place);
  });
}

function probe(kernel: Kernel, slot: NeighborSlot, link: Link, address: IpAddress): void {
  const cause = slot.waiting.at(-1);
  slot.probes++;
  const milliseconds = neighborSysctl(kernel, link.name, 'retrans_time_ms', RETRANSMIT_MILLISECONDS);
  slot.timer = kernel.world.queue.scheduleTimer(milliseconds * 1e6, () => {
    if (slot.probes < neighborSysctl(kernel, link.name, 'mcast_solicit', PROBES)) {
      probe(kernel, slot, link, address);
    } else fail(kernel, slot, link, address);
  });
  if (cause) ask(kernel, cause, link, address);
}

/** Nobody answered: whoever sent the packets hears of it, this host's own programs too, over lo (arp_error_report). */
function fail(kernel: Kernel, slot: NeighborSlot, link: Link, address: IpAddress): void {
  delete slot.timer;
  writeNeighbor(kernel, link.name, address, 'FAILED');
  const entry = { netns: kernel.id, table: 'neighbor', id: slot.entry.id } as const;
  const place = { device: link.name, entry };
  for (const skb of slot.waiting.splice(0)) {
    const step = { type: 'neighbor', address, state: 'FAILED', waiting: false } as const;
    kernel.world.recorder.step(kernel.id, skb, step, place);
    const sent = kernel.stack.icmpSend(kernel, skb, HOST_UNREACHABLE);
    const because = `Nobody on ${link.name} answered for ${address}, asked ${slot.probes} times`;
    dropPacket(kernel, skb, 'NEIGH_FAILED', because, place, sent ? HOST_UNREACHABLE : undefined);
  }
}

function ask(kernel: Kernel, cause: Skb, link: Link, target: IpAddress): void {
  const { recorder } = kernel.world;
  const what = `ARP who-has ${target}`;
  const arp = emitArp({
    operation: ArpOperation.request,
    senderMac: link.mac,
    senderIp: senderFor(kernel, cause, link, target),
    targetMac: ZERO_MAC,
    targetIp: target,
  });
  const frame = emitEthernet({ destination: BROADCAST_MAC, source: link.mac, etherType: EtherType.arp }, arp);
  const request = new Skb(frame, 'ethernet', {
    trace: recorder.beginCaused(cause, what, 'control'),
    mark: 0,
    packetType: 'outgoing',
    pass: 'host',
    direction: 'down',
  });
  recorder.step(kernel.id, request, { type: 'originate', by: 'kernel', what }, { device: link.name });
  kernel.stack.transmit(kernel, request, link);
}

/**
 * The waiting packet's own source, if it is this host's, else an address of the device (arp_solicit). arp_announce 1 wants
 * it to be of the target's subnet, 2 always takes the device's.
 */
function senderFor(kernel: Kernel, cause: Skb, link: Link, target: IpAddress): IpAddress {
  const { source } = new Ipv4View(cause.bytes, cause.networkOffset);
  const announce = largerSysctl(kernel, link.name, 'arp_announce');
  const own = announce < 2 && kernel.fib.addressType(source) === 'LOCAL';
  if (own && (announce === 0 || sameSubnet(kernel, link, source, target))) return source;
  return kernel.fib.selectSource(link.name, target, 'link') ?? ('0.0.0.0' as IpAddress);
}

/** Whether one of the device's subnets holds both addresses (inet_addr_onlink). */
function sameSubnet(kernel: Kernel, link: Link, a: IpAddress, b: IpAddress): boolean {
  return kernel.config.addresses.some(({ link: name, address, prefixLength }) => {
    const subnet = { address, length: prefixLength };
    return name === link.name && prefixContains(subnet, a) && prefixContains(subnet, b);
  });
}
