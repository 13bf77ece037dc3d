import { assertUnreachable } from '../base/assertUnreachable.ts';
import { chance } from '../base/chance.ts';
import type { Result } from '../base/result.ts';
import type { Applied, CommandOutput, ResolvedReference } from '../datamodel/cluster/answer.ts';
import type { ClusterSettings, Command, ManifestSource, Moment } from '../datamodel/cluster/command.ts';
import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import type { Owner } from '../datamodel/network/tables.ts';
import { printTool } from '../print/printTool.ts';
import { type IpAddress, parseIpAddress } from '../wire/address.ts';
import { Cluster } from './cluster.ts';
import { type EditRecord, Edits, idsOf } from './edits.ts';
import { undoLearned } from './learnedUndo.ts';
import { NOTHING_LEARNED } from './linux/learned.ts';
import { run } from './linux/run.ts';
import { tablesAt } from './moment.ts';
import { nameVeths, readNamespace } from './namespaceReference.ts';
import { otherEnds } from './otherEnds.ts';
import type { PrepareCluster, PreparedCluster } from './prepareCluster.ts';
import { type Reference, readReference } from './reference.ts';
import type { Shell } from './shell/shell.ts';

export const DEFAULT_SETTINGS: ClusterSettings = { podMtu: 'auto', randomFully: true, seed: 1 };

/** Virtual time between two conversations: long enough to be apart, short enough that nothing learned has gone stale. */
const PAUSE = 1_000_000_000;
/** Conversations that can still be asked about; older ones are forgotten. */
const REMEMBERED = 32;

/**
 * The whole simulated cluster: sole owner and writer of its state.
 *
 * Joins what agents compile from Kubernetes objects with the kernels that packets see. Deterministic: the same commands in
 * the same order give the same conversations.
 */
export class Simulation {
  private readonly prepare: PrepareCluster;
  private current: Cluster;
  private learned: ReadonlyMap<NetnsId, RuntimeTables> = new Map();
  private now = 0;
  private revision = 1;
  private flows = 0;
  private readonly conversations = new Map<number, Remembered>();
  private readonly shell: () => Shell;
  private edits: Edits;
  private edited = 0;

  /** @param shell command lines are read by it; asked for when the first one comes. */
  constructor(
    prepared: PreparedCluster,
    prepare: PrepareCluster,
    settings: Partial<ClusterSettings>,
    shell: () => Shell,
  ) {
    this.prepare = prepare;
    this.shell = shell;
    this.edits = this.noEdits();
    this.current = Cluster.build(prepared, { ...DEFAULT_SETTINGS, ...settings });
  }

  /** The only write. A refused command has changed nothing. */
  apply(command: Command): Applied {
    switch (command.type) {
      case 'load': {
        const { settings } = this.current;
        const prepared = this.prepare(command.sources, settings.seed);
        return prepared.ok
          ? this.rebuild(Cluster.build(prepared.value, settings))
          : { ok: false, problems: prepared.error };
      }
      case 'configure':
        return this.rebuild(this.current.configure(command.settings));
      case 'send': {
        const conversation = this.send(command.flow);
        return { ok: true, cluster: this.cluster(), conversation };
      }
      case 'exec':
        return this.exec(command.netns, command.line);
      case 'undo':
        return this.undo(command.edit);
      case 'reconcile':
        return this.reconcile(command.netns, command.owner);
      default:
        return assertUnreachable(command);
    }
  }

  /** Sends traffic; what the kernels learn stays. @throws Error when the flow's sender does not exist. */
  send(flow: Flow): Conversation {
    const { conversation, learned } = this.perform(flow);
    this.learned = learned;
    this.now = conversation.end + PAUSE;
    this.flows++;
    return conversation;
  }

  /** Sends traffic that leaves nothing behind but its record. */
  dryRun(flow: Flow): Conversation {
    return this.perform(flow).conversation;
  }

  cluster(): ClusterView {
    return this.current.view(this.revision, this.edits);
  }

  sources(): readonly ManifestSource[] {
    return this.current.sources;
  }

  /** A namespace's table as its tool prints it, now or at a moment of a remembered conversation. */
  print(id: NetnsId, tool: Tool, at?: Moment): readonly PrintedLine[] {
    const remembered = at && this.conversations.get(at.conversation);
    const netns = remembered ? remembered.netns(id) : this.netns(id);
    if (netns === undefined) return [];
    if (at === undefined || remembered === undefined) return printTool(tool, netns, this.learned.get(id), this.now);
    const { tables, time } = tablesAt(remembered.conversation, id, at.step);
    return printTool(tool, netns, tables ?? this.learned.get(id), time);
  }

  /** What the last word of an unfinished command line could become in a namespace. */
  complete(id: NetnsId, line: string): readonly string[] {
    const netns = this.netns(id);
    return netns === undefined ? [] : this.shell().complete(line, netns);
  }

  /** Reads the name of a namespace that a command is to be run in. */
  namespace(text: string): Result<NetnsId, string> {
    return readNamespace(text, this.cluster(), (address) => this.current.isOutside(address));
  }

  /** Reads what a person typed as a sender or a destination. */
  resolve(text: string, role: 'from' | 'to'): ResolvedReference {
    const read: Result<Reference, string> = readReference(text, this.cluster(), (address) =>
      this.current.isOutside(address),
    );
    if (!read.ok) return { ok: false, message: read.error };
    const { label, netns, to, port } = read.value;
    if (role === 'from' && netns === undefined) {
      return { ok: false, message: `${label} cannot send: choose a Pod, a node or a host outside the cluster` };
    }
    return {
      ok: true,
      label,
      to,
      ...(netns !== undefined && { netns }),
      ...(port !== undefined && { port }),
    };
  }

