import type { Capture, Conversation, Trace } from '../../datamodel/flow/trace.ts';
import type { Link, VxlanLink } from '../../datamodel/network/link.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { IpAddress } from '../../wire/address.ts';
import { ArpView } from '../../wire/arp.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, EtherType } from '../../wire/ethernet.ts';
import { Icmpv4View } from '../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH, UdpView } from '../../wire/udp.ts';
import { VXLAN_HEADER_LENGTH, VxlanView } from '../../wire/vxlan.ts';
import { isGroup, PathTables } from './path/pathTables.ts';
import { type HookPacket, rulesAllow } from './path/rulesAllow.ts';

/** Bytes that a frame may be longer than an MTU: the Ethernet header, and one VLAN tag where nobody asks. */
const VLAN_ROOM = 4;
const BRIDGE_HOOKS = 'net.bridge.bridge-nf-call-iptables';

/**
 * What a conversation's frames did that the tables do not allow. Walks every frame from one interface to the next with look-ups
 * of its own: cables and what is up, MTUs, bridges and their forwarding entries, routes, next hops and their MACs, TTLs,
 * tunnels, and the rules that drop.
 *
 * @param netns the configurations that the conversation ran on.
 */
export function pathProblems(conversation: Conversation, netns: (id: NetnsId) => Netns | undefined): readonly string[] {
  return new PathCheck(conversation, netns).run();
}

class PathCheck {
  private readonly conversation: Conversation;
  private readonly netns: (id: NetnsId) => Netns | undefined;
  private readonly tables = new Map<NetnsId, PathTables>();
  private readonly last = new Map<number, Capture>();
  private readonly problems: string[] = [];

  constructor(conversation: Conversation, netns: (id: NetnsId) => Netns | undefined) {
    this.conversation = conversation;
    this.netns = netns;
  }

  run(): readonly string[] {
    for (const capture of this.conversation.captures) {
      const link = this.of(capture).links.get(capture.device);
      const previous = this.previous(capture.trace);
      if (link === undefined) this.say(capture, 'there is no such device');
      else if (!this.isUp(link)) this.say(capture, 'the device or its other end is down');
      else if (capture.direction === 'in') this.arrival(capture, link, previous);
      else this.departure(capture, link, previous);
      this.learn(capture);
      this.last.set(capture.trace, capture);
    }
    for (const trace of this.conversation.traces) this.delivery(trace);
    return this.problems;
  }

  private say({ netns, device, direction, trace }: Capture, text: string): void {
    this.problems.push(`trace ${trace}, ${direction} at ${netns} ${device}: ${text}`);
  }

  private of({ netns: id }: { readonly netns: NetnsId }): PathTables {
    const known = this.tables.get(id);
    if (known) return known;
    const netns = this.netns(id);
    if (netns === undefined) throw new Error(`There is no network namespace ${id}`);
    const tables = new PathTables(netns, this.conversation.before.get(id));
    this.tables.set(id, tables);
    return tables;
  }

  /** Where the packet, or the one it is a copy or a piece of, was seen last. */
  private previous(id: number): Capture | undefined {
    const seen = this.last.get(id);
    const origin = this.conversation.traces[id]?.origin;
    return seen ?? (origin?.type === 'copy' ? this.previous(origin.trace) : undefined);
  }

  private isUp(link: Link): boolean {
    if (!link.up) return false;
    if (link.kind !== 'veth' && link.kind !== 'physical') return true;
    return this.of(link.peer).links.get(link.peer.link)?.up === true;
  }

