import type { DeclaredDaemonSet } from '../../../datamodel/kubernetes/declared/declaredWorkload.ts';
import type { Labels } from '../../../datamodel/kubernetes/objectMeta.ts';

/** The variables of a DaemonSet's container, or of its first where none has the name. */
export function containerEnvironment(daemon: DeclaredDaemonSet | undefined, container: string): Labels {
  const containers = daemon?.spec?.template?.spec?.containers ?? [];
  const own = containers.find(({ name }) => name === container) ?? containers[0];
  return new Map((own?.env ?? []).flatMap(({ name, value }) => (name && value !== undefined ? [[name, value]] : [])));
}
