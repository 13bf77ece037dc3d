import type { PortRange } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { Kernel } from '../kernel.ts';
import { addressIn, type Packet } from './packet.ts';
import type { NatRange } from './uniqueTuple.ts';

interface Options {
  readonly ports?: PortRange;
  readonly randomFully?: boolean;
}

/**
 * The range MASQUERADE hides a packet in: the address that the outgoing device would speak to the next hop with
 * (nf_nat_masquerade.c).
 * @returns undefined when there is none: the kernel drops the packet.
 */
export function masqueradeRange(packet: Packet, options: Options): NatRange | undefined {
  const { kernel, outputDevice } = packet;
  const nextHop = nextHopOn(kernel, outputDevice, addressIn(packet, 'destination'));
  const address = kernel.fib.selectSource(outputDevice, nextHop);
  return address === undefined ? undefined : { address, ports: options.ports, randomFully: options.randomFully };
}

function nextHopOn(kernel: Kernel, dev: string, destination: IpAddress): IpAddress {
  const result = kernel.fib.lookup({ destination, outputDevice: dev })?.result;
  return result?.dev === dev ? result.nextHop : destination;
}
