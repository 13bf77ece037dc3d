import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { EbpfConnection } from '../datamodel/network/ebpfState.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import { tupleWords } from './bpfTuple.ts';

const SECOND = 1e9;

/** What `cilium bpf ct list global` prints, without the counts of packets and flags seen that nobody keeps here. */
export function printBpfCtList(runtime: RuntimeTables | undefined, now: number): readonly PrintedLine[] {
  return (runtime?.ebpf ?? []).flatMap((entry) =>
    entry.type === 'ct' && entry.expires > now ? [{ text: line(entry), entry: entry.id }] : [],
  );
}

function line(entry: EbpfConnection): string {
  const flags = [
    ...(entry.nodePort ? ['NodePort'] : []),
    ...(entry.dsr ? ['DSRInternal'] : []),
    ...(entry.loopback ? ['LBLoopback'] : []),
  ];
  const direction = ({ service: 'SVC', out: 'OUT', in: 'IN' } as const)[entry.direction];
  const expires = Math.floor(entry.expires / SECOND);
  const { backend } = entry;
  return [
    tupleWords(entry.tuple, direction),
    `expires=${expires}`,
    `Flags=[ ${flags.map((flag) => `${flag} `).join('')}]`,
    `RevNAT=${entry.reverseNat}`,
    ...(backend ? [`Backend=${backend.address}:${backend.port}`] : []),
  ].join(' ');
}
