import { chance } from '../../../base/chance.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import type { NeighborState } from '../../../datamodel/network/tables.ts';
import type { IpAddress, MacAddress } from '../../../wire/address.ts';
import { ipv4ToNumber } from '../../../wire/address.ts';
import { type ArpFields, ArpOperation, emitArp, parseArp } from '../../../wire/arp.ts';
import { ETHERNET_HEADER_LENGTH, EtherType, emitEthernet } from '../../../wire/ethernet.ts';
import { WireError } from '../../../wire/wireError.ts';
import { dropPacket } from '../device/drop.ts';
import { routeInputFor } from '../ip/routeInput.ts';
import { eitherSysctl, forwards, largerSysctl, neighborSysctl } from '../ip/sysctl.ts';
import type { Kernel } from '../kernel.ts';
import { Skb } from '../skb.ts';
import { flushWaiting } from './resolve.ts';
import { neighborKey, writeNeighbor } from './table.ts';

/** In hundredths of a second. */
const PROXY_DELAY = 80;

type ArpOutcome = 'answered' | 'learned' | 'ignored';

/** Reads an ARP packet (RFC 826; Linux: net/ipv4/arp.c, arp_rcv and arp_process). */
export function arpReceive(kernel: Kernel, skb: Skb, link: Link): void {
  const arp = readArp(kernel, skb, link);
  if (arp === undefined) return;
  const { recorder } = kernel.world;
  const answer = skb.meta.packetType === 'otherhost' ? undefined : answerTo(kernel, arp, link);
  const outcome = outcomeOf(kernel, skb, arp, link, answer !== undefined);
  const operation = arp.operation === ArpOperation.request ? 'request' : 'reply';
  const proxied = answer?.proxied;
  const step = { type: 'arp', operation, asks: arp.targetIp, outcome, ...(proxied && { proxied }) } as const;
  const known = kernel.neighbors.get(neighborKey(link.name, arp.senderIp));
  const flush = outcome === 'ignored' ? undefined : learn(kernel, skb, arp, link, answer !== undefined);
  const entry = (kernel.neighbors.get(neighborKey(link.name, arp.senderIp)) ?? known)?.entry;
  recorder.step(kernel.id, skb, step, {
    device: link.name,
    ...(outcome !== 'ignored' && entry && { entry: { netns: kernel.id, table: 'neighbor', id: entry.id } }),
  });
  if (outcome === 'ignored') {
    const because = `The ARP ${operation} about ${arp.targetIp} is not for ${kernel.id}`;
    recorder.end(skb, { type: 'ignored', netns: kernel.id, because });
    return;
  }
  recorder.end(skb, { type: 'delivered', netns: kernel.id, to: 'ARP' });
  flush?.();
  if (answer !== undefined) reply(kernel, skb, arp, link, answer);
}

function readArp(kernel: Kernel, skb: Skb, link: Link): ArpFields | undefined {
  try {
    return parseArp(skb.bytes, ETHERNET_HEADER_LENGTH);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', `No ARP that this host understands: ${error.reason}`, {
      device: link.name,
    });
    return undefined;
  }
}

interface ArpAnswer {
  /** Virtual nanoseconds until it goes out. */
  readonly delay: number;
  readonly proxied?: true;
}

/** @returns undefined: this host does not answer. */
function answerTo(kernel: Kernel, arp: ArpFields, link: Link): ArpAnswer | undefined {
  const { targetIp, senderIp } = arp;
  if (arp.operation !== ArpOperation.request || ipv4ToNumber(targetIp) >>> 28 === 14) return undefined;
  const loopbackTarget = ipv4ToNumber(targetIp) >>> 24 === 127;
  if (loopbackTarget && !eitherSysctl(kernel, link.name, 'route_localnet')) return undefined;
  if (ipv4ToNumber(senderIp) === 0) {
    return kernel.fib.addressType(targetIp) === 'LOCAL' && !arpIgnore(kernel, arp, link) ? { delay: 0 } : undefined;
  }
  const found = routeInputFor(kernel, { source: senderIp, destination: targetIp, device: link.name, mark: 0 });
  if (found.type === 'local') return arpIgnore(kernel, arp, link) ? undefined : { delay: 0 };
  // Proxy ARP: this host answers for whoever it would forward to by another device (arp_fwd_proxy).
  const proxied =
    found.type === 'forward' && found.route.dev !== link.name && eitherSysctl(kernel, link.name, 'proxy_arp');
  return proxied && forwards(kernel, link.name) ? { delay: proxyDelay(kernel, arp, link), proxied: true } : undefined;
}

