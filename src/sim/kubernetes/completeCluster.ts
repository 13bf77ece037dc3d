import { err, ok, type Result } from '../../base/result.ts';
import type { ManifestProblem } from '../../datamodel/cluster/problem.ts';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { DeclaredConfigMap } from '../../datamodel/kubernetes/declared/declaredConfig.ts';
import type { DeclaredNode } from '../../datamodel/kubernetes/declared/declaredNode.ts';
import type { DeclaredObject } from '../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredService } from '../../datamodel/kubernetes/declared/declaredService.ts';
import { admit } from './admission/admit.ts';
import { namespaceOf } from './admission/describeObject.ts';
import { completeEndpointSlices } from './completeEndpointSlices.ts';
import { completeNodes } from './completeNodes.ts';
import { completePods } from './completePods.ts';
import { completeServices } from './completeServices.ts';
import { foundationFor } from './defaultCluster.ts';
import { makePods } from './makePods.ts';
import { nameObjects } from './nameObjects.ts';
import { uidOf } from './names.ts';
import { completeNetworkConfig } from './networkConfig/completeNetworkConfig.ts';
import { nodeSubnet } from './networkConfig/nodeSubnet.ts';
import { completeMeta } from './objectMeta.ts';
import type { PodDraft } from './podDraft.ts';
import { warningsAbout } from './warnings.ts';
import { withoutNetwork } from './withoutNetwork.ts';
import { workloadsOf } from './workloads.ts';

export interface CompletionOptions {
  readonly seed: number;
  /** Pods that there were once, as `namespace/name`: no new one is called like them. */
  readonly namesGone?: readonly string[];
  /**
   * The objects are as an API server has them: validated when they were written, by the rules of their day. What would be
   * refused today is a warning.
   */
  readonly stored?: boolean;
  /** Nodes whose kubelets report NetworkPluginNotReady: the node lifecycle controller taints them. Absent: none. */
  readonly noNetwork?: (network: ClusterObjects['network'], node: string) => boolean;
}

export interface CompletedCluster {
  readonly cluster: ClusterObjects;
  /** All objects as they were written, the foundation's among them, and named. */
  readonly declared: readonly DeclaredObject[];
  /** What the Pods were made of, in their order. */
  readonly drafts: readonly PodDraft[];
}

/**
 * What the API server, the controllers, the scheduler and the node CIDR allocator make of manifests.
 *
 * All or nothing: anything that the API server would refuse refuses the whole. Pods whose addresses are not given have
 * none yet, and Services without EndpointSlices get theirs afterwards, from `publishEndpoints`.
 *
 * @param seed decides generated names, addresses and ports; the same manifests and seed give the same cluster.
 */
export function completeCluster(
  declared: readonly DeclaredObject[],
  { seed, namesGone = [], stored = false, noNetwork }: CompletionOptions,
): Result<CompletedCluster, readonly ManifestProblem[]> {
  const refused = admit(declared);
  if (refused.length > 0 && !stored) return err(refused);

  const problems: ManifestProblem[] = [...refused];
  const warnings: string[] = [];
  const network = completeNetworkConfig(declared, problems, warnings);
  const foundation = foundationFor(declared, network.serviceCidr, nodeSubnet(network));
  warnings.push(...foundation.warnings);
  const objects = nameObjects([...foundation.objects, ...declared], seed);
  const registered = completeNodes(
    objects.filter((object): object is DeclaredNode => object.kind === 'Node'),
    { network, seed, reservedCidrs: foundation.reservedCidrs },
    problems,
    warnings,
  );
  const nodes = registered.map((node) => (noNetwork?.(network, node.metadata.name) ? withoutNetwork(node) : node));
  const services = completeServices(
    objects.filter((object): object is DeclaredService => object.kind === 'Service'),
    network,
    seed,
    problems,
  );
  const drafts = makePods(objects, nodes, seed, problems, namesGone);
  if (problems.length > 0 && !stored) return err(problems);
  warnings.push(...problems.map(({ object, field, message }) => [object, field, message].filter(Boolean).join(': ')));

  const cluster: ClusterObjects = {
    network,
    namespaces: namespacesOf(objects, seed),
    nodes,
    pods: completePods(drafts, nodes, services),
    workloads: workloadsOf(objects),
    services,
    endpointSlices: completeEndpointSlices(objects, seed),
    configMaps: objects
      .filter((object): object is DeclaredConfigMap => object.kind === 'ConfigMap')
      .map((object) => ({ metadata: completeMeta(object, seed), data: object.data ?? new Map() })),
    warnings,
  };
  return ok({
    cluster: { ...cluster, warnings: [...warnings, ...warningsAbout(cluster)] },
    declared: objects,
    drafts,
  });
}

/** The given ones, those that every cluster has, and those that objects are in: nobody is made to write them down. */
function namespacesOf(objects: readonly DeclaredObject[], seed: number): ClusterObjects['namespaces'] {
  const namespaces = new Map<string, ClusterObjects['namespaces'][number]>();
  for (const object of objects) {
    if (object.kind === 'Namespace')
      namespaces.set(object.metadata.name ?? '', { metadata: completeMeta(object, seed) });
  }
  const implied = ['default', 'kube-node-lease', 'kube-public', 'kube-system', ...objects.map(namespaceOf)];
  for (const name of implied) {
    if (name === '' || namespaces.has(name)) continue;
    const labels = new Map([['kubernetes.io/metadata.name', name]]);
    const uid = uidOf(seed, 'Namespace', '', name);
    namespaces.set(name, {
      metadata: { name, namespace: '', uid, labels, annotations: new Map(), ownerReferences: [] },
    });
  }
  return [...namespaces.values()];
}
