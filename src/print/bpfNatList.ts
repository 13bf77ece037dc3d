import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { EbpfNat } from '../datamodel/network/ebpfState.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import { tupleWords } from './bpfTuple.ts';

const SECOND = 1e9;

/** What `cilium bpf nat list` prints (pkg/maps/nat/types.go). */
export function printBpfNatList(runtime: RuntimeTables | undefined, now: number): readonly PrintedLine[] {
  return (runtime?.ebpf ?? []).flatMap((entry) =>
    entry.type === 'nat' && entry.expires > now ? [{ text: line(entry, now), entry: entry.id }] : [],
  );
}

function line(entry: EbpfNat, now: number): string {
  const out = entry.direction === 'out';
  const ago = Math.max(0, Math.floor((now - entry.created) / SECOND));
  const to = `XLATE_${out ? 'SRC' : 'DST'} ${entry.to.address}:${entry.to.port}`;
  return `${tupleWords(entry.tuple, out ? 'OUT' : 'IN')} ${to} Created=${ago}sec ago NeedsCT=${entry.needsCt ? 1 : 0}`;
}
