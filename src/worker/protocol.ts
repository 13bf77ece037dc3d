import type { Result } from '../base/result.ts';
import type { BgpAnswer, BgpQuestion } from '../datamodel/bgp/course.ts';
import type { AddressSpace } from '../datamodel/cluster/addressSpace.ts';
import type { Applied, ResolvedReference } from '../datamodel/cluster/answer.ts';
import type {
  ClusterSettings,
  CniBackend,
  Command,
  ManifestSource,
  Moment,
  ProxyMode,
} from '../datamodel/cluster/command.ts';
import type { Comparison } from '../datamodel/cluster/comparison.ts';
import type { LeaseQuestion, Leases } from '../datamodel/cluster/lease.ts';
import type { Offer } from '../datamodel/cluster/offer.ts';
import type { PodChain, PodChainQuestion } from '../datamodel/cluster/podChain.ts';
import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { ServiceCost } from '../datamodel/cluster/serviceCost.ts';
import type { UnderlayName } from '../datamodel/cluster/underlay.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Weighing } from '../datamodel/cluster/weighing.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { EntryId } from '../datamodel/network/tables.ts';

/** What the simulation offers across the worker boundary. Everything that crosses is plain readonly data. */
export interface SimulationApi {
  /** The only write. A `send` command's answer carries its conversation. */
  apply(command: Command): Promise<Applied>;
  /** A trace that leaves nothing behind. */
  dryRun(flow: Flow): Promise<Conversation>;
  /** What a flow does under two settings, each laid over those in force. */
  compare(flow: Flow, settings: readonly [Partial<ClusterSettings>, Partial<ClusterSettings>]): Promise<Comparison>;
  /** What so many Services would cost a node in a mode, measured on a cluster made for it; calls for anything else are not held up. */
  cost(mode: ProxyMode, services: number): Promise<ServiceCost>;
  /** What a backend would do for this cluster's Pods on an underlay, seen by trying it. */
  weigh(cni: CniBackend, underlay: UnderlayName): Promise<Weighing>;
  /** What the cluster's BGP speakers do, over all that was done to their network, and what they know at a moment. */
  bgp(question: BgpQuestion): Promise<BgpAnswer>;
  /** The calls of CNI plugins by which a Pod gets its network, as if it were being created. */
  podChain(question: PodChainQuestion): Promise<Result<PodChain, string>>;
  cluster(): Promise<ClusterView>;
  /** All ranges of addresses, down to who has which. */
  addresses(): Promise<AddressSpace>;
  /** flannel's leases, and what other nodes' flanneld has written from one. */
  leases(question: LeaseQuestion): Promise<Leases>;
  print(netns: NetnsId, tool: Tool, at?: Moment): Promise<readonly PrintedLine[]>;
  /** The same table as it was before the last change; nothing when there was none. */
  printFormer(netns: NetnsId, tool: Tool): Promise<readonly PrintedLine[]>;
  /** The manifests in force, as last loaded, for the editor. */
  sources(): Promise<readonly ManifestSource[]>;
  /**
   * Reads what a person typed: `pod/ns/name`, `deploy/ns/name`, `node/NAME`, `svc/ns/name`, a name or an address, with an
   * optional `:port`.
   */
  resolve(reference: string, role: 'from' | 'to'): Promise<ResolvedReference>;
  /** What the last word of an unfinished command line could become in a namespace, in full, sorted. */
  complete(netns: NetnsId, line: string): Promise<readonly string[]>;
  /** The edits that make sense for an entry of what a tool prints, or for all of it, each with the line that makes it. */
  offers(netns: NetnsId, tool: Tool, entry?: EntryId, at?: Moment): Promise<readonly Offer[]>;
}
