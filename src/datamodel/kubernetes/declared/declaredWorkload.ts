import type { Declared, DeclaredLabelSelector } from './declaredObject.ts';
import type { DeclaredCondition, DeclaredPodTemplate } from './declaredPod.ts';

export interface DeclaredDeployment extends Declared<'Deployment'> {
  readonly spec?: DeclaredWorkloadSpec;
}

export interface DeclaredReplicaSet extends Declared<'ReplicaSet'> {
  readonly spec?: DeclaredWorkloadSpec;
}

export interface DeclaredStatefulSet extends Declared<'StatefulSet'> {
  readonly spec?: DeclaredWorkloadSpec & {
    readonly serviceName?: string;
    readonly ordinals?: { readonly start?: number };
  };
}

export interface DeclaredDaemonSet extends Declared<'DaemonSet'> {
  readonly spec?: Omit<DeclaredWorkloadSpec, 'replicas'>;
}

export interface DeclaredJob extends Declared<'Job'> {
  readonly spec?: {
    readonly parallelism?: number;
    readonly completions?: number;
    readonly completionMode?: string;
    readonly suspend?: boolean;
    readonly template?: DeclaredPodTemplate;
  };
  readonly status?: { readonly conditions?: readonly DeclaredCondition[] };
}

export interface DeclaredWorkloadSpec {
  readonly replicas?: number;
  readonly selector?: DeclaredLabelSelector;
  readonly template?: DeclaredPodTemplate;
}
