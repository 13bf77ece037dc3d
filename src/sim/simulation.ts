import { assertUnreachable } from '../base/assertUnreachable.ts';
import { chance } from '../base/chance.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Applied, ResolvedReference } from '../datamodel/cluster/answer.ts';
import type { ClusterSettings, Command, InPlace, ManifestSource, Moment } from '../datamodel/cluster/command.ts';
import type { Comparison } from '../datamodel/cluster/comparison.ts';
import type { Offer } from '../datamodel/cluster/offer.ts';
import type { Operation } from '../datamodel/cluster/operation.ts';
import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import type { EntryId, Owner } from '../datamodel/network/tables.ts';
import { printTool } from '../print/printTool.ts';
import { type IpAddress, parseIpAddress } from '../wire/address.ts';
import { Cluster } from './cluster.ts';
import { compareFlow } from './compareFlow.ts';
import { Configuration } from './configuration.ts';
import { Conversations, type Remembered } from './conversations.ts';
import { Course, type Found } from './course.ts';
import { type EditRecord, Edits, idsOf } from './edits.ts';
import { undoLearned } from './learnedUndo.ts';
import type { LearnedChange } from './linux/change.ts';
import { NOTHING_LEARNED } from './linux/learned.ts';
import { hasGuests, remainingTables } from './linux/remains.ts';
import { nameVeths, readNamespace } from './namespaceReference.ts';
import type { Operate } from './operate.ts';
import { otherEnds } from './otherEnds.ts';
import type { PrepareCluster, PreparedCluster } from './prepareCluster.ts';
import type { Readdress } from './readdress.ts';
import { type Reference, readReference } from './reference.ts';
import { refused } from './refused.ts';
import type { Shell } from './shell/shell.ts';
import { TAKEN_UP_LIVE } from './takenUpLive.ts';

export const DEFAULT_SETTINGS: ClusterSettings = { podMtu: 'auto', randomFully: true, seed: 1 };

/** Virtual time between two conversations: long enough to be apart, short enough that nothing learned has gone stale. */
const PAUSE = 1_000_000_000;
/** What a simulation does not need before it is asked: a page can open before it has loaded them. */
export interface SimulationParts {
  readonly prepare: PrepareCluster;
  readonly operate: Operate;
  readonly readdress: Readdress;
  /** Command lines are read by it; asked for when the first one comes. */
  readonly shell: () => Shell;
}

/**
 * The whole simulated cluster: sole owner and writer of its state.
 *
 * Joins what agents compile from Kubernetes objects with the kernels that packets see. Deterministic: the same commands in
 * the same order give the same conversations.
 */
export class Simulation {
  private readonly parts: SimulationParts;
  private configuration: Configuration;
  private learned: ReadonlyMap<NetnsId, RuntimeTables> = new Map();
  private now = 0;
  private revision = 1;
  private flows = 0;
  private readonly conversations = new Conversations();
  /** The conversation that nothing has come after yet: tables can still change in its midst. */
  private latest: Remembered | undefined;
  private edited = 0;
  /** What the last change was made to. */
  private former: Configuration | undefined;
  /** What all agents agreed on. */
  readonly plan = () => this.configuration.cluster.plan;

  constructor(prepared: PreparedCluster, parts: SimulationParts, settings: Partial<ClusterSettings> = {}) {
    this.parts = parts;
    this.configuration = this.untouched(Cluster.build(prepared, { ...DEFAULT_SETTINGS, ...settings }));
  }

  /** The only write. A refused command has changed nothing. */
  apply(command: Command): Applied {
    switch (command.type) {
      case 'load': {
        const { settings } = this.configuration.cluster;
        const prepared = this.parts.prepare(command.sources, settings.seed, settings.cni);
        return prepared.ok
          ? this.rebuild(Cluster.build(prepared.value, settings))
          : { ok: false, problems: prepared.error };
      }
      case 'configure':
        return this.configure(command.settings, command.at, command.inPlace);
      case 'send': {
        const conversation = this.send(command.flow);
        return { ok: true, cluster: this.cluster(), conversation };
      }
      case 'exec':
        return this.exec(command.netns, command.line, command.at);
      case 'undo':
        return this.undo(command.edit, command.at);
      case 'operate':
        return this.operate(command.operation, command.at);
      case 'reconcile':
        return this.reconcile(command.netns, command.owner, command.at);
      default:
        return assertUnreachable(command);
    }
  }