/** A proxy lets the owner answer first: up to 0.8 s, net.ipv4.neigh.DEVICE.proxy_delay in hundredths of a second. */
function proxyDelay(kernel: Kernel, arp: ArpFields, link: Link): number {
  const most = neighborSysctl(kernel, link.name, 'proxy_delay', PROXY_DELAY) * 10_000_000;
  const { seed, queue } = kernel.world;
  const drawn = chance(seed, 'proxy-arp', kernel.id, link.name, arp.senderIp, arp.targetIp, queue.now);
  return Math.floor((drawn / 2 ** 32) * most);
}

/** net.ipv4.conf.*.arp_ignore: 0 answers for every own address, 1 and 2 only for those of the device asked by. */
function arpIgnore(kernel: Kernel, arp: ArpFields, link: Link): boolean {
  const level = largerSysctl(kernel, link.name, 'arp_ignore');
  if (level === 0) return false;
  if (level === 8) return true;
  return !kernel.fib.addressesOf(link.name).includes(arp.targetIp);
}

/** A sender is learned when it asked for us, or when it is known already (RFC 826's "merge flag"). */
function outcomeOf(kernel: Kernel, skb: Skb, arp: ArpFields, link: Link, answered: boolean): ArpOutcome {
  if (answered) return 'answered';
  if (skb.meta.packetType === 'otherhost') return 'ignored';
  const known = kernel.neighbors.has(neighborKey(link.name, arp.senderIp));
  return known || eitherSysctl(kernel, link.name, 'arp_accept') ? 'learned' : 'ignored';
}

/** @returns what is to be sent, if packets waited for this answer. */
function learn(kernel: Kernel, skb: Skb, arp: ArpFields, link: Link, answered: boolean): (() => void) | undefined {
  if (ipv4ToNumber(arp.senderIp) === 0) return undefined;
  // Only an answer to us alone proves that the neighbour hears us.
  const proof = arp.operation === ArpOperation.reply && skb.meta.packetType === 'host' && !answered;
  return updateNeighbor(kernel, link.name, arp.senderIp, arp.senderMac, proof ? 'REACHABLE' : 'STALE');
}

function updateNeighbor(
  kernel: Kernel,
  dev: string,
  address: IpAddress,
  mac: MacAddress,
  state: NeighborState,
): (() => void) | undefined {
  const known = kernel.neighbors.get(neighborKey(dev, address));
  const old = known?.entry;
  if (old?.state === 'PERMANENT' || old?.state === 'NOARP') return undefined;
  const unchanged = old?.mac === mac && (old.state === state || (state === 'STALE' && old.state === 'REACHABLE'));
  if (unchanged) return undefined;
  const slot = writeNeighbor(kernel, dev, address, state, mac);
  return () => flushWaiting(kernel, slot);
}

function reply(kernel: Kernel, skb: Skb, arp: ArpFields, link: Link, { delay }: { readonly delay: number }): void {
  const { recorder, queue } = kernel.world;
  const what = `ARP ${arp.targetIp} is-at ${link.mac}`;
  const message = emitArp({
    operation: ArpOperation.reply,
    senderMac: link.mac,
    senderIp: arp.targetIp,
    targetMac: arp.senderMac,
    targetIp: arp.senderIp,
  });
  const frame = emitEthernet({ destination: arp.senderMac, source: link.mac, etherType: EtherType.arp }, message);
  const answer = new Skb(frame, 'ethernet', {
    trace: recorder.beginCaused(skb, what, 'control'),
    mark: 0,
    packetType: 'outgoing',
    pass: 'host',
    direction: 'down',
  });
  const send = (): void => {
    recorder.step(kernel.id, answer, { type: 'originate', by: 'kernel', what }, { device: link.name });
    kernel.stack.transmit(kernel, answer, link);
  };
  if (delay === 0) send();
  else queue.schedule(delay, send);
}
