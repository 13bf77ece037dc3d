import type { LbMaps, LbService } from '../../../datamodel/network/ebpf.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { LbLookup } from '../../linux/ebpf/lbLookup.ts';

/** Who asks: a process in a Pod or on the node, by a socket, or a packet from outside. */
export type Asker = 'pod' | 'node' | 'outside';

export interface Asked {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
}

export interface EbpfAnswer {
  /** `accept`: no program has anything to say. */
  readonly verdict: 'dnat' | 'accept' | 'reject' | 'drop';
  /** Every backend that a new connection may get. */
  readonly endpoints: readonly string[];
}

/** What programs make of a new connection, by the lookups that they themselves do. */
export function ebpfAnswer(maps: LbMaps, asker: Asker, asked: Asked): EbpfAnswer {
  const lookup = new LbLookup(maps);
  const key = { address: asked.destination, port: asked.port, protocol: asked.protocol };
  if (asker !== 'outside') {
    const service = lookup.ofSocket(key, asker === 'node');
    const foreign = service?.flags.type === 'ExternalIPs' && lookup.identity(asked.destination) !== 'host';
    return service && !(foreign && service.count > 0) ? answer(maps, service) : { verdict: 'accept', endpoints: [] };
  }
  const service = lookup.service(key, false);
  if (!service) return { verdict: 'accept', endpoints: [] };
  const lets = service.flags.routable && lookup.sourceAllowed(service, asked.source);
  return lets ? answer(maps, service) : { verdict: 'drop', endpoints: [] };
}

function answer(maps: LbMaps, { slots, count }: LbService): EbpfAnswer {
  const endpoints = slots.slice(0, count).map((id) => {
    const backend = maps.backends.get(String(id));
    return `${backend?.address}:${backend?.port}`;
  });
  return { verdict: count > 0 ? 'dnat' : 'reject', endpoints };
}