  private arrival(capture: Capture, link: Link, previous: Capture | undefined): void {
    if (previous === undefined) {
      this.say(capture, 'the frame comes from nowhere');
      return;
    }
    const inside = previous.netns === capture.netns;
    switch (link.kind) {
      case 'veth':
      case 'physical': {
        const { netns, link: end } = link.peer;
        if (previous.direction !== 'out' || previous.netns !== netns || previous.device !== end)
          this.say(capture, `its cable leads to ${netns} ${end}, not to ${previous.netns} ${previous.device}`);
        else if (!sameBytes(previous.bytes, capture.bytes)) this.say(capture, 'the frame changed on the cable');
        if (capture.bytes.length > link.mtu + ETHERNET_HEADER_LENGTH + VLAN_ROOM)
          this.say(capture, 'longer than the MTU');
        return;
      }
      case 'bridge': {
        if (!inside || this.of(capture).port(previous.device)?.bridge !== link.name)
          this.say(capture, `${previous.device} is not a port of this bridge`);
        else if (!this.of(capture).isOwnMac(link.name, new EthernetView(capture.bytes).destination))
          this.say(capture, 'the frame is not for this host');
        return;
      }
      case 'vxlan':
        if (inside && previous.direction === 'in') this.decapsulation(capture, link, previous);
        else this.say(capture, 'no outer packet came in');
        return;
      case 'loopback':
        if (!inside || previous.device !== link.name || previous.direction !== 'out')
          this.say(capture, 'nothing was sent to it');
    }
  }

  private decapsulation(capture: Capture, link: VxlanLink, outer: Capture): void {
    const tables = this.of(capture);
    const ip = ipOf(outer.bytes);
    if (ip === undefined || !tables.isLocal(ip.destination)) {
      this.say(capture, 'the outer packet is not for this host');
      return;
    }
    if (!rulesAllow(tables, 'INPUT', { ...hookPacket(ip), input: outer.device }))
      this.say(capture, 'a rule of INPUT forbids the outer packet');
    if (ip.isFragment) return;
    const at = ip.payloadOffset;
    if (new UdpView(outer.bytes, at).destinationPort !== link.destinationPort)
      this.say(capture, 'not the tunnel’s port');
    if (new VxlanView(outer.bytes, at + UDP_HEADER_LENGTH).vni !== link.vni) this.say(capture, 'not the tunnel’s VNI');
    const inner = outer.bytes.subarray(at + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH);
    const head = ETHERNET_HEADER_LENGTH + 12;
    if (inner.length !== capture.bytes.length || !sameBytes(inner.subarray(head), capture.bytes.subarray(head)))
      this.say(capture, 'not what was inside the outer packet');
  }

  private departure(capture: Capture, link: Link, previous: Capture | undefined): void {
    const tables = this.of(capture);
    const inside = previous?.netns === capture.netns ? previous : undefined;
    // What bridge hooks put together passes through the bridge's device whole, and is cut at the port.
    const passing = inside !== undefined && tables.port(inside.device)?.bridge === link.name;
    const room = link.mtu + ETHERNET_HEADER_LENGTH + (link.port ? VLAN_ROOM : 0);
    if (capture.bytes.length > room && !passing)
      this.say(capture, `${capture.bytes.length} bytes, longer than the MTU`);
    const bridge = link.port?.bridge;
    if (inside === undefined) this.localOutput(capture, link, undefined);
    else if (bridge !== undefined && tables.port(inside.device)?.bridge === bridge) this.bridged(capture, link, inside);
    else if (bridge !== undefined && inside.device === bridge) this.towardsPort(capture, link, undefined);
    else if (inside.direction === 'out') this.encapsulation(capture, link, inside);
    else if (passing) {
      if (!this.hasBridgeHooks(tables)) this.say(capture, 'a frame that stays in the bridge is not sent by its device');
    } else this.forwarded(capture, link, inside);
  }

  private hasBridgeHooks(tables: PathTables): boolean {
    return (tables.sysctl(BRIDGE_HOOKS) ?? '0') !== '0';
  }

  private bridged(capture: Capture, link: Link, from: Capture): void {
    const tables = this.of(capture);
    if (from.device === capture.device && link.port?.hairpin !== true)
      this.say(capture, 'back through a port without hairpin');
    this.towardsPort(capture, link, from);
    const [before, after] = [ipOf(from.bytes), ipOf(capture.bytes)];
    if (before === undefined || after === undefined) return;
    if (before.ttl !== after.ttl) this.say(capture, 'a bridge leaves the TTL alone');
    if (!this.hasBridgeHooks(tables)) {
      if (!sameBytes(from.bytes, capture.bytes)) this.say(capture, 'a bridge without hooks changes nothing');
      return;
    }
    const bridge = link.port?.bridge ?? '';
    this.translated(capture, before, after);
    this.meets(capture, 'FORWARD', { ...hookPacket(before, after), input: bridge, output: bridge });
  }

