import type { Labels } from '../objectMeta.ts';
import type { Declared, DeclaredLabelSelector, DeclaredMeta, DeclaredRequirement } from './declaredObject.ts';

export interface DeclaredPod extends Declared<'Pod'> {
  readonly spec?: DeclaredPodSpec;
  readonly status?: DeclaredPodStatus;
}

export interface DeclaredPodTemplate {
  readonly metadata?: DeclaredMeta;
  readonly spec?: DeclaredPodSpec;
}

export interface DeclaredPodSpec {
  readonly containers?: readonly DeclaredContainer[];
  readonly initContainers?: readonly DeclaredContainer[];
  readonly restartPolicy?: string;
  readonly dnsPolicy?: string;
  readonly nodeSelector?: Labels;
  readonly serviceAccountName?: string;
  readonly serviceAccount?: string;
  readonly nodeName?: string;
  readonly hostNetwork?: boolean;
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly affinity?: DeclaredAffinity;
  readonly tolerations?: readonly DeclaredToleration[];
}

export interface DeclaredContainer {
  readonly name?: string;
  /** Command and arguments, read for the flags of control plane components. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Read for the settings of network agents. */
  readonly env?: readonly { readonly name?: string; readonly value?: string }[];
  readonly ports?: readonly DeclaredContainerPort[];
  /** `Always` on an init container makes it a sidecar. */
  readonly restartPolicy?: string;
  readonly livenessProbe?: DeclaredProbe;
  readonly readinessProbe?: DeclaredProbe;
  readonly startupProbe?: DeclaredProbe;
}

export interface DeclaredContainerPort {
  readonly name?: string;
  readonly hostPort?: number;
  readonly containerPort?: number;
  readonly protocol?: string;
  readonly hostIP?: string;
}

export interface DeclaredProbe {
  readonly httpGet?: { readonly port?: number | string };
  readonly tcpSocket?: { readonly port?: number | string };
  readonly grpc?: { readonly port?: number };
}

export interface DeclaredAffinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms?: readonly DeclaredNodeSelectorTerm[];
    };
  };
  readonly podAffinity?: DeclaredPodAffinity;
  readonly podAntiAffinity?: DeclaredPodAffinity;
}

export interface DeclaredPodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly DeclaredPodAffinityTerm[];
}

export interface DeclaredPodAffinityTerm {
  readonly labelSelector?: DeclaredLabelSelector;
  readonly namespaces?: readonly string[];
  readonly topologyKey?: string;
}

export interface DeclaredNodeSelectorTerm {
  readonly matchExpressions?: readonly DeclaredRequirement[];
  readonly matchFields?: readonly DeclaredRequirement[];
}

export interface DeclaredToleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface DeclaredPodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly hostIP?: string;
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip?: string }[];
  readonly conditions?: readonly DeclaredCondition[];
}

export interface DeclaredCondition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}