  /** A namespace's configuration with what its kernel derives from it and what people changed; undefined: nobody has the name. */
  netns(id: NetnsId): Netns | undefined {
    const base = this.current.netns(id);
    return base && this.edits.over(base);
  }

  private noEdits(): Edits {
    return Edits.none((state, edits, newId) => this.shell().apply(state, edits, newId));
  }

  private rebuild(cluster: Cluster): Applied {
    this.current = cluster;
    this.edits = this.noEdits();
    this.learned = new Map();
    this.revision++;
    return { ok: true, cluster: this.cluster() };
  }

  private exec(id: NetnsId, written: string): Applied {
    this.admit([parseIpAddress(id)]);
    const netns = this.netns(id);
    const line = nameVeths(written, this.cluster());
    if (netns === undefined) return refused(written, `There is no network namespace ${id}`);
    if (!line.ok) return refused(written, line.error);
    const before = this.learned.get(id) ?? NOTHING_LEARNED;
    const record = this.edited + 1;
    const result = this.shell().run(line.value, { netns, runtime: before }, this.now, idsOf(record));
    const { output, state } = result;
    if (output.exitCode !== 0) return refused(written, output.errors, output);
    if (state === undefined) return { ok: true, cluster: this.cluster(), output };
    const parts = state.netns === netns ? new Map() : new Map([[id, result.edits], ...otherEnds(netns, result.edits)]);
    const learned = state.runtime === before ? new Map() : new Map([[id, { before, after: state.runtime }]]);
    this.edited = record;
    this.edits = this.edits.with({ id: record, netns: id, line: written, parts, learned });
    if (learned.size > 0) this.learned = new Map(this.learned).set(id, state.runtime);
    this.revision++;
    return { ok: true, cluster: this.cluster(), output };
  }

  private undo(edit: number | 'all'): Applied {
    const meant = this.edits.records.filter((record) => edit === 'all' || record.id === edit);
    if (meant.length === 0 && edit !== 'all') return refused('undo', `There is no edit ${edit}`);
    return this.takeBack(meant, true);
  }

  private reconcile(id: NetnsId, owner: Owner): Applied {
    const base = this.current.netns(id);
    if (base === undefined) return refused('reconcile', `There is no network namespace ${id}`);
    const meant = this.edits.records.filter(
      (record) => record.parts.has(id) && this.edits.owners(record, base).includes(owner),
    );
    return this.takeBack(meant, false);
  }

  /** @param learned whether kernels also get back what the commands made them forget; an agent does not see to that. */
  private takeBack(meant: readonly EditRecord[], learned: boolean): Applied {
    if (meant.length === 0) return { ok: true, cluster: this.cluster() };
    this.edits = this.edits.without(meant).settled((id) => this.current.netns(id));
    if (learned) {
      const tables = new Map(this.learned);
      for (const record of meant.toReversed()) {
        for (const [id, { before, after }] of record.learned)
          tables.set(id, undoLearned(tables.get(id) ?? NOTHING_LEARNED, before, after));
      }
      this.learned = tables;
    }
    this.revision++;
    return { ok: true, cluster: this.cluster() };
  }

  private perform(flow: Flow): {
    readonly conversation: Conversation;
    readonly learned: ReadonlyMap<NetnsId, RuntimeTables>;
  } {
    this.admit([parseIpAddress(flow.from), flow.to.type === 'address' ? flow.to.address : undefined]);
    const { current, edits } = this;
    const netns = (id: NetnsId): Netns | undefined => {
      const base = current.netns(id);
      return base && edits.over(base);
    };
    const { learned, ...result } = run({
      flow,
      netns,
      learned: this.learned,
      seed: chance(current.settings.seed, 'flow', this.flows),
      bootSeed: current.settings.seed,
      start: this.now,
    });
    const id = nextConversation(this.conversations);
    const conversation: Conversation = { ...result, id, flow, revision: this.revision };
    this.conversations.set(id, { conversation, netns });
    if (this.conversations.size > REMEMBERED) {
      const oldest = this.conversations.keys().next().value;
      if (oldest !== undefined) this.conversations.delete(oldest);
    }
    return { conversation, learned };
  }

  /** Plugs in hosts outside the cluster that are named for the first time. */
  private admit(named: readonly (IpAddress | undefined)[]): void {
    const outside = named.filter((address) => address !== undefined && this.current.isOutside(address));
    const added = this.current.withOutside(outside.flatMap((address) => address ?? []));
    if (added === this.current) return;
    this.current = added;
    this.revision++;
  }
}

/** A conversation that can still be asked about, with the configurations that it ran on. */
interface Remembered {
  readonly conversation: Conversation;
  readonly netns: (id: NetnsId) => Netns | undefined;
}

/** Nothing was changed. */
function refused(source: string, message: string, output?: CommandOutput): Applied {
  const said = output ?? { lines: [], errors: message, exitCode: 1 };
  return { ok: false, problems: [{ source, message }], output: said };
}

function nextConversation(conversations: ReadonlyMap<number, unknown>): number {
  let last = 0;
  for (const id of conversations.keys()) last = Math.max(last, id);
  return last + 1;
}
