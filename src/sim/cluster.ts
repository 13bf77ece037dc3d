import { keptWith } from '../base/kept.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ClusterSettings, ManifestSource } from '../datamodel/cluster/command.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { ClusterObjects } from '../datamodel/kubernetes/clusterObjects.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { ConntrackEntry } from '../datamodel/network/runtime.ts';
import type { Route } from '../datamodel/network/tables.ts';
import { addressAt, type IpAddress, lastAddress, prefixContains } from '../wire/address.ts';
import type { Addressing } from './addressing.ts';
import type { ClusterPlan } from './controlplane/clusterPlan.ts';
import { clusterView } from './controlplane/clusterView.ts';
import { type CompiledCluster, compile } from './controlplane/compile.ts';
import { underlayProblem } from './controlplane/host/underlay/providers.ts';
import { defaultOutsideHost } from './controlplane/host/underlay/subnetPlan.ts';
import type { IpamMemory } from './controlplane/ipam/podAddresses.ts';
import type { Drained, Drainer, Known } from './controlplane/kubeproxy/drainer.ts';
import { drainerOf } from './controlplane/kubeproxy/kubeProxy.ts';
import { begun, leftBehind, NO_HISTORY, type ProxyHistory } from './controlplane/kubeproxy/proxyHistory.ts';
import { isRolledOut, rolledOut } from './controlplane/network/networkHistory.ts';
import { configuredCni, networkProvider } from './controlplane/network/providers.ts';
import type { Edits } from './edits.ts';
import { withKernelRoutes } from './linux/route/kernelRoutes.ts';
import { isOutsideAddress, type KnownRanges } from './outside.ts';
import type { PreparedCluster } from './prepareCluster.ts';
import type { Readdress } from './readdress.ts';

const BIRD = 'bird';
const SECOND = 1_000_000_000;
const NOTHING_DRAINED: Drained = new Map();

/** One state of the cluster: what was asked for, what the control plane made of it, what every kernel is told. Immutable. */
export class Cluster {
  private readonly prepared: PreparedCluster;
  private readonly compiled: CompiledCluster;
  private readonly ranges: KnownRanges;
  private readonly configured = new Map<NetnsId, Netns | undefined>();
  /** What proxies have taken away from new connections, by the namespaces of their nodes. */
  private readonly drained: Drained;
  /** Namespaces with other routes by BIRD than the settled ones, by these. */
  private readonly rerouted = new WeakMap<readonly Route[], Netns>();
  private shown: ClusterView | undefined;
  readonly settings: ClusterSettings;
  /** Hosts outside the cluster, in the order in which they were first named. */
  readonly outside: readonly IpAddress[];

  private constructor(
    prepared: PreparedCluster,
    settings: ClusterSettings,
    outside: readonly IpAddress[],
    history: ProxyHistory = NO_HISTORY,
    drained: Drained = NOTHING_DRAINED,
    compiled = compile(prepared.objects, settings, outside, history, prepared.networkHistory, {
      memory: writtenDown(prepared),
      lists: prepared.networkLists,
    }),
  ) {
    this.prepared = prepared;
    this.settings = settings;
    this.outside = outside;
    this.drained = drained;
    this.compiled = compiled;
    this.ranges = knownRanges(compiled);
  }

  /**
   * Builds the cluster, with one host outside it to send from. Endpoints that no Pod or node has (an API server that is not
   * in the dump) are machines all the same.
   */
  static build(prepared: PreparedCluster, settings: ClusterSettings): Cluster {
    const cluster = new Cluster(prepared, settings, []);
    const { prefix, gateway } = cluster.compiled.plan.underlay;
    const first = defaultOutsideHost(prefix, gateway, cluster.ranges.taken);
    const endpoints = endpointsOutside(cluster.compiled.plan.objects)(cluster.ranges);
    const hosts = [first, ...endpoints].filter((address) => cluster.isOutside(address));
    return cluster.withOutside([...hosts, ...cluster.balancers]);
  }

