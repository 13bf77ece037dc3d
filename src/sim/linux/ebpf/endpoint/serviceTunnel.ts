import type { IpAddress } from '../../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH, EthernetView, EtherType, emitEthernet, ZERO_MAC } from '../../../../wire/ethernet.ts';
import { emitIpv4, IPV4_HEADER_LENGTH, IpProtocol, Ipv4View } from '../../../../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH, UdpView } from '../../../../wire/udp.ts';
import { emitVxlan, VXLAN_HEADER_LENGTH, VxlanView } from '../../../../wire/vxlan.ts';
import { entryOf, putEntry } from '../state.ts';
import { deny, type EndpointRun } from './endpointRun.ts';
import { readPacket } from './packet.ts';
import { isLocalHost, isRemoteHost, routeOf } from './routes.ts';

/*
 * How a request for a service goes to the node that has its backend, and the answer back, with the client's address in it (Felix:
 * bpf-gpl/nat4.h). No device has part in it: programs write and read what is outside.
 *
 *   +----------+----------+-----+-------+----------------+-------------------+
 *   | Ethernet | IPv4     | UDP | VXLAN | Ethernet, MACs | the packet as     |
 *   |          | to node  |     |       | all zero       | its client sent it|
 *   +----------+----------+-----+-------+----------------+-------------------+
 */
const OVERHEAD = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * Unwraps what another node has sent on for a service. `overlay`: it is the Pods' own tunnel's; `no`: nothing of both.
 */
export function unwrap(run: EndpointRun): 'unwrapped' | 'overlay' | 'no' | 'taken' {
  const { skb, kernel, paths, packet } = run;
  const { routes, vxlan } = paths;
  const { protocol, destinationPort, source } = packet.tuple;
  if (protocol !== IpProtocol.udp || destinationPort !== vxlan.port || packet.isFragment) return 'no';
  if (!isLocalHost(routeOf(run, routes, packet.tuple.destination))) return 'no';
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const udp = new UdpView(skb.bytes, ip.payloadOffset);
  const header = new VxlanView(skb.bytes, udp.payloadOffset);
  const innerAt = header.payloadOffset + ETHERNET_HEADER_LENGTH;
  if (!header.vniValid || ip.offset + ip.totalLength < innerAt + IPV4_HEADER_LENGTH) return 'no';
  const isNode = isRemoteHost(routeOf(run, routes, source));
  if (header.vni === vxlan.overlayVni) return isNode ? 'overlay' : 'no';
  if (header.vni !== vxlan.serviceVni) return 'no';
  if (!isNode || udp.checksum !== 0) return deny(run, `${source} is no node that may send on what is for services`);
  rememberHop(run, source);
  const end = ip.offset + ip.totalLength;
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + end - innerAt);
  frame.set(skb.bytes.subarray(0, ETHERNET_HEADER_LENGTH));
  frame.set(skb.bytes.subarray(innerAt, end), ETHERNET_HEADER_LENGTH);
  skb.replace(frame, 'ethernet');
  run.tunnelFrom = source;
  const detail = { type: 'decapsulate', tunnel: 'vxlan', overhead: OVERHEAD, vni: vxlan.serviceVni } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { device: run.link.name });
  const inner = readPacket(kernel, skb);
  if (!inner) return deny(run, 'what came through the tunnel cannot be read');
  run.packet = inner;
  run.target = { address: inner.tuple.destination, port: inner.tuple.destinationPort };
  return 'unwrapped';
}

/** Wraps the packet for another node: outside it is like the packet itself, and inside it has lost a hop. */
export function wrap(run: EndpointRun, remote: IpAddress): void {
  const { skb, kernel, paths, packet } = run;
  const { hostAddress, vxlan } = paths;
  const at = skb.networkOffset;
  const original = new Ipv4View(skb.bytes, at);
  const { tos, identification, dontFragment, ttl } = original;
  const inner = skb.bytes.slice(at, at + original.totalLength);
  new Ipv4View(inner).decrementTtl();
  const ethernet = { destination: ZERO_MAC, source: ZERO_MAC, etherType: EtherType.ipv4 };
  const payload = emitVxlan({ vni: vxlan.serviceVni }, emitEthernet(ethernet, inner));
  const sourcePort = packet.tuple.sourcePort ^ packet.tuple.destinationPort;
  const outer = emitIpv4(
    {
      tos,
      identification,
      dontFragment,
      moreFragments: false,
      fragmentOffset: 0,
      ttl,
      protocol: IpProtocol.udp,
      source: hostAddress,
      destination: remote,
    },
    emitUdp({ sourcePort, destinationPort: vxlan.port }, payload),
  );
  const frame = new Uint8Array(at + outer.length);
  frame.set(skb.bytes.subarray(0, at));
  frame.set(outer, at);
  skb.replace(frame, skb.link);
  run.outer = { source: hostAddress, destination: remote };
  const detail = { type: 'encapsulate', tunnel: 'vxlan', overhead: OVERHEAD, vni: vxlan.serviceVni, remote } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { device: run.link.name });
}

/** Whether a packet may not be wrapped: it forbids fragments and is longer than what the tunnel takes. */
export function isTooLongToWrap({ skb, paths }: EndpointRun): boolean {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  return ip.dontFragment && ip.totalLength > paths.tunnelMtu;
}

/** The MACs by which a node is reached that has sent something on: those of its frame, the other way round. */
export function hopTo({ kernel }: EndpointRun, device: string, address: IpAddress): ReturnType<typeof entryOf<'hop'>> {
  return entryOf(kernel, 'hop', hopId(device, address));
}

function rememberHop({ kernel, skb, link }: EndpointRun, address: IpAddress): void {
  const { source: destination, destination: source } = new EthernetView(skb.bytes);
  const id = hopId(link.name, address);
  putEntry(kernel, { type: 'hop', id, device: link.name, address, source, destination, expires: NEVER });
}

function hopId(device: string, address: IpAddress): string {
  return `hop ${device} ${address}`;
}
