/** A workload that can be scaled, as a person wrote it: a ReplicaSet of a Deployment is the Deployment's own. */
export interface Workload {
  readonly namespace: string;
  readonly kind: 'Deployment' | 'ReplicaSet' | 'StatefulSet';
  readonly name: string;
  readonly replicas: number;
}