  /** The same nodes and Pods under other settings, as if they had always been so, and with what kube-proxy's history has left. */
  under(settings: Partial<ClusterSettings>, readdress: Readdress): Result<Cluster, string> {
    const changed = { ...this.settings, ...settings };
    const problem = underlayProblem(changed) ?? this.contradiction(settings);
    if (problem !== undefined) return err(problem);
    const isSame = !REBUILDING.some((name) => name in settings);
    const prepared = isSame ? ok(this.prepared) : addressed(this.prepared, changed, readdress);
    if (!prepared.ok) return prepared;
    const { proxyHistory } = this.compiled;
    const cluster =
      prepared.value === this.prepared ? this : new Cluster(prepared.value, this.settings, this.outside, proxyHistory);
    return ok(cluster.restarted(settings));
  }

  /** The same nodes and Pods, whose agents were started again with other settings. */
  restarted(changed: Partial<ClusterSettings>): Cluster {
    const settings = { ...this.settings, ...changed };
    const { plan, proxyHistory, proxyOf } = this.compiled;
    const mode = plan.network.serviceProxy ? plan.proxyMode : (settings.proxyMode ?? plan.proxyMode);
    let history = proxyHistory;
    for (const name of plan.nodes.keys()) {
      if (history.stopped.has(name)) continue;
      history = begun(history, name, proxyOf(name), mode, settings.leaveOldRules === true);
    }
    return new Cluster(this.prepared, settings, this.outside, history);
  }

  /**
   * Another CNI, applied to the running cluster as it is: its agents are rolled out on all nodes or on one, and nobody makes the
   * Pods anew.
   */
  inPlace(settings: Partial<ClusterSettings>, node: string | undefined): Result<Cluster, string> {
    const other = Object.keys(settings).find((name) => name !== 'cni' && name !== 'podMtu');
    if (other !== undefined) return err(`Only a CNI can be changed in place, not ${other}`);
    const { plan, proxyHistory } = this.compiled;
    const changed = { ...this.settings, cni: plan.cni, ...settings };
    if (node !== undefined && !plan.nodes.has(node)) return err(`nodes "${node}" not found`);
    const { networkHistory: before } = this.prepared;
    const isSame = changed.cni === plan.cni && changed.podMtu === this.settings.podMtu;
    if (isSame && (before === undefined || isRolledOut(before, node)))
      return err(`The agents of ${changed.cni} are running there already`);
    const { pods } = this.prepared.objects;
    const history = rolledOut(
      before,
      { cni: plan.cni, podMtu: this.settings.podMtu },
      { cni: changed.cni, podMtu: changed.podMtu },
      { pods, node },
    );
    const prepared = {
      ...this.prepared,
      objects: { ...this.prepared.objects },
      cni: changed.cni,
      networkHistory: history,
    };
    return ok(new Cluster(prepared, changed, this.outside, proxyHistory));
  }

  /** What of new settings the CNI that they ask for, or that is there, cannot have beside it. */
  contradiction(settings: Partial<ClusterSettings>): string | undefined {
    return networkProvider(settings.cni ?? this.plan.cni).problem?.(settings);
  }

  /** `kube-proxy --cleanup` on every node: what other modes than the one in force there had written is gone. */
  withoutLeftovers(): Cluster {
    const { stopped } = this.compiled.proxyHistory;
    return new Cluster(this.prepared, this.settings, this.outside, { stopped, left: new Map() });
  }

  /** The same objects under other settings, built anew: Pods may get other addresses. */
  configure(settings: Partial<ClusterSettings>, readdress: Readdress): Result<Cluster, string> {
    const changed = { ...this.settings, ...settings };
    const problem = underlayProblem(changed) ?? this.contradiction(settings);
    if (problem !== undefined) return err(problem);
    const prepared = addressed(this.prepared, changed, readdress);
    // Who is outside follows from the objects, which stay.
    return prepared.ok ? ok(new Cluster(prepared.value, changed, this.outside)) : prepared;
  }

  /** The same cluster with more hosts outside it; itself when it has them all. */
  withOutside(addresses: readonly IpAddress[]): Cluster {
    const added = addresses.filter((address, i) => !this.outside.includes(address) && addresses.indexOf(address) === i);
    if (added.length === 0) return this;
    const outside = [...this.outside, ...added];
    return new Cluster(this.prepared, this.settings, outside, this.compiled.proxyHistory, this.drained);
  }

  /** The same nodes, settings and guests with other objects: what agents write follows, except where a proxy is stopped. */
  withObjects(prepared: PreparedCluster): Cluster {
    const next = new Cluster(prepared, this.settings, this.outside, this.compiled.proxyHistory);
    return next.withOutside(next.balancers);
  }

