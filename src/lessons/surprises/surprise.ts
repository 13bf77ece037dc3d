import type { ProxyMode } from '../../datamodel/cluster/command.ts';
import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { TrafficKind } from '../../datamodel/flow/flow.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';

export type SurpriseGroup =
  | 'Bridge'
  | 'Services'
  | 'NAT'
  | 'MTU'
  | 'Tunnel'
  | 'ARP and neighbours'
  | 'Modes of kube-proxy';

/** Something that Linux does otherwise than it is told, and how to see it on the cluster that is there. */
export interface Surprise {
  readonly id: string;
  readonly group: SurpriseGroup;
  readonly title: string;
  /** The sentence that textbooks say. */
  readonly saying: string;
  /** What really happens. */
  readonly truth: string;
  /** Chooses who takes part. @returns what the cluster lacks, when nobody can. */
  readonly stage: (view: ClusterView) => Staging | Missing;
}

/** A demonstration with its participants: what is changed first, what is sent, and how it is proved. */
export interface Staging {
  /** The mode that kube-proxy is to run in. What names none is told of iptables. */
  readonly proxyMode?: ProxyMode;
  readonly commands: readonly CommandLine[];
  readonly request: Request;
  /** What in the conversation proves it; undefined when it went otherwise. Nothing is assumed: all of it is looked up. */
  readonly prove: (conversation: Conversation) => Proof | undefined;
}

export interface Missing {
  /** `two Pods on one node`: it takes this. */
  readonly missing: string;
}

export interface CommandLine {
  readonly netns: NetnsId;
  readonly line: string;
}

/** What to send, as a person types it into the request's fields; what is left out stays at its beginning. */
export interface Request {
  readonly from: string;
  readonly to: string;
  readonly as: TrafficKind;
  readonly port?: string;
  readonly payload?: string;
  readonly pathMtuDiscovery?: 'do' | 'dont';
  readonly ttl?: string;
  readonly repeat?: string;
  readonly warm?: boolean;
  /** `10.244.2.47:8080` */
  readonly pick?: string;
}

export interface Proof {
  /** Id of the step that proves it. */
  readonly step: number;
  /** Where to look: the table line that decided the step, as `tool` prints it, or the frame. */
  readonly show: { readonly type: 'line'; readonly tool: Tool } | { readonly type: 'frame' };
  /** What is to be seen there, in the figures of this conversation. */
  readonly sentence: string;
}
