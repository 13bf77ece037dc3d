import { chance } from '../../../base/chance.ts';
import { EthernetView, EtherType } from '../../../wire/ethernet.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** The outer source port of a UDP tunnel: one of a range, by the flow (Linux: include/net/udp.h, udp_flow_src_port). */
export function flowSourcePort(kernel: Kernel, skb: Skb, [low, high]: readonly [number, number]): number {
  const hash = skb.meta.socketHash ?? flowHash(kernel.world.bootSeed, skb.bytes);
  return low + Math.floor(((hash >>> 0) / 2 ** 32) * (high - low));
}

/**
 * A packet's flow as one number, the same in both directions, for frames whose socket gave them none (Linux:
 * net/core/flow_dissector.c, __skb_get_hash). ICMP and fragments have no ports: all between two hosts is one flow.
 */
function flowHash(seed: number, frame: Uint8Array): number {
  const ethernet = new EthernetView(frame);
  if (ethernet.etherType !== EtherType.ipv4) {
    return chance(seed, 'flow-hash', ethernet.etherType, ...[ethernet.source, ethernet.destination].sort());
  }
  const ip = new Ipv4View(frame, ethernet.payloadOffset);
  const hasPorts = (ip.protocol === IpProtocol.tcp || ip.protocol === IpProtocol.udp) && !ip.isFragment;
  const ports = new UdpView(frame, ip.payloadOffset);
  const end = (address: string, port: number): string => (hasPorts ? `${address}:${port}` : address);
  const ends = [end(ip.source, ports.sourcePort), end(ip.destination, ports.destinationPort)].sort();
  return chance(seed, 'flow-hash', ip.protocol, ...ends);
}