  /** What all agents agreed on. */
  get plan(): ClusterPlan {
    return this.compiled.plan;
  }

  /** kube-proxy stops on a node, where what it has written stays; or starts again, and writes what is wanted now. */
  withProxy(node: string, running: boolean): Cluster {
    const { plan, proxyHistory, proxyOf } = this.compiled;
    const written = proxyOf(node);
    const stopped = new Map(proxyHistory.stopped);
    if (!running) stopped.set(node, { mode: written.mode, write: leftBehind(written) });
    else if (!stopped.delete(node)) return this;
    const history = { ...proxyHistory, stopped };
    const leaves = this.settings.leaveOldRules === true;
    return new Cluster(
      this.prepared,
      this.settings,
      this.outside,
      running ? begun(history, node, written, plan.proxyMode, leaves) : history,
    );
  }

  /**
   * The same, once the proxies that run have synced: what they let end first is drained.
   * @param former what was in force until now.
   */
  synced(former: Cluster, known: Known): Cluster {
    const tables = { former: (id: NetnsId) => former.netns(id), next: (id: NetnsId) => this.compiled.netns(id) };
    const drained = this.drainer?.sync(former.drained, new Set(this.proxiedNodes), known, tables);
    return this.draining(drained ?? NOTHING_DRAINED);
  }

  /** The same at a later time; itself when all that was drained is there still. */
  later(known: Known): Cluster {
    if (this.drained.size === 0) return this;
    return this.draining(this.drainer?.left(this.drained, new Set(this.proxiedNodes), known) ?? NOTHING_DRAINED);
  }

  private get drainer(): Drainer | undefined {
    return drainerOf(this.compiled.plan.proxyMode);
  }

  private draining(drained: Drained): Cluster {
    const changed = [...drained.keys(), ...this.drained.keys()].filter(
      (id) => drained.get(id) !== this.drained.get(id),
    );
    if (changed.length === 0) return this;
    const { proxyHistory } = this.compiled;
    const next = new Cluster(this.prepared, this.settings, this.outside, proxyHistory, drained, this.compiled);
    for (const [id, netns] of this.configured) if (!changed.includes(id)) next.configured.set(id, netns);
    return next;
  }

  /** Namespaces of nodes whose proxy runs. */
  get proxiedNodes(): readonly NetnsId[] {
    const { plan, proxyHistory } = this.compiled;
    return [...plan.nodes].flatMap(([name, { netns }]) => (proxyHistory.stopped.has(name) ? [] : [netns]));
  }

  hasNode(name: string): boolean {
    return this.compiled.plan.nodes.has(name);
  }

  /** What a proxy that has synced with these objects leaves of a node's connections. */
  withoutStale(connections: readonly ConntrackEntry[]): readonly ConntrackEntry[] {
    const left = connections.filter((entry) => !this.compiled.isStale(entry));
    return left.length === connections.length ? connections : left;
  }

  get base(): PreparedCluster {
    return this.prepared;
  }

  get sources(): readonly ManifestSource[] {
    return this.prepared.sources;
  }

  /** How addresses are cut up and handed out. @param time virtual, in nanoseconds. */
  addressingAt(time = 0): Addressing {
    const { objects, running } = this.prepared;
    const { podRanges, ipam, underlay } = this.compiled.plan;
    const { serviceCidr, serviceCidr6 } = objects.network;
    return {
      pods: podRanges,
      blocks: ipam.blocks,
      nodeRanges: ipam.nodeRanges,
      interfaces: ipam.interfaces,
      lastHandedOut: (running?.ipam ?? ipam.memory).lastHandedOut,
      services: serviceCidr6 ? [serviceCidr, serviceCidr6] : [serviceCidr],
      nodes: underlay.prefix,
      now: time / SECOND,
      gateway: underlay.gateway,
    };
  }

  /**
   * A namespace's configuration with what its kernel derives from it; undefined: nobody has the name.
   * @param bird what BIRD has written there in place of what it settled on when the cluster was built.
   */
  netns(id: NetnsId, bird?: readonly Route[]): Netns | undefined {
    if (bird !== undefined) return this.routed(id, bird);
    if (!this.configured.has(id)) {
      const netns = this.written(id);
      this.configured.set(id, netns && withKernelRoutes(netns));
    }
    return this.configured.get(id);
  }

