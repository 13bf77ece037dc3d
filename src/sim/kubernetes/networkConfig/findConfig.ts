import type { DeclaredConfig, DeclaredConfigMap } from '../../../datamodel/kubernetes/declared/declaredConfig.ts';
import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';

/** A component's configuration and the ConfigMap that it was read from. */
export interface Found<Type extends DeclaredConfig['type']> {
  readonly configMap: DeclaredConfigMap;
  readonly config: Extract<DeclaredConfig, { readonly type: Type }>;
}

export function findConfig<Type extends DeclaredConfig['type']>(
  objects: readonly DeclaredObject[],
  type: Type,
): Found<Type> | undefined {
  for (const object of objects) {
    if (object.kind !== 'ConfigMap' || object.config?.type !== type) continue;
    return { configMap: object, config: object.config as Found<Type>['config'] };
  }
  return undefined;
}
