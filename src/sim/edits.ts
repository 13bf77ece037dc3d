import type { BgpDeed } from '../datamodel/bgp/operation.ts';
import type { EditView } from '../datamodel/cluster/view.ts';
import type { Edit } from '../datamodel/network/edit.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import type { EntryId, Owner } from '../datamodel/network/tables.ts';
import type { NetnsState, NewId } from './linux/configure/netnsState.ts';
import { NOTHING_LEARNED } from './linux/learned.ts';
import { touchedOwners } from './touchedOwners.ts';

/** Makes edits again. @returns undefined when one of them is refused. */
export type ApplyEdits = (state: NetnsState, edits: readonly Edit[], newId: NewId) => NetnsState | undefined;

/** One command line that changed something, and what it did in which namespace. */
export interface EditRecord {
  readonly id: number;
  readonly netns: NetnsId;
  readonly line: string;
  /** Changes of configurations: the namespace's own, and those of veths' other ends. */
  readonly parts: ReadonlyMap<NetnsId, readonly Edit[]>;
  /** What the line changed of what kernels had learned: before and after. */
  readonly learned: ReadonlyMap<NetnsId, { readonly before: RuntimeTables; readonly after: RuntimeTables }>;
  /** Files of /etc/cni/net.d that it wrote on the node (null: deleted), and who would write them again. */
  readonly files?: ReadonlyMap<string, string | null>;
  readonly fileOwners?: readonly Owner[];
  /** Done by somebody's hands instead of a command line: to a cable, a machine, or its BIRD. */
  readonly does?: BgpDeed;
}

/** Gives the entries that a record writes their ids: the same ones every time it is made again. */
export function idsOf(record: number): NewId {
  let count = 0;
  return (): EntryId => `user:${record}:${++count}`;
}

/**
 * What people changed, over what agents wrote: an ordered list, laid over each configuration when it is asked for. Immutable;
 * what is known of namespaces that a change leaves alone is kept.
 */
export class Edits {
  readonly records: readonly EditRecord[];
  private readonly apply: ApplyEdits;
  private readonly memo: ReadonlyMap<NetnsId, WeakMap<Netns, Netns>>;

  private constructor(
    records: readonly EditRecord[],
    apply: ApplyEdits,
    memo: ReadonlyMap<NetnsId, WeakMap<Netns, Netns>>,
  ) {
    this.records = records;
    this.apply = apply;
    this.memo = memo;
  }

  static none(apply: ApplyEdits): Edits {
    return new Edits([], apply, new Map());
  }

  /** Whether anything was changed there. */
  touches(id: NetnsId): boolean {
    return this.memo.has(id);
  }

  /** A configuration with all edits made; itself when there are none. */
  over(base: Netns): Netns {
    const known = this.memo.get(base.id);
    if (known === undefined) return base;
    const found = known.get(base);
    if (found !== undefined) return found;
    let netns = base;
    for (const record of this.records) netns = this.step(record, netns) ?? netns;
    known.set(base, netns);
    return netns;
  }

  with(record: EditRecord): Edits {
    return this.to([...this.records, record], [record]);
  }

  without(gone: readonly EditRecord[]): Edits {
    return gone.length === 0
      ? this
      : this.to(
          this.records.filter((record) => !gone.includes(record)),
          gone,
        );
  }

  /**
   * Drops what can no longer be done because something before it was taken back.
   *
   * @param base a namespace's configuration without edits.
   */
  settled(base: (id: NetnsId) => Netns | undefined): Edits {
    const refused = this.records.filter((record) =>
      [...record.parts.keys()].some((id) => {
        const start = base(id);
        return start === undefined || this.step(record, this.before(record, start)) === undefined;
      }),
    );
    const [first] = refused;
    // One at a time: what is refused now may have been in the way of another.
    return first === undefined ? this : this.without([first]).settled(base);
  }

  /** The agents whose entries a record changed in a namespace. @param base the configuration without edits. */
  owners(record: EditRecord, base: Netns): readonly Owner[] {
    if (record.files) return record.fileOwners ?? [];
    const before = this.before(record, base);
    return touchedOwners(before, this.step(record, before) ?? before);
  }

  /** By node namespace: the files that people have left otherwise than agents wrote them. */
  get files(): ReadonlyMap<NetnsId, ReadonlyMap<string, string | null>> {
    const all = new Map<NetnsId, Map<string, string | null>>();
    for (const { netns, files = [] } of this.records)
      for (const [name, text] of files) all.set(netns, (all.get(netns) ?? new Map()).set(name, text));
    return all;
  }

  view(base: (id: NetnsId) => Netns | undefined): readonly EditView[] {
    return this.records.map((record) => {
      const { id, netns, line } = record;
      const own = base(netns);
      return { id, netns, line, owners: own ? this.owners(record, own) : [], ...(isCut(record) && { cuts: true }) };
    });
  }

  private before(record: EditRecord, base: Netns): Netns {
    let netns = base;
    for (const earlier of this.records) {
      if (earlier === record) break;
      netns = this.step(earlier, netns) ?? netns;
    }
    return netns;
  }

  /** @returns undefined when the record's edits are refused. */
  private step(record: EditRecord, netns: Netns): Netns | undefined {
    const edits = record.parts.get(netns.id);
    if (edits === undefined || edits.length === 0) return netns;
    return this.apply({ netns, runtime: NOTHING_LEARNED }, edits, idsOf(record.id))?.netns;
  }

  private to(records: readonly EditRecord[], changed: readonly EditRecord[]): Edits {
    const stale = new Set(changed.flatMap((record) => [...record.parts.keys()]));
    const touched = new Set(records.flatMap((record) => [...record.parts.keys()]));
    const memo = new Map<NetnsId, WeakMap<Netns, Netns>>();
    for (const id of touched) {
      const known = stale.has(id) ? undefined : this.memo.get(id);
      memo.set(id, known ?? new WeakMap());
    }
    return new Edits(records, this.apply, memo);
  }
}

function isCut({ does, parts }: EditRecord): boolean {
  const downs = [...parts.values()].flat().filter((edit) => edit.type === 'linkSet' && edit.up === false);
  return does !== undefined || downs.length > 0;
}
