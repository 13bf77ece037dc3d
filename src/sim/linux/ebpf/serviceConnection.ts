import type { LbBackend, LbService } from '../../../datamodel/network/ebpf.ts';
import type { EbpfConnection } from '../../../datamodel/network/ebpfState.ts';
import { chooseBackend, maglevSlot, randomSlot } from './chooseBackend.ts';
import type { ProgramRun } from './programRun.ts';
import { connectionId, entryOf, expiryOf, putEntry, type TcpWord } from './state.ts';
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
      ? maglevSlot(kernel, lookup, service, tuple)
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
    // A service's entry sees its client alone, and so never both ends close.
    expires: expiryOf(kernel, tuple.protocol, { syn: word.syn, closing: false }),
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
  const known = word.syn ? undefined : entryOf(kernel, 'ct', id);
  write(run, { type: 'ct', id, direction: 'out', tuple, expires: 0, ...rest }, word, known?.closing, 'client');
}

/** A connection that goes on lives longer. @param from who sent the packet. */
export function touch(
  run: ProgramRun,
  { closing, ...entry }: EbpfConnection,
  { word }: Pick<TcPacket, 'word'>,
  from: 'client' | 'backend' = 'backend',
): void {
  write(run, entry, word, closing, from);
}

function write(
  { kernel }: ProgramRun,
  entry: EbpfConnection,
  word: TcpWord,
  before: EbpfConnection['closing'],
  from: 'client' | 'backend',
): void {
  const closing = !word.closing ? before : before === undefined || before === from ? from : 'both';
  const expires = expiryOf(kernel, entry.tuple.protocol, { syn: word.syn, closing: closing === 'both' });
  putEntry(kernel, { ...entry, expires, ...(closing && { closing }) });
}