  /** Whether the bridge sends frames for this MAC out of this port. */
  private towardsPort(capture: Capture, link: Link, from: Capture | undefined): void {
    const { destination } = new EthernetView(capture.bytes);
    if ((Number.parseInt(destination.slice(0, 2), 16) & 1) === 1) return;
    const known = this.of(capture).portOf(link.port?.bridge ?? '', destination);
    if (known !== undefined && known !== link.name && this.reaches(capture, known))
      this.say(capture, `${destination} is behind ${known}`);
    if (known === undefined && link.port?.flood !== true) this.say(capture, `nobody knows ${destination}`);
    if (from && new EthernetView(from.bytes).destination !== destination) {
      const ip = ipOf(capture.bytes);
      const macs = ip && this.of(capture).macsOf(link.port?.bridge ?? '', this.nextHop(capture, ip.destination));
      if (macs?.has(destination) !== true)
        this.say(capture, `the new destination does not have the MAC ${destination}`);
    }
  }

  /** A port without carrier has been forgotten with all that was learned there. */
  private reaches(capture: Capture, port: string): boolean {
    const link = this.of(capture).links.get(port);
    return link !== undefined && this.isUp(link);
  }

  private encapsulation(capture: Capture, link: Link, inner: Capture): void {
    const tunnel = this.of(capture).links.get(inner.device);
    const outer = ipOf(capture.bytes);
    if (tunnel?.kind !== 'vxlan' || outer === undefined) {
      this.say(capture, `${inner.device} has nothing to do with it`);
      return;
    }
    const { destination } = new EthernetView(inner.bytes);
    if (!this.of(capture).remotesOf(tunnel.name, destination).includes(outer.destination))
      this.say(capture, `no forwarding entry leads from ${destination} to ${outer.destination}`);
    this.localOutput(capture, link, outer);
  }

  private forwarded(capture: Capture, link: Link, from: Capture): void {
    const tables = this.of(capture);
    const [before, after] = [ipOf(from.bytes), ipOf(capture.bytes)];
    if (before === undefined || after === undefined) return;
    if (!tables.forwards(from.device)) this.say(capture, 'the namespace does not forward');
    if (!tables.isOwnMac(from.device, new EthernetView(from.bytes).destination))
      this.say(capture, 'the frame was not for this host');
    if (before.ttl <= 1 || after.ttl !== before.ttl - 1) this.say(capture, `TTL ${before.ttl} became ${after.ttl}`);
    this.translated(capture, before, after);
    this.routed(capture, link, after.destination);
    this.meets(capture, 'PREROUTING', { ...hookPacket(before), input: from.device });
    this.meets(capture, 'FORWARD', { ...hookPacket(before, after), input: from.device, output: link.name });
  }

  private localOutput(capture: Capture, link: Link, outer: Ipv4View | undefined): void {
    const ip = outer ?? ipOf(capture.bytes);
    if (ip === undefined) return;
    const tables = this.of(capture);
    if (link.port) {
      const resets = tables.netns.netfilter.some(({ chains }) =>
        chains.some(({ rules }) => rules.some(({ target }) => target.type === 'REJECT')),
      );
      if (!resets) this.say(capture, 'the host itself does not send through a port');
      return;
    }
    this.routed(capture, link, ip.destination);
    // Where nat is, the source at the hook may have been another; the device was that of the first route.
    const { source: _, sourcePort: __, ...packet } = hookPacket(ip);
    this.meets(capture, 'OUTPUT', packet);
  }

  private routed(capture: Capture, link: Link, destination: IpAddress): void {
    if (isGroup(destination)) return;
    const tables = this.of(capture);
    const route = tables.route(destination);
    const device = route?.type === 'local' ? 'lo' : route?.dev;
    if (route === undefined || ['blackhole', 'unreachable', 'prohibit'].includes(route.type) || device !== link.name) {
      this.say(capture, `the route to ${destination} is ${route ? `${route.type} ${device}` : 'missing'}`);
      return;
    }
    if (link.kind === 'loopback' || route.type === 'broadcast') return;
    const frame = new EthernetView(capture.bytes);
    const hop = route.via ?? destination;
    if (!tables.macsOf(link.name, hop).has(frame.destination))
      this.say(capture, `${hop} does not have the MAC ${frame.destination}`);
    if (frame.source !== link.mac) this.say(capture, `sent with the MAC ${frame.source}`);
  }

