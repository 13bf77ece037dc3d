import type { DeclaredNode } from '../../../datamodel/kubernetes/declared/declaredNode.ts';
import type { Origin } from '../../../datamodel/kubernetes/declared/declaredObject.ts';
import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredPod } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { Service } from '../../../datamodel/kubernetes/service.ts';
import { formatPrefix } from '../../../wire/address.ts';
import { namespaceOf } from '../admission/describeObject.ts';
import { SERVICE_NAME_LABEL } from '../controllers/endpointSlices.ts';
import type { PodDraft } from '../podDraft.ts';

const NOWHERE: Origin = { source: 'running cluster', line: 1, column: 1, locate: () => ({ line: 1, column: 1 }) };

/**
 * What the API server of a running cluster stores, as a dump of it would say: Pods with the nodes and addresses they have, nodes
 * with their CIDRs. EndpointSlices of Services that select Pods are left out: their controller writes them.
 */
export function storedObjects(
  declared: readonly DeclaredObject[],
  drafts: readonly PodDraft[],
  { nodes, pods, services }: { nodes: readonly Node[]; pods: readonly Pod[]; services: readonly Service[] },
): readonly DeclaredObject[] {
  const selecting = new Set(
    services.filter((service) => (service.selector?.size ?? 0) > 0).map(({ metadata }) => keyOf(metadata)),
  );
  const known = new Map(nodes.map((node) => [node.metadata.name, node]));
  const rest = declared.flatMap((object): readonly DeclaredObject[] => {
    if (object.kind === 'Pod' || isControlled(object, selecting)) return [];
    return object.kind === 'Node' ? [withCidrs(object, known.get(object.metadata.name ?? ''))] : [object];
  });
  // Pods first: what their workloads make of now on is younger
  return [...pods.flatMap((pod, i) => (drafts[i] ? [storedPod(drafts[i], pod)] : [])), ...rest];
}

/** Whether the EndpointSlice controller keeps the object in step with Pods. */
function isControlled(object: DeclaredObject, selecting: ReadonlySet<string>): boolean {
  const namespace = namespaceOf(object);
  if (object.kind === 'Endpoints') return selecting.has(keyOf({ namespace, name: object.metadata.name ?? '' }));
  if (object.kind !== 'EndpointSlice') return false;
  const name = object.metadata.labels?.get(SERVICE_NAME_LABEL);
  return name !== undefined && selecting.has(keyOf({ namespace, name }));
}

function withCidrs(declared: DeclaredNode, node: Node | undefined): DeclaredNode {
  const cidrs = node?.podCidrs.map(formatPrefix) ?? [];
  const [first] = cidrs;
  if (first === undefined) return declared;
  return { ...declared, spec: { ...declared.spec, podCIDR: first, podCIDRs: cidrs } };
}

function storedPod({ metadata, spec, status, terminating }: PodDraft, pod: Pod): DeclaredPod {
  const { name, namespace, uid, labels, annotations, ownerReferences } = metadata;
  const { nodeName, podIps, phase, ready } = pod;
  const others = (status?.conditions ?? []).filter((condition) => condition.type !== 'Ready');
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    origin: NOWHERE,
    metadata: {
      name,
      namespace,
      uid,
      labels,
      annotations,
      ownerReferences,
      ...(terminating && { deletionTimestamp: 'now' }),
    },
    spec: nodeName === undefined ? spec : { ...spec, nodeName },
    ...(nodeName !== undefined && {
      status: {
        ...status,
        phase,
        ...(podIps[0] !== undefined && { podIP: podIps[0], podIPs: podIps.map((ip) => ({ ip })) }),
        conditions: [...others, { type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    }),
  };
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