  /** Sends traffic; what the kernels learn stays. @throws Error when the flow's sender does not exist. */
  send(flow: Flow): Conversation {
    this.latest = this.perform(flow);
    this.flows++;
    this.carryOn(this.latest);
    return this.latest.conversation;
  }

  /** Sends traffic that leaves nothing behind but its record. */
  dryRun(flow: Flow): Conversation {
    return this.perform(flow).conversation;
  }

  /** What a flow does under two settings, each laid over those in force; nothing changes. @throws as `send` does. */
  compare(flow: Flow, settings: readonly [Partial<ClusterSettings>, Partial<ClusterSettings>]): Comparison {
    return compareFlow(this.configuration, flow, settings, this.parts.readdress);
  }

  /** The cluster as it is, for questions that are answered beside it. */
  readonly built = (): Cluster => this.configuration.cluster;

  cluster(): ClusterView {
    return this.configuration.view(this.revision);
  }

  /** How addresses are cut up and handed out. */
  readonly addressing = (): Cluster['addressing'] => this.configuration.cluster.addressing;

  readonly sources = (): readonly ManifestSource[] => this.configuration.cluster.sources;

  /** A namespace's table as its tool prints it, now or at a moment of a remembered conversation. */
  print(id: NetnsId, tool: Tool, at?: Moment): readonly PrintedLine[] {
    const { configuration, learned, time } = this.read(at);
    const netns = configuration.netns(id);
    return netns === undefined ? [] : printTool(tool, netns, learned(id), time);
  }

  /** The same table as it was before the last change: what was written, with what is known now. */
  printFormer(id: NetnsId, tool: Tool): readonly PrintedLine[] {
    const netns = this.former?.netns(id);
    const { learned, time } = this.found(undefined);
    return netns === undefined ? [] : printTool(tool, netns, learned(id), time);
  }

  /** The edits that make sense for an entry of what a tool prints, or for all of it, each with the line that makes it. */
  offers(id: NetnsId, tool: Tool, entry?: EntryId, at?: Moment): readonly Offer[] {
    const { configuration, learned } = this.read(at);
    const netns = configuration.netns(id);
    return netns === undefined ? [] : this.parts.shell().offers(tool, netns, learned(id), entry);
  }

  /** What the last word of an unfinished command line could become in a namespace. */
  complete(id: NetnsId, line: string): readonly string[] {
    const netns = this.netns(id);
    return netns === undefined ? [] : this.parts.shell().complete(line, netns);
  }

  /** Reads the name of a namespace that a command is to be run in. */
  namespace(text: string): Result<NetnsId, string> {
    return readNamespace(text, this.cluster(), (address) => this.configuration.cluster.isOutside(address));
  }

