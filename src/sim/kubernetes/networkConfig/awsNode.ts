import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';

/** Whether the AWS VPC CNI's DaemonSet is there. */
export function hasAwsNode(objects: readonly DeclaredObject[]): boolean {
  return objects.some(
    ({ kind, metadata }) =>
      kind === 'DaemonSet' && metadata.name === 'aws-node' && metadata.namespace === 'kube-system',
  );
}
