import type { Layer, LayerField } from '../../wire/layers.ts';
import { fieldKey } from './fieldKey.ts';

/** Bytes next to each other that the same fields cover; `end` is exclusive. */
export interface ByteRun {
  readonly start: number;
  readonly end: number;
  /** Index of the layer. */
  readonly layer: number;
  readonly fields: readonly LayerField[];
  /** Of all its fields. */
  readonly keys: readonly string[];
}

/** All bytes of a packet as runs, in order and without gap: what one can point at. */
export function byteRuns(layers: readonly Layer[]): readonly ByteRun[] {
  const runs: ByteRun[] = [];
  layers.forEach((layer, index) => {
    const end = layer.offset + layer.headerLength;
    const cuts = new Set([layer.offset, end]);
    for (const field of layer.fields) {
      cuts.add(Math.min(end, field.offset));
      cuts.add(Math.min(end, field.offset + field.length));
    }
    const edges = [...cuts].filter((cut) => cut >= layer.offset).toSorted((a, b) => a - b);
    for (let i = 1; i < edges.length; i++) {
      const [start, stop] = [edges[i - 1] ?? 0, edges[i] ?? 0];
      const fields = layer.fields.filter((field) => field.offset <= start && stop <= field.offset + field.length);
      runs.push({ start, end: stop, layer: index, fields, keys: fields.map(fieldKey) });
    }
  });
  return runs;
}

/** A row of the dump: pieces of runs, `from` and `to` within the bytes. */
export interface HexRow {
  readonly offset: number;
  readonly pieces: readonly { readonly run: ByteRun; readonly from: number; readonly to: number }[];
}

export function hexRows(runs: readonly ByteRun[], width: number, limit: number): readonly HexRow[] {
  const rows: { offset: number; pieces: { run: ByteRun; from: number; to: number }[] }[] = [];
  for (const run of runs) {
    for (let from = run.start; from < Math.min(run.end, limit); ) {
      const row = Math.floor(from / width);
      const to = Math.min(run.end, limit, (row + 1) * width);
      rows[row] ??= { offset: row * width, pieces: [] };
      rows[row].pieces.push({ run, from, to });
      from = to;
    }
  }
  return rows;
}