  private nextHop(capture: Capture, destination: IpAddress): IpAddress {
    return this.of(capture).route(destination)?.via ?? destination;
  }

  /** Addresses change only to what a rule, a device or an earlier packet of the namespace has. */
  private translated(capture: Capture, before: Ipv4View, after: Ipv4View): void {
    const tables = this.of(capture);
    const rules = tables.netns.netfilter.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
    const named = (address: IpAddress, type: 'SNAT' | 'DNAT'): boolean =>
      rules.some(({ target }) => target.type === type && target.address === address);
    const { destination, source } = after;
    if (destination !== before.destination && !named(destination, 'DNAT') && !tables.ends.has(destination))
      this.say(capture, `nothing turns ${before.destination} into ${destination}`);
    const own = tables.netns.addresses.some(({ address }) => address === source);
    if (source !== before.source && !own && !named(source, 'SNAT') && !tables.ends.has(source))
      this.say(capture, `nothing turns ${before.source} into ${source}`);
  }

  private meets(capture: Capture, hook: 'PREROUTING' | 'FORWARD' | 'OUTPUT', packet: HookPacket): void {
    if (!rulesAllow(this.of(capture), hook, packet)) this.say(capture, `a rule of ${hook} forbids it`);
  }

  private delivery({ id, disposition, hops }: Trace): void {
    const step = hops.at(-1)?.steps.at(-1);
    if (disposition.type !== 'delivered' || step?.type !== 'deliver') return;
    const tables = this.of(disposition);
    const ip = new Ipv4View(step.bytes, step.link === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0);
    const say = (text: string): number => this.problems.push(`trace ${id}, delivered in ${disposition.netns}: ${text}`);
    const seen = this.previous(id);
    if (seen === undefined || seen.netns !== disposition.netns || seen.direction !== 'in')
      say('it never arrived there');
    if (!tables.isLocal(ip.destination)) say(`${ip.destination} is not an address of it`);
    const input = seen && (tables.port(seen.device)?.bridge ?? seen.device);
    // The filter of INPUT is met before a source is turned back.
    const packet = hookPacket((seen && ipOf(seen.bytes)) ?? ip, ip);
    if (!rulesAllow(tables, 'INPUT', { ...packet, ...(input !== undefined && { input }) }))
      say('a rule of INPUT forbids it');
  }

  private learn(capture: Capture): void {
    const tables = this.of(capture);
    const frame = new EthernetView(capture.bytes);
    if (capture.direction === 'in') tables.learnPort(capture.device, frame.source);
    const ip = ipOf(capture.bytes);
    if (ip) {
      tables.ends.add(ip.source);
      tables.ends.add(ip.destination);
    } else if (frame.etherType === EtherType.arp && capture.direction === 'in') {
      const arp = new ArpView(capture.bytes, ETHERNET_HEADER_LENGTH);
      tables.learnNeighbor(capture.device, arp.senderIp, arp.senderMac);
    }
  }
}

function ipOf(frame: Uint8Array): Ipv4View | undefined {
  if (new EthernetView(frame).etherType !== EtherType.ipv4) return undefined;
  return new Ipv4View(frame, ETHERNET_HEADER_LENGTH);
}

/** Sources as the packet came, destinations as it goes: nat turns those before a filter sees them, these behind it. */
function hookPacket(before: Ipv4View, after: Ipv4View = before): HookPacket {
  const { source, protocol } = before;
  const { destination } = after;
  const ends = { source, destination, protocol };
  if (before.isFragment || after.isFragment) return ends;
  if (protocol === IpProtocol.icmp) {
    const { type, code } = new Icmpv4View(before.bytes, before.payloadOffset);
    return { ...ends, icmp: { type, code } };
  }
  if (protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp) return ends;
  const { sourcePort } = new UdpView(before.bytes, before.payloadOffset);
  const { destinationPort } = new UdpView(after.bytes, after.payloadOffset);
  return { ...ends, sourcePort, destinationPort };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && a.every((byte, i) => byte === b[i]));
}
