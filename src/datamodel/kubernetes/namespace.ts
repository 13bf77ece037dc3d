import type { ObjectMeta } from './objectMeta.ts';

export interface Namespace {
  readonly metadata: ObjectMeta;
}
