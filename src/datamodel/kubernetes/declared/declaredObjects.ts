import type { DeclaredCalico } from './declaredCalico.ts';
import type { DeclaredConfigMap } from './declaredConfig.ts';
import type { DeclaredEndpointSlice, DeclaredEndpoints } from './declaredEndpoints.ts';
import type { DeclaredEniConfig } from './declaredEniConfig.ts';
import type { DeclaredNode } from './declaredNode.ts';
import type { Declared } from './declaredObject.ts';
import type { DeclaredPod } from './declaredPod.ts';
import type { DeclaredService } from './declaredService.ts';
import type {
  DeclaredDaemonSet,
  DeclaredDeployment,
  DeclaredJob,
  DeclaredReplicaSet,
  DeclaredStatefulSet,
} from './declaredWorkload.ts';

export type DeclaredNamespace = Declared<'Namespace'>;

/** All objects of a load in the order they were written, which counts as their order of creation. */
export type DeclaredObject =
  | DeclaredNamespace
  | DeclaredNode
  | DeclaredPod
  | DeclaredService
  | DeclaredEndpointSlice
  | DeclaredEndpoints
  | DeclaredConfigMap
  | DeclaredDeployment
  | DeclaredReplicaSet
  | DeclaredStatefulSet
  | DeclaredDaemonSet
  | DeclaredJob
  | DeclaredCalico
  | DeclaredEniConfig;
