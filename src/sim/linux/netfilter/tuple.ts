import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { Icmpv4Type, Icmpv4View } from '../../../wire/icmpv4.ts';
import { type IpView, ipView } from '../../../wire/ip.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from '../../../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../../../wire/ipv6.ts';
import { readU16 } from '../../../wire/octets.ts';

/** Bytes of the transport header that must be there for ports or an ICMP identifier to be read. */
const NEEDED = 8;
/** ICMP queries and their answers, as conntrack pairs them (nf_conntrack_proto_icmp.c, icmp_invmap). */
const ANSWERS = new Map<number, number>([
  [Icmpv4Type.echoRequest, Icmpv4Type.echoReply],
  [13, 14],
  [15, 16],
  [17, 18],
]);
const QUERIES = new Map([...ANSWERS].map(([query, answer]) => [answer, query]));

export function isIcmpQuery(type: number): boolean {
  return ANSWERS.has(type);
}

/** Whether the message carries an identifier that nat may rewrite: a query or the answer to one. */
export function hasIcmpIdentifier(type: number): boolean {
  return ANSWERS.has(type) || QUERIES.has(type);
}

/** Whether the protocol's header begins with a source and a destination port. */
export function hasPorts(protocol: number): boolean {
  return protocol === IpProtocol.tcp || protocol === IpProtocol.udp || protocol === IpProtocol.sctp;
}

/**
 * The tuple of the packet at `offset`, which may be a quote cut short behind 8 bytes of its payload.
 * @returns undefined for a later fragment or a packet too short to say (nf_conntrack_core.c, nf_ct_get_tuple).
 */
export function tupleOf(bytes: Uint8Array, offset: number): ConntrackTuple | undefined {
  const ip = ipView(bytes, offset);
  if (!isWholeHeader(ip) || ip.fragmentOffset > 0) return undefined;
  const { protocol, source, destination, payloadOffset: at } = ip;
  if (hasPorts(protocol)) {
    if (bytes.length < at + NEEDED) return undefined;
    return {
      protocol,
      source,
      destination,
      sourcePort: readU16(bytes, at),
      destinationPort: readU16(bytes, at + 2),
    };
  }
  if (protocol !== IpProtocol.icmp) return { protocol, source, destination, sourcePort: 0, destinationPort: 0 };
  if (bytes.length < at + NEEDED) return undefined;
  const { type, code, identifier } = new Icmpv4View(bytes, at);
  return { protocol, source, destination, sourcePort: identifier, destinationPort: identifier, icmp: { type, code } };
}

function isWholeHeader({ bytes, offset, version, headerLength }: IpView): boolean {
  if (version === 6) return bytes.length >= offset + IPV6_HEADER_LENGTH;
  return version === 4 && bytes.length >= offset + IPV4_HEADER_LENGTH && headerLength >= IPV4_HEADER_LENGTH;
}

/** What an answer to the tuple looks like. @returns undefined for an ICMP type that has no answer (nf_ct_invert_tuple). */
export function invertTuple(tuple: ConntrackTuple): ConntrackTuple | undefined {
  const { protocol, source, destination, sourcePort, destinationPort, icmp } = tuple;
  const swapped = {
    protocol,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
  if (icmp === undefined) return swapped;
  const type = ANSWERS.get(icmp.type) ?? QUERIES.get(icmp.type);
  return type === undefined ? undefined : { ...swapped, icmp: { type, code: icmp.code } };
}

/** As {@link invertTuple}, for tuples that a connection is made of, which can be inverted by construction. */
export function mirror(tuple: ConntrackTuple): ConntrackTuple {
  const inverted = invertTuple(tuple);
  if (inverted === undefined) throw new Error(`ICMP type ${tuple.icmp?.type} has no answer`);
  return inverted;
}

/** One string a tuple: the key of the connection table. */
export function tupleKey(tuple: ConntrackTuple): string {
  const { protocol, source, destination, sourcePort, destinationPort, icmp } = tuple;
  const tail = icmp === undefined ? '' : ` ${icmp.type}/${icmp.code}`;
  return `${protocol} ${source}:${sourcePort} ${destination}:${destinationPort}${tail}`;
}

export function sameTuple(a: ConntrackTuple, b: ConntrackTuple): boolean {
  return (
    a.protocol === b.protocol &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.source === b.source &&
    a.destination === b.destination &&
    a.icmp?.type === b.icmp?.type &&
    a.icmp?.code === b.icmp?.code
  );
}
