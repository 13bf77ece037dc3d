import { assertUnreachable } from '../base/assertUnreachable.ts';
import { chance } from '../base/chance.ts';
import type { Result } from '../base/result.ts';
import type { Applied, Moment, ResolvedReference } from '../datamodel/cluster/answer.ts';
import type { ClusterSettings, Command, ManifestSource } from '../datamodel/cluster/command.ts';
import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import { printTool } from '../print/printTool.ts';
import { parseIpAddress } from '../wire/address.ts';
import { Cluster } from './cluster.ts';
import { run } from './linux/run.ts';
import { tablesAt } from './moment.ts';
import type { PrepareCluster, PreparedCluster } from './prepareCluster.ts';
import { type Reference, readReference } from './reference.ts';

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
  private readonly conversations = new Map<number, Conversation>();

  constructor(prepared: PreparedCluster, prepare: PrepareCluster, settings: Partial<ClusterSettings> = {}) {
    this.prepare = prepare;
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
    return this.current.view(this.revision);
  }

  sources(): readonly ManifestSource[] {
    return this.current.sources;
  }

  /** A namespace's table as its tool prints it, now or at a moment of a remembered conversation. */
  print(id: NetnsId, tool: Tool, at?: Moment): readonly PrintedLine[] {
    const netns = this.current.netns(id);
    if (netns === undefined) return [];
    const conversation = at && this.conversations.get(at.conversation);
    if (at === undefined || conversation === undefined) return printTool(tool, netns, this.learned.get(id), this.now);
    const { tables, time } = tablesAt(conversation, id, at.step);
    return printTool(tool, netns, tables ?? this.learned.get(id), time);
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

  /** A namespace's configuration with what its kernel derives from it; undefined: nobody has the name. */
  netns(id: NetnsId): Netns | undefined {
    return this.current.netns(id);
  }

  private rebuild(cluster: Cluster): Applied {
    this.current = cluster;
    this.learned = new Map();
    this.revision++;
    return { ok: true, cluster: this.cluster() };
  }

  private perform(flow: Flow): {
    readonly conversation: Conversation;
    readonly learned: ReadonlyMap<NetnsId, RuntimeTables>;
  } {
    this.admitOutside(flow);
    const { learned, ...result } = run({
      flow,
      netns: (id) => this.current.netns(id),
      learned: this.learned,
      seed: chance(this.current.settings.seed, 'flow', this.flows),
      start: this.now,
    });
    const id = nextConversation(this.conversations);
    const conversation: Conversation = { ...result, id, flow, revision: this.revision };
    this.conversations.set(id, conversation);
    if (this.conversations.size > REMEMBERED) {
      const oldest = this.conversations.keys().next().value;
      if (oldest !== undefined) this.conversations.delete(oldest);
    }
    return { conversation, learned };
  }

  /** Plugs in the hosts outside the cluster that the flow names. */
  private admitOutside(flow: Flow): void {
    const sender = parseIpAddress(flow.from);
    const named = [...(sender ? [sender] : []), ...(flow.to.type === 'address' ? [flow.to.address] : [])];
    const outside = named.filter((address) => this.current.isOutside(address));
    const added = this.current.withOutside(outside);
    if (added === this.current) return;
    this.current = added;
    this.revision++;
  }
}

function nextConversation(conversations: ReadonlyMap<number, Conversation>): number {
  let last = 0;
  for (const id of conversations.keys()) last = Math.max(last, id);
  return last + 1;
}
