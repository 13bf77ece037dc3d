import type { Labels } from '../objectMeta.ts';

/**
 * An object as somebody wrote it: of the right shape, neither defaulted nor validated.
 *
 * Fields have the API's names and nesting; what networking and its controllers do not read is left out.
 */
export interface Declared<Kind extends string> {
  readonly kind: Kind;
  readonly apiVersion: string;
  readonly metadata: DeclaredMeta;
  readonly origin: Origin;
}

export interface DeclaredMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly DeclaredOwner[];
  readonly deletionTimestamp?: string;
}

export interface DeclaredOwner {
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

/** Where an object was read, so that what is wrong with it can be shown where it stands. */
export interface Origin {
  readonly source: string;
  readonly line: number;
  readonly column: number;
  /** The place of a field such as `spec.ports[0].port` or `data[config.conf]`; of its nearest parent when it is not there. */
  readonly locate: (field: string) => Place;
}

/** 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface DeclaredLabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly DeclaredRequirement[];
}

/** Of a label selector or a node selector term. */
export interface DeclaredRequirement {
  readonly key?: string;
  readonly operator?: string;
  readonly values?: readonly string[];
}
