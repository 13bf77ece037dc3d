import type { ClusterSettings, ManifestSource } from '../datamodel/cluster/command.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { ClusterObjects } from '../datamodel/kubernetes/clusterObjects.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { addressAt, type IpAddress, lastAddress, prefixContains } from '../wire/address.ts';
import { clusterView } from './controlplane/clusterView.ts';
import { type CompiledCluster, compile } from './controlplane/compile.ts';
import { defaultOutsideHost } from './controlplane/host/underlayPlan.ts';
import type { Edits } from './edits.ts';
import { withKernelRoutes } from './linux/route/kernelRoutes.ts';
import { isOutsideAddress, type KnownRanges } from './outside.ts';
import type { PreparedCluster } from './prepareCluster.ts';

/** One state of the cluster: what was asked for, what the control plane made of it, what every kernel is told. Immutable. */
export class Cluster {
  private readonly prepared: PreparedCluster;
  private readonly compiled: CompiledCluster;
  private readonly ranges: KnownRanges;
  private readonly configured = new Map<NetnsId, Netns | undefined>();
  private shown: ClusterView | undefined;
  readonly settings: ClusterSettings;
  /** Hosts outside the cluster, in the order in which they were first named. */
  readonly outside: readonly IpAddress[];

  private constructor(prepared: PreparedCluster, settings: ClusterSettings, outside: readonly IpAddress[]) {
    this.prepared = prepared;
    this.settings = settings;
    this.outside = outside;
    this.compiled = compile(prepared.objects, settings, outside);
    this.ranges = knownRanges(prepared.objects, this.compiled);
  }

  /**
   * Builds the cluster, with one host outside it to send from. Endpoints that no Pod or node has (an API server that is not
   * in the dump) are machines all the same.
   */
  static build(prepared: PreparedCluster, settings: ClusterSettings): Cluster {
    const cluster = new Cluster(prepared, settings, []);
    const { prefix, gateway } = cluster.compiled.plan.underlay;
    const first = defaultOutsideHost(prefix, gateway, cluster.ranges.taken);
    const endpoints = prepared.objects.endpointSlices.flatMap((slice) =>
      slice.endpoints.flatMap((endpoint) => endpoint.addresses),
    );
    const hosts = [first, ...endpoints].filter((address) => cluster.isOutside(address));
    const balancers = [...cluster.compiled.plan.loadBalancers.keys()];
    return cluster.withOutside([...hosts, ...balancers.filter((address) => !cluster.isTaken(address))]);
  }

  /** The same objects under other settings. */
  configure(settings: Partial<ClusterSettings>): Cluster {
    return Cluster.build(this.prepared, { ...this.settings, ...settings }).withOutside(this.outside);
  }

  /** The same cluster with more hosts outside it; itself when it has them all. */
  withOutside(addresses: readonly IpAddress[]): Cluster {
    const added = addresses.filter((address, i) => !this.outside.includes(address) && addresses.indexOf(address) === i);
    if (added.length === 0) return this;
    return new Cluster(this.prepared, this.settings, [...this.outside, ...added]);
  }

  get sources(): readonly ManifestSource[] {
    return this.prepared.sources;
  }

  /** A namespace's configuration with what its kernel derives from it; undefined: nobody has the name. */
  netns(id: NetnsId): Netns | undefined {
    if (!this.configured.has(id)) {
      const netns = this.compiled.netns(id);
      this.configured.set(id, netns && withKernelRoutes(netns));
    }
    return this.configured.get(id);
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
