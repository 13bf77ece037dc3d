import type { ObjectMeta } from './objectMeta.ts';

export interface ConfigMap {
  readonly metadata: ObjectMeta;
  readonly data: ReadonlyMap<string, string>;
}
