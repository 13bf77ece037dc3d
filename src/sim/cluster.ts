import { ok, type Result } from '../base/result.ts';
import type { ClusterSettings, ManifestSource } from '../datamodel/cluster/command.ts';
import type { IgnoredObject, ManifestProblem } from '../datamodel/cluster/problem.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { ClusterObjects } from '../datamodel/kubernetes/clusterObjects.ts';
import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { readManifests } from '../manifests/readManifests.ts';
import { addressAt, type IpAddress, lastAddress } from '../wire/address.ts';
import { clusterView } from './controlplane/clusterView.ts';
import { type CompiledCluster, compile } from './controlplane/compile.ts';
import { defaultOutsideHost } from './controlplane/host/underlayPlan.ts';
import { assignPodAddresses, podKey } from './controlplane/ipam/podAddresses.ts';
import { completeCluster } from './kubernetes/completeCluster.ts';
import { publishEndpoints } from './kubernetes/publishEndpoints.ts';
import { withKernelRoutes } from './linux/route/kernelRoutes.ts';
import { isOutsideAddress, type KnownRanges } from './outside.ts';

/** Manifests as they were read, kept so that a flip need not read them again. */
interface Declared {
  readonly sources: readonly ManifestSource[];
  readonly objects: readonly DeclaredObject[];
  readonly ignored: readonly IgnoredObject[];
}

/** One state of the cluster: what was asked for, what the control plane made of it, what every kernel is told. Immutable. */
export class Cluster {
  private readonly declared: Declared;
  private readonly objects: ClusterObjects;
  private readonly compiled: CompiledCluster;
  private readonly ranges: KnownRanges;
  private readonly configured = new Map<NetnsId, Netns | undefined>();
  private shown: ClusterView | undefined;
  readonly settings: ClusterSettings;
  /** Hosts outside the cluster, in the order in which they were first named. */
  readonly outside: readonly IpAddress[];

  private constructor(
    declared: Declared,
    objects: ClusterObjects,
    settings: ClusterSettings,
    outside: readonly IpAddress[],
    compiled: CompiledCluster,
  ) {
    this.declared = declared;
    this.objects = objects;
    this.settings = settings;
    this.outside = outside;
    this.compiled = compiled;
    this.ranges = knownRanges(objects, compiled);
  }

  /** Reads manifests and builds the cluster they describe, with one host outside it to send from. */
  static load(
    sources: readonly ManifestSource[],
    settings: ClusterSettings,
  ): Result<Cluster, readonly ManifestProblem[]> {
    const manifests = readManifests(sources);
    return manifests.ok ? Cluster.build({ sources, ...manifests.value }, settings) : manifests;
  }

  /** The same manifests under other settings. */
  configure(settings: Partial<ClusterSettings>): Result<Cluster, readonly ManifestProblem[]> {
    const built = Cluster.build(this.declared, { ...this.settings, ...settings });
    return built.ok ? ok(built.value.withOutside(this.outside)) : built;
  }

  /** The same cluster with more hosts outside it; itself when it has them all. */
  withOutside(addresses: readonly IpAddress[]): Cluster {
    const added = addresses.filter((address, i) => !this.outside.includes(address) && addresses.indexOf(address) === i);
    if (added.length === 0) return this;
    const outside = [...this.outside, ...added];
    return new Cluster(
      this.declared,
      this.objects,
      this.settings,
      outside,
      compile(this.objects, this.settings, outside),
    );
  }

  get sources(): readonly ManifestSource[] {
    return this.declared.sources;
  }

  /** A namespace's configuration with what its kernel derives from it; undefined: nobody has the name. */
  netns(id: NetnsId): Netns | undefined {
    if (!this.configured.has(id)) {
      const netns = this.compiled.netns(id);
      this.configured.set(id, netns && withKernelRoutes(netns));
    }
    return this.configured.get(id);
  }

  view(revision: number): ClusterView {
    if (this.shown?.revision !== revision) {
      const { ignored } = this.declared;
      this.shown = clusterView(this.objects, this.compiled, this.settings, { revision, ignored });
    }
    return this.shown;
  }

  /** Whether an address belongs to a host outside the cluster, known already or not. */
  isOutside(address: IpAddress): boolean {
    return this.outside.includes(address) || isOutsideAddress(address, this.ranges);
  }

  private static build(declared: Declared, settings: ClusterSettings): Result<Cluster, readonly ManifestProblem[]> {
    const completed = completeCluster(declared.objects, settings);
    if (!completed.ok) return completed;
    const { nodes, pods } = completed.value;
    const addresses = assignPodAddresses(nodes, pods);
    const objects = publishEndpoints(
      completed.value,
      (pod) => {
        const given = addresses.get(podKey(pod.metadata));
        return given?.ok ? given.address : undefined;
      },
      settings.seed,
    );
    const cluster = new Cluster(declared, objects, settings, [], compile(objects, settings));
    const { prefix, gateway } = cluster.compiled.plan.underlay;
    const first = defaultOutsideHost(prefix, gateway, cluster.ranges.taken);
    // Endpoints that no Pod or node has (an API server that is not in the dump) are machines all the same.
    const endpoints = objects.endpointSlices.flatMap((slice) =>
      slice.endpoints.flatMap((endpoint) => endpoint.addresses),
    );
    return ok(cluster.withOutside([first, ...endpoints].filter((address) => cluster.isOutside(address))));
  }
}

function knownRanges(objects: ClusterObjects, compiled: CompiledCluster): KnownRanges {
  const { prefix, gateway } = compiled.plan.underlay;
  const { podCidr, serviceCidr, flannel } = objects.network;
  const own = [...compiled.plan.nodes.values()].map((node) => node.address);
  return {
    nodeSubnets: [prefix],
    cluster: [podCidr, serviceCidr, flannel.network],
    taken: [gateway, addressAt(prefix, 0), lastAddress(prefix), ...own],
  };
}
