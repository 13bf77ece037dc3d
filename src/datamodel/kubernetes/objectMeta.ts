/** What every object carries, completed: the API server's `ObjectMeta` as far as networking and its controllers read it. */
export interface ObjectMeta {
  readonly name: string;
  /** '' for objects of the whole cluster (Node, Namespace). */
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly ownerReferences: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
}

/** Labels or annotations. A Map, because keys come from strangers. Plain data all the same: structured clone carries it. */
export type Labels = ReadonlyMap<string, string>;

export type Protocol = 'TCP' | 'UDP' | 'SCTP';