  /** Reads what a person typed as a sender or a destination. */
  resolve(text: string, role: 'from' | 'to'): ResolvedReference {
    const read: Result<Reference, string> = readReference(text, this.cluster(), (address) =>
      this.configuration.cluster.isOutside(address),
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
    return this.configuration.netns(id);
  }

  private untouched(cluster: Cluster): Configuration {
    return new Configuration(
      cluster,
      Edits.none((state, edits, newId) => this.parts.shell().apply(state, edits, newId)),
    );
  }

  /** What there is at a moment of a conversation that is still remembered; else, what there is now. */
  private read(at: Moment | undefined): Found {
    const remembered = at && this.conversations.get(at.conversation);
    return remembered ? remembered.course.at(at.step, remembered.conversation) : this.found(undefined);
  }

  private rebuild(cluster: Cluster): Applied {
    this.configuration = this.untouched(cluster);
    this.learned = new Map();
    this.latest = undefined;
    this.former = undefined;
    this.revision++;
    return { ok: true, cluster: this.cluster(), rebuilt: true };
  }

  private configure(settings: Partial<ClusterSettings>, at: Moment | undefined, inPlace?: InPlace): Applied {
    if (inPlace) return this.inPlace(settings, inPlace, at);
    const names = Object.keys(settings) as (keyof ClusterSettings)[];
    if (!names.every((name) => TAKEN_UP_LIVE.has(name))) {
      const built = this.configuration.cluster.configure(settings, this.parts.readdress);
      return built.ok ? this.rebuild(built.value) : refused('configure', built.error);
    }
    const found = this.found(at);
    const { cluster, edits } = found.configuration;
    const problem = cluster.contradiction(settings);
    if (problem !== undefined) return refused('configure', problem);
    const next = cluster.restarted(settings).synced(cluster, found);
    const settled = edits.settled((id) => next.netns(id));
    return this.change(new Configuration(next, settled), new Map(), at);
  }

  private inPlace(settings: Partial<ClusterSettings>, { node }: InPlace, at: Moment | undefined): Applied {
    const found = this.found(at);
    const { cluster, edits } = found.configuration;
    const changed = cluster.inPlace(settings, node);
    if (!changed.ok) return refused('configure', changed.error);
    const next = changed.value.synced(cluster, found);
    return this.change(new Configuration(next, edits.settled(next.netns.bind(next))), new Map(), at);
  }

  private exec(id: NetnsId, written: string, at: Moment | undefined): Applied {
    this.admit([parseIpAddress(id)]);
    const found = this.found(at);
    const netns = found.configuration.netns(id);
    const line = nameVeths(written, this.cluster());
    if (netns === undefined) return refused(written, `There is no network namespace ${id}`);
    if (!line.ok) return refused(written, line.error);
    const before = found.learned(id);
    const record = this.edited + 1;
    const result = this.parts.shell().run(line.value, { netns, runtime: before }, found.time, idsOf(record));
    const { output, state } = result;
    if (output.exitCode !== 0) return refused(written, output.errors, output);
    if (state === undefined) return { ok: true, cluster: this.cluster(), output };
    const parts = state.netns === netns ? new Map() : new Map([[id, result.edits], ...otherEnds(netns, result.edits)]);
    const learned = state.runtime === before ? new Map() : new Map([[id, { before, after: state.runtime }]]);
    this.edited = record;
    const edits = found.configuration.edits.with({ id: record, netns: id, line: written, parts, learned });
    return { ...this.change(found.configuration.with(edits), learned, at), output };
  }

  private operate(operation: Operation, at: Moment | undefined): Applied {
    const found = this.found(at);
    const { cluster, edits } = found.configuration;
    const changed = this.operated(cluster, operation);
    if (!changed.ok) return { ok: false, problems: [{ source: operation.type, message: changed.error }] };
    const next = changed.value.synced(cluster, found);
    const settled = edits.settled((id) => next.netns(id));
    const learned = new Map<NetnsId, LearnedChange>();
    for (const id of next.proxiedNodes) {
      const before = found.learned(id);
      const conntrack = next.withoutStale(before.conntrack);
      if (conntrack !== before.conntrack) learned.set(id, { before, after: { ...before, conntrack } });
    }
    return this.change(new Configuration(next, settled), learned, at);
  }

  private operated(cluster: Cluster, operation: Operation): Result<Cluster, string> {
    if (operation.type === 'stopProxy' || operation.type === 'startProxy') {
      if (!cluster.hasNode(operation.node)) return err(`nodes "${operation.node}" not found`);
      return ok(cluster.withProxy(operation.node, operation.type === 'startProxy'));
    }
    if (operation.type === 'cleanUpProxy') return ok(cluster.withoutLeftovers());
    const prepared = this.parts.operate(cluster.base, operation, cluster.settings.seed);
    return prepared.ok ? ok(cluster.withObjects(prepared.value)) : prepared;
  }

  private undo(edit: number | 'all', at: Moment | undefined): Applied {
    const { configuration } = this.found(at);
    const isMeant = (record: EditRecord): boolean => edit === 'all' || record.id === edit;
    const meant = configuration.edits.records.filter(isMeant);
    // what is made at a later moment only is gone with all that comes after this one
    const later = meant.length === 0 && this.configuration.edits.records.some(isMeant);
    if (meant.length === 0 && !later && edit !== 'all') return refused('undo', `There is no edit ${edit}`);
    return this.takeBack(configuration, meant, true, at);
  }

  private reconcile(id: NetnsId, owner: Owner, at: Moment | undefined): Applied {
    const { configuration } = this.found(at);
    const { cluster, edits } = configuration;
    const base = cluster.netns(id);
    if (base === undefined) return refused('reconcile', `There is no network namespace ${id}`);
    const meant = edits.records.filter((record) => record.parts.has(id) && edits.owners(record, base).includes(owner));
    return this.takeBack(configuration, meant, false, at);
  }

  /** @param learned whether kernels also get back what the commands made them forget; an agent does not see to that. */
  private takeBack(
    configuration: Configuration,
    meant: readonly EditRecord[],
    learned: boolean,
    at: Moment | undefined,
  ): Applied {
    if (meant.length === 0 && configuration === this.configuration) return { ok: true, cluster: this.cluster() };
    const { cluster, edits } = configuration;
    const settled = edits.without(meant).settled((id) => cluster.netns(id));
    const changes = new Map<NetnsId, LearnedChange>();
    for (const record of learned ? meant.toReversed() : []) {
      for (const [id, made] of record.learned) {
        const before = changes.get(id)?.before ?? this.found(at).learned(id);
        const now = changes.get(id)?.after ?? before;
        changes.set(id, { before, after: undoLearned(now, made.before, made.after) });
      }
    }
    return this.change(configuration.with(settled), changes, at, meant);
  }

  /** What a change finds: what is there at a moment of the latest conversation; at any other, what is there now. */
  private found(at: Moment | undefined): Found {
    const { latest } = this;
    if (at !== undefined && latest?.conversation.id === at.conversation)
      return latest.course.at(at.step, latest.conversation);
    return {
      configuration: this.configuration,
      learned: (id) => this.learned.get(id) ?? NOTHING_LEARNED,
      time: this.now,
    };
  }

  /**
   * Lets everything be as `configuration` says, from a moment of the latest conversation on, and drops what had changed after
   * it; at any other moment, from now on.
   *
   * @param meant edits that were asked to go: of others that do, the answer tells.
   */
  private change(
    configuration: Configuration,
    learned: ReadonlyMap<NetnsId, LearnedChange>,
    at: Moment | undefined,
    meant: readonly EditRecord[] = [],
  ): Extract<Applied, { readonly ok: true }> {
    const expected = new Set([...configuration.edits.records, ...meant]);
    const takenBack = this.configuration.edits.records.filter((record) => !expected.has(record));
    const { latest } = this;
    this.former = this.found(at).configuration;
    this.configuration = configuration;
    this.revision++;
    const told = takenBack.length > 0 && { takenBack: takenBack.map(({ line }) => line) };
    if (at !== undefined && latest?.conversation.id === at.conversation) {
      this.latest = this.conversations.remember(
        latest.course.changed(at.step, configuration, learned),
        latest.conversation.flow,
        this.revision,
      );
      this.carryOn(this.latest);
      return { ok: true, cluster: this.cluster(), conversation: this.latest.conversation, ...told };
    }
    this.latest = undefined;
    const tables = new Map(this.learned);
    for (const [id, { after }] of learned) tables.set(id, after);
    for (const [id, known] of tables) if (hasGuests(known)) tables.set(id, this.remaining(id, known));
    this.learned = tables;
    return { ok: true, cluster: this.cluster(), ...told };
  }

  private remaining(id: NetnsId, tables: RuntimeTables): RuntimeTables {
    const netns = this.netns(id);
    return netns === undefined ? tables : remainingTables(tables, netns);
  }

  private perform(flow: Flow): Remembered {
    this.admit([parseIpAddress(flow.from), flow.to.type === 'address' ? flow.to.address : undefined]);
    const { seed } = this.configuration.cluster.settings;
    const input = {
      flow,
      learned: this.learned,
      seed: chance(seed, 'flow', this.flows),
      bootSeed: seed,
      start: this.now,
    };
    return this.conversations.remember(Course.begin(input, this.configuration), flow, this.revision);
  }

  /** What kernels know after a conversation is what the next one finds. */
  private carryOn({ course, conversation }: Remembered): void {
    this.learned = course.result.learned;
    this.now = conversation.end + PAUSE;
    this.configuration = this.configuration.later(this.found(undefined));
  }

  /** Plugs in hosts outside the cluster that are named for the first time. */
  private admit(named: readonly (IpAddress | undefined)[]): void {
    const { cluster } = this.configuration;
    const outside = named.filter((address) => address !== undefined && cluster.isOutside(address));
    const added = this.configuration.on(cluster.withOutside(outside.flatMap((address) => address ?? [])));
    if (added === this.configuration) return;
    this.configuration = added;
    this.latest = undefined;
    this.revision++;
  }
}
