import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import type { ManifestProblem } from '../../../datamodel/cluster/problem.ts';
import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import { admitBgpPeer, admitIpamConfiguration, admitIpPool } from './admitCalico.ts';
import { admitEndpointSlice, admitEndpoints } from './admitEndpoints.ts';
import { admitInstallation } from './admitInstallation.ts';
import { admitMeta } from './admitMeta.ts';
import { admitNode } from './admitNode.ts';
import { admitPod } from './admitPod.ts';
import { admitService } from './admitService.ts';
import { admitJob, admitWorkload } from './admitWorkload.ts';
import { namespaceOf } from './describeObject.ts';
import { FieldErrors } from './fieldErrors.ts';

/** Resources as errors name them. */
const resources: Readonly<Record<DeclaredObject['kind'], string>> = {
  Namespace: 'namespaces',
  Node: 'nodes',
  Pod: 'pods',
  Service: 'services',
  Endpoints: 'endpoints',
  EndpointSlice: 'endpointslices.discovery.k8s.io',
  ConfigMap: 'configmaps',
  Deployment: 'deployments.apps',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
  Job: 'jobs.batch',
  IPPool: 'ippools.projectcalico.org',
  Installation: 'installations.operator.tigera.io',
  BGPConfiguration: 'bgpconfigurations.projectcalico.org',
  BGPPeer: 'bgppeers.projectcalico.org',
  FelixConfiguration: 'felixconfigurations.projectcalico.org',
  IPAMConfiguration: 'ipamconfigurations.projectcalico.org',
  ENIConfig: 'eniconfigs.crd.k8s.amazonaws.com',
};

/** Validates every object by itself, and that no two have one name. @returns what the API server would refuse. */
export function admit(objects: readonly DeclaredObject[]): readonly ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const seen = new Set<string>();
  for (const object of objects) {
    const errors = new FieldErrors(object, problems);
    admitMeta(object, errors);
    admitKind(object, errors);
    const { name } = object.metadata;
    // A Namespace that several files bring along is one Namespace.
    if (name === undefined || object.kind === 'Namespace') continue;
    const key = `${object.kind}/${namespaceOf(object)}/${name}`;
    if (seen.has(key)) errors.whole(`${resources[object.kind]} ${JSON.stringify(name)} already exists`);
    seen.add(key);
  }
  return problems;
}

function admitKind(object: DeclaredObject, errors: FieldErrors): void {
  switch (object.kind) {
    case 'Namespace':
    case 'ConfigMap':
    case 'BGPConfiguration':
    case 'FelixConfiguration':
    case 'ENIConfig':
      break;
    case 'IPPool':
      admitIpPool(object, errors);
      break;
    case 'Installation':
      admitInstallation(object, errors);
      break;
    case 'BGPPeer':
      admitBgpPeer(object, errors);
      break;
    case 'IPAMConfiguration':
      admitIpamConfiguration(object, errors);
      break;
    case 'Node':
      admitNode(object, errors);
      break;
    case 'Pod':
      admitPod(object, errors);
      break;
    case 'Service':
      admitService(object, errors);
      break;
    case 'Endpoints':
      admitEndpoints(object, errors);
      break;
    case 'EndpointSlice':
      admitEndpointSlice(object, errors);
      break;
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
      admitWorkload(object, errors);
      break;
    case 'Job':
      admitJob(object, errors);
      break;
    default:
      assertUnreachable(object);
  }
}
