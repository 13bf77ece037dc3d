import type { EbpfTuple } from '../datamodel/network/ebpfState.ts';

const PROTOCOLS = new Map<number, string>([
  [1, 'ICMP'],
  [6, 'TCP'],
  [17, 'UDP'],
]);

/** `TCP OUT 10.0.0.1:40000 -> 10.0.0.2:80` */
export function tupleWords(tuple: EbpfTuple, direction: 'SVC' | 'OUT' | 'IN'): string {
  const { protocol, source, sourcePort, destination, destinationPort } = tuple;
  const name = PROTOCOLS.get(protocol) ?? String(protocol);
  return `${name} ${direction} ${source}:${sourcePort} -> ${destination}:${destinationPort}`;
}