  /** What agents have written into a namespace. */
  private written(id: NetnsId): Netns | undefined {
    const netns = this.compiled.netns(id);
    const drained = this.drained.get(id);
    if (netns === undefined || drained === undefined) return netns;
    return this.drainer?.over(netns, drained) ?? netns;
  }

  private routed(id: NetnsId, bird: readonly Route[]): Netns | undefined {
    const known = this.rerouted.get(bird);
    if (known?.id === id) return known;
    const settled = this.netns(id);
    if (settled === undefined) return undefined;
    const others = settled.routes.filter(({ owner }) => owner !== BIRD);
    // BIRD adds none where the kernel has another's for the same
    const taken = new Set(others.map((route) => route.id));
    const netns = { ...settled, routes: [...others, ...bird.filter((route) => !taken.has(route.id))] };
    this.rerouted.set(bird, netns);
    return netns;
  }

  view(revision: number, edits: Edits): ClusterView {
    if (this.shown?.revision !== revision) {
      const { ignored } = this.prepared;
      const netns = (id: NetnsId): Netns | undefined => {
        const base = edits.touches(id) ? this.netns(id) : undefined;
        return base ? edits.over(base) : this.compiled.netns(id);
      };
      const rest = { revision, ignored, netns, edits: edits.view((id) => this.netns(id)) };
      this.shown = clusterView(this.compiled.plan.objects, this.compiled, this.settings, rest);
    }
    return this.shown;
  }

  /** Addresses at which hosts outside balance traffic to the nodes. */
  private get balancers(): readonly IpAddress[] {
    return [...this.compiled.plan.loadBalancers.keys()].filter((address) => !this.isTaken(address));
  }

  /** Whether an address is a node's, the subnet's own, or in the Pods' and Services' ranges. */
  private isTaken(address: IpAddress): boolean {
    const { taken, cluster } = this.ranges;
    return taken.includes(address) || cluster.some((prefix) => prefixContains(prefix, address));
  }

  /** Whether an address belongs to a host outside the cluster, known already or not. */
  isOutside(address: IpAddress): boolean {
    return this.outside.includes(address) || isOutsideAddress(address, this.ranges);
  }
}

/** What the objects do not say: on which interface of an instance an address is. */
function writtenDown({ running }: PreparedCluster): IpamMemory | undefined {
  const aws = running?.ipam.aws;
  return aws && { lastHandedOut: new Map(), aws };
}

/** Settings that a cluster is made anew for: nothing that was put over something else is left then. */
const REBUILDING: readonly (keyof ClusterSettings)[] = ['cni', 'podMtu', 'underlay', 'underlayOptions'];

/** Objects whose Pods have their addresses from the CNI that the settings ask for. */
function addressed(
  prepared: PreparedCluster,
  { cni, seed }: ClusterSettings,
  readdress: Readdress,
): Result<PreparedCluster, string> {
  const wanted = cni ?? configuredCni(prepared.objects.network);
  const same =
    prepared.networkHistory === undefined &&
    prepared.networkLists === undefined &&
    networkProvider(wanted).addressing === networkProvider(prepared.cni).addressing;
  return same ? ok(prepared) : readdress(prepared, wanted, seed);
}

/** Asked again at every change of settings, which move neither endpoints nor ranges: the answer stays with the objects. */
const endpointsOutside = keptWith((objects: ClusterObjects) => {
  let found: readonly IpAddress[] | undefined;
  return (ranges: KnownRanges): readonly IpAddress[] => {
    found ??= [
      ...new Set(objects.endpointSlices.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses))),
    ].filter((address) => isOutsideAddress(address, ranges));
    return found;
  };
});

function knownRanges({ plan }: CompiledCluster): KnownRanges {
  const { prefix, subnets, routers } = plan.underlay;
  const own = [...plan.nodes.values()].flatMap((node) => node.node.internalIps);
  const nodeSubnets = [...new Set([prefix, ...subnets])];
  const edges = nodeSubnets.flatMap((subnet) =>
    subnet.length < 31 ? [addressAt(subnet, 0), lastAddress(subnet)] : [],
  );
  return {
    nodeSubnets,
    cluster: [...plan.podRanges, plan.objects.network.serviceCidr],
    taken: [...routers, ...edges, ...own],
  };
}
