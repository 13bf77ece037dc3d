import type { IpAddress } from '../../wire/address.ts';
import type { ObjectMeta, Protocol } from './objectMeta.ts';

/** A Pod after admission, its controllers and the scheduler. */
export interface Pod {
  readonly metadata: ObjectMeta;
  /** The node it is bound to; undefined while it is Pending for want of one, with the scheduler's words in `message`. */
  readonly nodeName: string | undefined;
  readonly phase: PodPhase;
  readonly ready: boolean;
  /** Being deleted (metadata.deletionTimestamp): out of ready endpoints, maybe still serving. */
  readonly terminating: boolean;
  /** `Unschedulable`, … as in status.conditions. */
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly hostNetwork: boolean;
  /** First the primary one; the node's for hostNetwork Pods. Empty until the CNI has assigned one to a Pod that no dump gives one to. */
  readonly podIps: readonly IpAddress[];
  /** All containers' declared ports, sidecars' included, in order. */
  readonly ports: readonly ContainerPort[];
  /** What its programs listen on: declared ports, probes' ports and numeric targetPorts of Services that select it; sorted, no duplicates. */
  readonly listens: readonly PodListener[];
  /** spec.hostname, else undefined: the first DNS label of a Pod behind a headless Service. */
  readonly hostname: string | undefined;
  readonly subdomain: string | undefined;
  /** `ClusterFirst` asks the kube-dns Service; a hostNetwork Pod asks it only with `ClusterFirstWithHostNet`. */
  readonly dnsPolicy: DnsPolicy;
  /** The object that a person wrote: `Deployment/frontend` for a Pod of its ReplicaSet; undefined for a bare Pod. */
  readonly owner: string | undefined;
  readonly serviceAccountName: string;
}

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
export type DnsPolicy = 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';

export interface ContainerPort {
  /** '' when unnamed. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly containerPort: number;
  /** For portmap; a hostNetwork Pod's equals its containerPort. */
  readonly hostPort: number | undefined;
  readonly hostIp: IpAddress | undefined;
}

export interface PodListener {
  readonly protocol: Protocol;
  readonly port: number;
}
