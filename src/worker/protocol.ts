import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Command } from '../datamodel/cluster/command.ts';
import type { ManifestProblem } from '../datamodel/cluster/problem.ts';
import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';

export type Applied =
  | { readonly ok: true; readonly cluster: ClusterView; readonly conversation?: Conversation }
  /** Nothing was changed. */
  | { readonly ok: false; readonly problems: readonly ManifestProblem[] };

/** A moment in a conversation: after the step with this id. Absent: now. */
export interface Moment {
  readonly conversation: number;
  readonly step: number;
}

/** What the simulation offers across the worker boundary. Everything that crosses is plain readonly data. */
export interface SimulationApi {
  /** The only write. A `send` command's answer carries its conversation. */
  apply(command: Command): Promise<Applied>;
  /** A trace that leaves nothing behind. */
  dryRun(flow: Flow): Promise<Conversation>;
  cluster(): Promise<ClusterView>;
  print(netns: NetnsId, tool: Tool, at?: Moment): Promise<readonly PrintedLine[]>;
  /** The manifests in force, as last loaded, for the editor. */
  sources(): Promise<readonly { readonly name: string; readonly text: string }[]>;
  /**
   * Reads what a person typed: `pod/ns/name`, `deploy/ns/name`, `node/NAME`, `svc/ns/name`, a name or an address, with an
   * optional `:port`.
   */
  resolve(reference: string, role: 'from' | 'to'): Promise<ResolvedReference>;
}

export type ResolvedReference =
  | { readonly ok: true; readonly netns?: NetnsId; readonly to?: Flow['to']; readonly port?: number; readonly label: string }
  | { readonly ok: false; readonly message: string };
