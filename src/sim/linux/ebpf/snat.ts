import { chance } from '../../../base/chance.ts';
import type { EbpfEnd, EbpfTuple } from '../../../datamodel/network/ebpfState.ts';
import type { PortRange } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { Kernel } from '../kernel.ts';
import { drawNumber } from '../netfilter/draws.ts';
import type { ProgramRun } from './programRun.ts';
import { entryOf, expiryOf, mirrorOf, moved, natId, putEntry, type TcpWord } from './state.ts';

/** Ports that are tried (SNAT_COLLISION_RETRIES). */
const RETRIES = 128;

/**
 * The node's own end in place of a client's: its port if it is free and in the range, else one by chance (bpf/lib/nat.h,
 * snat_v4_new_mapping). Both directions are remembered.
 * @param needsCt no Pod's entry tells of the connection.
 * @returns undefined when no port is free.
 */
export function sourceMapping(
  run: ProgramRun,
  tuple: EbpfTuple,
  word: TcpWord,
  address: IpAddress,
  ports: PortRange,
  needsCt = false,
): EbpfEnd | undefined {
  const { kernel, lookup } = run;
  lookup.lookups++;
  const known = entryOf(kernel, 'nat', natId('out', tuple));
  const to = known?.to.address === address ? known.to : freeEnd(run, tuple, address, ports);
  if (!to) return undefined;
  rememberNat(kernel, tuple, to, word, needsCt);
  return to;
}

/** Writes the pair of entries by which `tuple`'s source becomes `to`, and the answer's destination what it was. */
function rememberNat(kernel: Kernel, tuple: EbpfTuple, to: EbpfEnd, word: TcpWord, needsCt: boolean): void {
  const created = entryOf(kernel, 'nat', natId('out', tuple))?.created ?? kernel.world.queue.now;
  const expires = expiryOf(kernel, tuple.protocol, word);
  const answer = mirrorOf(moved(tuple, 'source', to));
  const original = { address: tuple.source, port: tuple.sourcePort };
  const both = { type: 'nat', created, expires, ...(needsCt && { needsCt }) } as const;
  putEntry(kernel, { ...both, id: natId('out', tuple), direction: 'out', tuple, to });
  const back = { direction: 'in', tuple: answer, to: original } as const;
  putEntry(kernel, { ...both, id: natId('in', answer), ...back });
}

/** Makes answers of a backend leave as the service that its client asked for (snat_v4_create_dsr). */
export function rememberDsr(kernel: Kernel, request: EbpfTuple, service: EbpfEnd, word: TcpWord): void {
  const tuple = mirrorOf(request);
  const created = kernel.world.queue.now;
  const expires = expiryOf(kernel, tuple.protocol, word);
  putEntry(kernel, { type: 'nat', id: natId('out', tuple), direction: 'out', tuple, to: service, created, expires });
}

function freeEnd(
  { kernel, lookup }: ProgramRun,
  tuple: EbpfTuple,
  address: IpAddress,
  { from, to }: PortRange,
): EbpfEnd | undefined {
  const { source, sourcePort } = tuple;
  // get_prandom_u32() as a u16 spread over the range (__snat_clamp_port_range).
  const spread = (value: number): number => from + (((value & 0xffff) * (to - from + 1)) >>> 16);
  const random = (): number => {
    const draw = drawNumber(kernel, `ebpf nat ${source}:${sourcePort}`);
    return spread(chance(kernel.world.seed, 'ebpf nat port', kernel.id, source, sourcePort, draw));
  };
  let port = sourcePort >= from && sourcePort <= to ? sourcePort : random();
  for (let retry = 0; retry < RETRIES; retry++) {
    lookup.lookups++;
    const answer = mirrorOf(moved(tuple, 'source', { address, port }));
    if (!entryOf(kernel, 'nat', natId('in', answer))) return { address, port };
    port = retry === 0 ? random() : spread(port + 1);
  }
  return undefined;
}
