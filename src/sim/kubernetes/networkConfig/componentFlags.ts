import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { Labels } from '../../../datamodel/kubernetes/objectMeta.ts';

/**
 * The flags that a control plane component runs with, by name, read off its static Pod: a dump of Pods and Services
 * (`kubectl get all`) has no ConfigMaps, but it has these.
 *
 * @param component value of the `component` label that kubeadm gives the Pod.
 */
export function componentFlags(objects: readonly DeclaredObject[], component: string): Labels {
  const flags = new Map<string, string>();
  for (const object of objects) {
    if (object.kind !== 'Pod' || object.metadata.namespace !== 'kube-system') continue;
    if (object.metadata.labels?.get('component') !== component) continue;
    for (const { command = [], args = [] } of object.spec?.containers ?? []) {
      for (const word of [...command, ...args]) {
        const match = /^--([a-z0-9-]+)=(.*)$/.exec(word);
        if (match?.[1] !== undefined) flags.set(match[1], match[2] ?? '');
      }
    }
  }
  return flags;
}
