import { chance } from '../../../base/chance.ts';
import { EthernetView, EtherType } from '../../../wire/ethernet.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';

/**
 * A packet's flow as one number, the same in both directions, for frames whose socket gave them none (Linux:
 * net/core/flow_dissector.c, __skb_get_hash). ICMP and fragments have no ports: all between two hosts is one flow.
 */
export function flowHash(seed: number, frame: Uint8Array): number {
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
