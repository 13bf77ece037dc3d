import { assertUnreachable } from '../base/assertUnreachable.ts';
import { chance } from '../base/chance.ts';
import type { Result } from '../base/result.ts';
import type { BgpDeed } from '../datamodel/bgp/operation.ts';
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
import { Configuration, type Routing } from './configuration.ts';
import { Conversations, type Remembered } from './conversations.ts';
import { Course, type Found, knownAt } from './course.ts';
import { type EditRecord, Edits } from './edits.ts';
import type { Filed } from './files/nodeFiles.ts';
import type { LearnedChange } from './linux/change.ts';
import { NOTHING_LEARNED } from './linux/learned.ts';
import { nameVeths, readNamespace } from './namespaceReference.ts';
import type { PreparedCluster } from './prepareCluster.ts';
import { refused } from './refused.ts';
import { resolveReference } from './resolveReference.ts';
import type { SimulationParts } from './simulationParts.ts';
import { TAKEN_UP_LIVE } from './takenUpLive.ts';

export const DEFAULT_SETTINGS: ClusterSettings = { podMtu: 'auto', randomFully: true, seed: 1 };

/** Virtual time between two conversations: long enough to be apart, short enough that nothing learned has gone stale. */
const PAUSE = 1_000_000_000;

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
  /** What kernels knew when something was last done to the network: time can go back to there. */
  private atLastDeed: ReadonlyMap<NetnsId, RuntimeTables> = new Map();
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
      case 'cut':
        return this.cut(command.does, command.at);
      case 'wait':
        return this.wait(command);
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
    return this.parts
      .changes()
      .compareFlow(this.configuration, flow, settings, this.parts.readdress, (there) => this.settled(there));
  }

  /** The cluster as it is, for questions that are answered beside it. */
  readonly built = (): Cluster => this.configuration.cluster;

  cluster(): ClusterView {
    return this.configuration.view(this.revision);
  }

  /** What was done to the network, and what time it is. */
  readonly routing = (): Routing => ({ ...this.configuration.routing, now: this.now });

  /** How addresses are cut up and handed out. */
  readonly addressing = () => this.configuration.cluster.addressingAt(this.now);

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
    return resolveReference(text, role, this.cluster(), (address) => this.configuration.cluster.isOutside(address));
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
    const names = Object.keys(settings) as (keyof ClusterSettings)[];
    if (!inPlace && !names.every((name) => TAKEN_UP_LIVE.has(name))) {
      const built = this.configuration.cluster.configure(settings, this.parts.readdress);
      return built.ok ? this.rebuild(built.value) : refused('configure', built.error);
    }
    const next = this.parts.changes().reconfigured(this.found(at), settings, inPlace);
    return next.ok ? this.change(next.value, new Map(), at) : refused('configure', next.error);
  }

  private exec(netns: NetnsId, written: string, at: Moment | undefined): Applied {
    this.admit([parseIpAddress(netns)]);
    const found = this.found(at);
    const line = nameVeths(written, this.cluster());
    if (!line.ok) return refused(written, line.error);
    if (netns.startsWith('node/') && written.includes('/etc/cni/net.d'))
      return this.filed(this.parts.files().exec(found, netns, written, this.edited), at);
    const ran = this.parts
      .changes()
      .typed(found, { id: this.edited + 1, netns, line: line.value, written }, this.parts.shell());
    if (ran === undefined) return refused(written, `There is no network namespace ${netns}`);
    if (!ran.ok) return refused(written, ran.error.errors, ran.error);
    const { output, record } = ran.value;
    return record ? { ...this.record(record, found, at), output } : { ok: true, cluster: this.cluster(), output };
  }

  private record(record: EditRecord, { configuration }: Found, at: Moment | undefined): Applied {
    this.edited = record.id;
    return this.change(configuration.with(configuration.edits.with(record)), record.learned, at);
  }

  private cut(does: BgpDeed, at: Moment | undefined): Applied {
    const found = this.found(at);
    const record = this.parts.cuts().cut(this.edited + 1, does, found, this.parts.shell().apply);
    return record.ok
      ? this.record(record.value, found, at)
      : { ok: false, problems: [{ source: 'cut', message: record.error }] };
  }

  private wait(command: Extract<Command, { readonly type: 'wait' }>): Applied {
    const time = this.parts.changes().waited(this.configuration, this.now, command);
    if (!time.ok) return { ok: false, problems: [{ source: 'wait', message: time.error }] };
    if (time.value !== this.now) {
      if (time.value < this.now) this.learned = this.atLastDeed;
      this.now = time.value;
      this.latest = undefined;
      this.configuration = this.configuration.at(this.found(undefined));
      this.revision++;
    }
    return { ok: true, cluster: this.cluster() };
  }

  /** A configuration in which routing agents have had the time that they need. */
  private settled(configuration: Configuration): Configuration {
    const none = configuration.with(this.untouched(configuration.cluster).edits);
    const there = this.suffering(none, configuration, 0);
    return there.at({ ...this.found(undefined), time: there.settledAt });
  }

  /** With what routing agents make of a change, which they hear of at a time. */
  private suffering(former: Configuration, configuration: Configuration, time: number): Configuration {
    const isTouched = [former, configuration].some(({ edits }) => edits.records.length > 0);
    return isTouched && configuration.cluster.plan.network.bgp
      ? configuration.suffering(this.parts.cuts().between(former, configuration), time)
      : configuration;
  }

  private filed(made: Filed, at: Moment | undefined): Applied {
    if (!made.ok) return made;
    const { configuration, edited, output } = made;
    this.edited = edited;
    const told = output && { output };
    if (!configuration) return { ok: true, cluster: this.cluster(), ...told };
    return { ...this.change(configuration, new Map(), at), ...told };
  }

  private operate(operation: Operation, at: Moment | undefined): Applied {
    const found = this.found(at);
    if (operation.type === 'writeFile') return this.filed(this.parts.files().write(found, operation, this.edited), at);
    const done = this.parts.changes().operated(found, operation, this.parts.operate);
    if (!done.ok) return { ok: false, problems: [{ source: operation.type, message: done.error }] };
    return this.change(done.value.configuration, done.value.learned, at);
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
    const left = edits.without(meant);
    const refiled = meant.some(({ files }) => files) ? this.parts.files().settle(this.found(at), left) : undefined;
    if (refiled?.ok === false) return refused('undo', refiled.error);
    const settled = refiled?.value ?? configuration.with(left.settled((id) => cluster.netns(id)));
    return this.change(
      settled,
      this.parts.changes().learnedUndone(learned ? meant : [], this.found(at).learned),
      at,
      meant,
    );
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
   * Lets everything be as `changed` says, from a moment of the latest conversation on, and drops what had changed after
   * it; at any other moment, from now on.
   *
   * @param meant edits that were asked to go: of others that do, the answer tells.
   */
  private change(
    changed: Configuration,
    learned: ReadonlyMap<NetnsId, LearnedChange>,
    at: Moment | undefined,
    meant: readonly EditRecord[] = [],
  ): Extract<Applied, { readonly ok: true }> {
    const found = this.found(at);
    const configuration = this.suffering(found.configuration, changed, found.time);
    if (configuration !== changed) this.atLastDeed = knownAt(found, this.learned.keys(), learned);
    const expected = new Set([...configuration.edits.records, ...meant]);
    const takenBack = this.configuration.edits.records.filter((record) => !expected.has(record));
    const { latest } = this;
    this.former = found.configuration;
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
    const { hasGuests, remainingTables } = this.parts.changes();
    for (const [id, known] of tables) {
      const netns = hasGuests(known) ? this.netns(id) : undefined;
      if (netns) tables.set(id, remainingTables(known, netns));
    }
    this.learned = tables;
    return { ok: true, cluster: this.cluster(), ...told };
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
    this.configuration = this.configuration.at(this.found(undefined));
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
