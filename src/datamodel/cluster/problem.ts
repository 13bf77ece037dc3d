/** Something wrong with a manifest: what, where, and what would be right, in the API server's words where it has them. */
export interface ManifestProblem {
  readonly source: string;
  /** 1-based; absent when the text as a whole is meant. */
  readonly line?: number;
  readonly column?: number;
  /** `Pod default/web`, when the document could be read that far. */
  readonly object?: string;
  /** `spec.ports[0].port` */
  readonly field?: string;
  readonly message: string;
}

/** A document that was read but has no part in the simulated network. */
export interface IgnoredObject {
  readonly source: string;
  readonly line: number;
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace?: string;
  readonly reason: string;
}
