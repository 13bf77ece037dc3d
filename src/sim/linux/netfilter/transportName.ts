import type { TransportName } from '../../../datamodel/network/netfilter.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';

const NAMES: ReadonlyMap<number, TransportName> = new Map([
  [IpProtocol.tcp, 'tcp'],
  [IpProtocol.udp, 'udp'],
  [IpProtocol.sctp, 'sctp'],
]);

/** @returns undefined for protocols that rules have no name for. */
export function transportName(protocol: number): TransportName | undefined {
  return NAMES.get(protocol);
}
