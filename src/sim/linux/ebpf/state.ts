import type { EbpfConnection, EbpfEnd, EbpfEntry, EbpfNat, EbpfTuple } from '../../../datamodel/network/ebpfState.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { Kernel } from '../kernel.ts';

const SECOND = 1_000_000_000;
/** Cilium's `bpf-ct-timeout-*`, in seconds. */
const TCP_LIFETIME = 8000;
const OTHER_LIFETIME = 60;
const SYN_LIFETIME = 60;
const CLOSING_LIFETIME = 10;

/** What a packet says about how long its connection will be remembered. */
export interface TcpWord {
  readonly syn: boolean;
  readonly closing: boolean;
}

/** An entry that has not run out. */
export function entryOf<T extends EbpfEntry['type']>(
  kernel: Kernel,
  type: T,
  id: string,
): Extract<EbpfEntry, { readonly type: T }> | undefined {
  const entry = kernel.ebpf.get(id);
  if (entry?.type !== type || entry.expires <= kernel.world.queue.now) return undefined;
  return entry as Extract<EbpfEntry, { readonly type: T }>;
}

/** Writes an entry; the change goes with the next step. */
export function putEntry(kernel: Kernel, entry: EbpfEntry): void {
  kernel.ebpf.set(entry.id, entry);
  kernel.world.recorder.update({ netns: kernel.id, table: 'ebpf', id: entry.id, entry });
}

export function dropEntry(kernel: Kernel, id: string): void {
  if (!kernel.ebpf.delete(id)) return;
  kernel.world.recorder.update({ netns: kernel.id, table: 'ebpf', id });
}

export function connectionId(direction: EbpfConnection['direction'], tuple: EbpfTuple): string {
  return `ct ${direction} ${tupleText(tuple)}`;
}

export function natId(direction: EbpfNat['direction'], tuple: EbpfTuple): string {
  return `nat ${direction} ${tupleText(tuple)}`;
}

/** Until when a connection is remembered after a packet (bpf/lib/conntrack.h, ct_update_timeout). */
export function expiryOf(kernel: Kernel, protocol: number, { syn, closing }: TcpWord): number {
  const seconds =
    protocol !== IpProtocol.tcp ? OTHER_LIFETIME : closing ? CLOSING_LIFETIME : syn ? SYN_LIFETIME : TCP_LIFETIME;
  return kernel.world.queue.now + seconds * SECOND;
}

export function mirrorOf(tuple: EbpfTuple): EbpfTuple {
  return {
    protocol: tuple.protocol,
    source: tuple.destination,
    sourcePort: tuple.destinationPort,
    destination: tuple.source,
    destinationPort: tuple.sourcePort,
  };
}

export function moved(tuple: EbpfTuple, end: 'source' | 'destination', to: EbpfEnd): EbpfTuple {
  return end === 'source'
    ? { ...tuple, source: to.address, sourcePort: to.port }
    : { ...tuple, destination: to.address, destinationPort: to.port };
}

function tupleText({ protocol, source, sourcePort, destination, destinationPort }: EbpfTuple): string {
  return `${protocol} ${source}:${sourcePort} ${destination}:${destinationPort}`;
}
