import { keptWith } from '../base/kept.ts';
import type { ClusterSettings, ManifestSource } from '../datamodel/cluster/command.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { ClusterObjects } from '../datamodel/kubernetes/clusterObjects.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { ConntrackEntry, RuntimeTables } from '../datamodel/network/runtime.ts';
import { addressAt, type IpAddress, lastAddress, prefixContains } from '../wire/address.ts';
import { clusterView } from './controlplane/clusterView.ts';
import { type CompiledCluster, compile } from './controlplane/compile.ts';
import { defaultOutsideHost } from './controlplane/host/underlayPlan.ts';
import type { DrainedServer, Drainer, KnownConnections } from './controlplane/kubeproxy/drainer.ts';
import { drainerOf } from './controlplane/kubeproxy/kubeProxy.ts';
import { begun, leftBehind, NO_HISTORY, type ProxyHistory } from './controlplane/kubeproxy/proxyHistory.ts';
import type { Edits } from './edits.ts';
import { withKernelRoutes } from './linux/route/kernelRoutes.ts';
import { isOutsideAddress, type KnownRanges } from './outside.ts';
import type { PreparedCluster } from './prepareCluster.ts';

type Drained = ReadonlyMap<NetnsId, readonly DrainedServer[]>;

/** What kernels know at a time, in virtual nanoseconds. */
interface Known {
  readonly learned: (id: NetnsId) => RuntimeTables;
  readonly time: number;
}

/** One state of the cluster: what was asked for, what the control plane made of it, what every kernel is told. Immutable. */
export class Cluster {
  private readonly prepared: PreparedCluster;
  private readonly compiled: CompiledCluster;
  private readonly ranges: KnownRanges;
  private readonly configured = new Map<NetnsId, Netns | undefined>();
  /** What proxies have taken away from new connections, by the namespaces of their nodes. */
  private readonly drained: Drained;
  private shown: ClusterView | undefined;
  readonly settings: ClusterSettings;
  /** Hosts outside the cluster, in the order in which they were first named. */
  readonly outside: readonly IpAddress[];

  private constructor(
    prepared: PreparedCluster,
    settings: ClusterSettings,
    outside: readonly IpAddress[],
    history: ProxyHistory = NO_HISTORY,
    drained: Drained = new Map(),
    compiled = compile(prepared.objects, settings, outside, history),
  ) {
    this.prepared = prepared;
    this.settings = settings;
    this.outside = outside;
    this.drained = drained;
    this.compiled = compiled;
    this.ranges = knownRanges(prepared.objects, compiled);
  }

  /**
   * Builds the cluster, with one host outside it to send from. Endpoints that no Pod or node has (an API server that is not
   * in the dump) are machines all the same.
   */
  static build(prepared: PreparedCluster, settings: ClusterSettings): Cluster {
    const cluster = new Cluster(prepared, settings, []);
    const { prefix, gateway } = cluster.compiled.plan.underlay;
    const first = defaultOutsideHost(prefix, gateway, cluster.ranges.taken);
    const endpoints = endpointsOutside(prepared.objects)(cluster.ranges);
    const hosts = [first, ...endpoints].filter((address) => cluster.isOutside(address));
    return cluster.withOutside([...hosts, ...cluster.balancers]);
  }

  /** The same nodes and Pods, whose agents were started again with other settings. */
  restarted(changed: Partial<ClusterSettings>): Cluster {
    const settings = { ...this.settings, ...changed };
    const { plan, proxyHistory, proxyOf } = this.compiled;
    const mode = settings.proxyMode ?? plan.proxyMode;
    let history = proxyHistory;
    for (const name of plan.nodes.keys()) {
      if (history.stopped.has(name)) continue;
      history = begun(history, name, proxyOf(name), mode, settings.leaveOldRules === true);
    }
    return new Cluster(this.prepared, settings, this.outside, history);
  }

  /** `kube-proxy --cleanup` on every node: what other modes than the one in force there had written is gone. */
  withoutLeftovers(): Cluster {
    const { stopped } = this.compiled.proxyHistory;
    return new Cluster(this.prepared, this.settings, this.outside, { stopped, left: new Map() });
  }

  /** The same objects under other settings, built anew. */
  configure(settings: Partial<ClusterSettings>): Cluster {
    // Who is outside follows from the objects, which stay.
    return new Cluster(this.prepared, { ...this.settings, ...settings }, this.outside);
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
    const running = new Set(this.proxiedNodes);
    return this.redrained(former.drained, known, (drainer, drained, id, seen) => {
      const next = running.has(id) ? this.compiled.netns(id) : undefined;
      return next === undefined ? drained : drainer.sync(former.netns(id), next, drained, seen);
    });
  }

  /** The same at a later time; itself when all that was drained is there still. */
  later(known: Known): Cluster {
    if (this.drained.size === 0) return this;
    const running = new Set(this.proxiedNodes);
    return this.redrained(this.drained, known, (drainer, drained, id, seen) =>
      running.has(id) ? drainer.left(drained, seen) : drained,
    );
  }

  private redrained(
    former: Drained,
    { learned, time: now }: Known,
    change: (
      drainer: Drainer,
      drained: readonly DrainedServer[],
      id: NetnsId,
      seen: KnownConnections,
    ) => readonly DrainedServer[],
  ): Cluster {
    const { plan, proxyHistory } = this.compiled;
    const drainer = drainerOf(plan.proxyMode);
    const drained = new Map<NetnsId, readonly DrainedServer[]>();
    for (const { netns } of drainer ? plan.nodes.values() : []) {
      const known = former.get(netns) ?? [];
      const connections = learned(netns).ipvs ?? [];
      if (!drainer || known.length + connections.length === 0) continue;
      const next = change(drainer, known, netns, { connections, now });
      if (next.length > 0) drained.set(netns, next);
    }
    const ids = [...new Set([...drained.keys(), ...this.drained.keys()])];
    const changed = new Set(ids.filter((id) => drained.get(id) !== this.drained.get(id)));
    if (changed.size === 0) return this;
    const next = new Cluster(this.prepared, this.settings, this.outside, proxyHistory, drained, this.compiled);
    for (const [id, netns] of this.configured) if (!changed.has(id)) next.configured.set(id, netns);
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

  /** A namespace's configuration with what its kernel derives from it; undefined: nobody has the name. */
  netns(id: NetnsId): Netns | undefined {
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
    return drainerOf(this.compiled.plan.proxyMode)?.over(netns, drained) ?? netns;
  }

  view(revision: number, edits: Edits): ClusterView {
    if (this.shown?.revision !== revision) {
      const { objects, ignored } = this.prepared;
      const netns = (id: NetnsId): Netns | undefined => {
        const base = edits.touches(id) ? this.netns(id) : undefined;
        return base ? edits.over(base) : this.compiled.netns(id);
      };
      const rest = { revision, ignored, netns, edits: edits.view((id) => this.netns(id)) };
      this.shown = clusterView(objects, this.compiled, this.settings, rest);
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

function knownRanges(objects: ClusterObjects, compiled: CompiledCluster): KnownRanges {
  const { prefix, gateway } = compiled.plan.underlay;
  const { podCidr, serviceCidr, flannel } = objects.network;
  const own = [...compiled.plan.nodes.values()].flatMap((node) => node.node.internalIps);
  return {
    nodeSubnets: [prefix],
    cluster: [podCidr, serviceCidr, flannel.network],
    taken: [gateway, addressAt(prefix, 0), lastAddress(prefix), ...own],
  };
}
