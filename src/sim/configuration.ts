import type { TimedDeed } from '../datamodel/bgp/operation.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Cluster } from './cluster.ts';
import type { Known } from './controlplane/kubeproxy/drainer.ts';
import type { RoutesByTime } from './controlplane/network/provider.ts';
import type { Edits } from './edits.ts';
import type { LaterChange } from './linux/change.ts';

/** What was done to the network that routers speak over, and what time it is now. */
export interface Routing {
  readonly deeds: readonly TimedDeed[];
  /** Virtual nanoseconds. */
  readonly now: number;
}

const NOTHING_DONE: Routing = { deeds: [], now: 0 };

/**
 * Every kernel's configuration at one time: what agents wrote, and over it what people changed. Routing agents take their
 * time over what is done to the network: theirs are the routes of that moment. Immutable.
 */
export class Configuration {
  readonly cluster: Cluster;
  readonly edits: Edits;
  readonly routing: Routing;

  constructor(cluster: Cluster, edits: Edits, routing: Routing = NOTHING_DONE) {
    this.cluster = cluster;
    this.edits = edits;
    this.routing = routing;
  }

  /** With what the kernel derives from it; undefined: nobody has the name. */
  netns = (id: NetnsId): Netns | undefined => {
    const base = this.cluster.netns(id, this.routes?.at(id, this.routing.now));
    return base && this.edits.over(base);
  };

  /** What becomes of the routes; undefined while nothing was done, or where nobody would notice. */
  private get routes(): RoutesByTime | undefined {
    const { plan } = this.cluster;
    const { deeds } = this.routing;
    return deeds.length === 0 ? undefined : plan.network.bgp?.inTime(plan, plan.underlay.topology, deeds);
  }

  /** What routing agents will write later, each in its time. */
  get later(): readonly LaterChange[] {
    const { deeds, now } = this.routing;
    const times = this.routes?.changes.filter((at) => at > now) ?? [];
    return times.map((at) => ({ at, netns: this.routed({ deeds, now: at }).netns }));
  }

  /** When the last route changes that follows from what was done; the moment of the last deed where none does. */
  get settledAt(): number {
    return Math.max(this.routes?.changes.at(-1) ?? 0, this.routing.deeds.at(-1)?.at ?? 0);
  }

  /** The same once more has been done, at a time. */
  suffering(deeds: readonly TimedDeed['does'][], now: number): Configuration {
    if (deeds.length === 0) return this;
    return this.routed({ deeds: [...this.routing.deeds, ...deeds.map((does) => ({ at: now, does }))], now });
  }

  view(revision: number): ClusterView {
    return this.cluster.view(revision, this.edits);
  }

  with(edits: Edits): Configuration {
    return edits === this.edits ? this : new Configuration(this.cluster, edits, this.routing);
  }

  /** The same at a later time, which agents may have done something in. */
  at(known: Known): Configuration {
    const next = this.on(this.cluster.later(known));
    const { deeds, now } = this.routing;
    return deeds.length === 0 || now === known.time ? next : next.routed({ deeds, now: known.time });
  }

  on(cluster: Cluster): Configuration {
    return cluster === this.cluster ? this : new Configuration(cluster, this.edits, this.routing);
  }

  private routed(routing: Routing): Configuration {
    return new Configuration(this.cluster, this.edits, routing);
  }
}
