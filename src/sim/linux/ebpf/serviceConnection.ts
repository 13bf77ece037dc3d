import type { LbBackend, LbService } from '../../../datamodel/network/ebpf.ts';
import type { EbpfConnection } from '../../../datamodel/network/ebpfState.ts';
import { chooseBackend, maglevSlot, randomSlot } from './chooseBackend.ts';
import type { ProgramRun } from './programRun.ts';
import { connectionId, entryOf, expiryOf, putEntry } from './state.ts';
import type { TcPacket } from './tcPacket.ts';

/**
 * The backend of a packet to a service: the one its connection has, else a new one, which is remembered (lb4_local). A
 * backend that has gone away takes its connections with it; one that is on its way out keeps them.
 */
export function backendOfPacket(
  run: ProgramRun,
  service: LbService,
  { tuple, word }: TcPacket,
  algorithm: 'random' | 'maglev',
): LbBackend | undefined {
  const { kernel, lookup } = run;
  const id = connectionId('service', tuple);
  lookup.lookups++;
  const known = entryOf(kernel, 'ct', id);
  const kept = known?.backend && lookup.stillThere(service, known.backend);
  const select = (): number | undefined =>
    algorithm === 'maglev'
      ? maglevSlot(lookup, service, tuple)
      : randomSlot(kernel, lookup, service, `${tuple.source}:${tuple.sourcePort}`);
  const backend =
    kept ?? (service.count === 0 ? undefined : chooseBackend(kernel, lookup, service, tuple.source, select));
  if (!backend) return undefined;
  const entry: EbpfConnection = {
    type: 'ct',
    id,
    direction: 'service',
    tuple,
    reverseNat: service.reverseNat,
    backend: { address: backend.address, port: backend.port },
    expires: expiryOf(kernel, tuple.protocol, word),
  };
  putEntry(kernel, entry);
  return backend;
}

/** Remembers the connection to the backend itself, which answers are recognised by. */
export function trackBackend(
  run: ProgramRun,
  { tuple, word }: Pick<TcPacket, 'tuple' | 'word'>,
  rest: Pick<EbpfConnection, 'reverseNat' | 'nodePort' | 'dsr' | 'loopback'>,
): void {
  const { kernel, lookup } = run;
  lookup.lookups++;
  const id = connectionId('out', tuple);
  const expires = expiryOf(kernel, tuple.protocol, word);
  putEntry(kernel, { type: 'ct', id, direction: 'out', tuple, expires, ...rest });
}

/** A connection that goes on lives longer. */
export function touch(run: ProgramRun, entry: EbpfConnection, { word }: Pick<TcPacket, 'word'>): void {
  const expires = expiryOf(run.kernel, entry.tuple.protocol, word);
  putEntry(run.kernel, { ...entry, expires });
}
