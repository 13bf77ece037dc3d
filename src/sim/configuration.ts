import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Cluster } from './cluster.ts';
import type { Known } from './controlplane/kubeproxy/drainer.ts';
import type { Edits } from './edits.ts';

/** Every kernel's configuration at one time: what agents wrote, and over it what people changed. Immutable. */
export class Configuration {
  readonly cluster: Cluster;
  readonly edits: Edits;
  private settled: Cluster | undefined;

  constructor(cluster: Cluster, edits: Edits) {
    this.cluster = cluster;
    this.edits = edits;
  }

  /** With what the kernel derives from it; undefined: nobody has the name. */
  netns = (id: NetnsId): Netns | undefined => {
    const base = this.rerouted.netns(id);
    return base && this.edits.over(base);
  };

  /** Routing agents go round the interfaces that people have taken down. */
  private get rerouted(): Cluster {
    this.settled ??= this.cluster.rerouted(({ netns, device }) => {
      const own = this.edits.touches(netns) ? this.cluster.netns(netns) : undefined;
      return own !== undefined && this.edits.over(own).links.some(({ name, up }) => name === device && !up);
    });
    return this.settled;
  }

  view(revision: number): ClusterView {
    return this.cluster.view(revision, this.edits);
  }

  with(edits: Edits): Configuration {
    return edits === this.edits ? this : new Configuration(this.cluster, edits);
  }

  /** The same at a later time, which proxies may have done something in. */
  later(known: Known): Configuration {
    return this.on(this.cluster.later(known));
  }

  on(cluster: Cluster): Configuration {
    return cluster === this.cluster ? this : new Configuration(cluster, this.edits);
  }
}
