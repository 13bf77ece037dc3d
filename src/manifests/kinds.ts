import type * as v from 'valibot';
import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import { eniConfig } from './schema/awsSchema.ts';
import {
  bgpConfiguration,
  bgpPeer,
  felixConfiguration,
  installation,
  ipamConfiguration,
  ipPool,
} from './schema/calicoSchema.ts';
import { configMap, namespace, node } from './schema/clusterSchema.ts';
import { endpointSlice, endpoints } from './schema/endpointsSchema.ts';
import { pod } from './schema/podSchema.ts';
import { service } from './schema/serviceSchema.ts';
import { daemonSet, deployment, job, replicaSet, statefulSet } from './schema/workloadSchema.ts';

export interface KnownKind {
  readonly apiVersion: string;
  /** Of kinds that are served by a second API as well. */
  readonly alsoAt?: string;
  /** Of the whole cluster: its objects are in no namespace. */
  readonly clusterWide?: true;
  readonly schema: v.GenericSchema<unknown, object>;
}

const CALICO = { apiVersion: 'projectcalico.org/v3', alsoAt: 'crd.projectcalico.org/v1', clusterWide: true } as const;

/** What the simulation reads, at the version that serves it. */
export const knownKinds: ReadonlyMap<string, KnownKind> = new Map<DeclaredObject['kind'], KnownKind>([
  ['Namespace', { apiVersion: 'v1', clusterWide: true, schema: namespace('Namespace') }],
  ['Node', { apiVersion: 'v1', clusterWide: true, schema: node('Node') }],
  ['Pod', { apiVersion: 'v1', schema: pod('Pod') }],
  ['Service', { apiVersion: 'v1', schema: service('Service') }],
  ['Endpoints', { apiVersion: 'v1', schema: endpoints('Endpoints') }],
  ['ConfigMap', { apiVersion: 'v1', schema: configMap('ConfigMap') }],
  ['EndpointSlice', { apiVersion: 'discovery.k8s.io/v1', schema: endpointSlice('EndpointSlice') }],
  ['Deployment', { apiVersion: 'apps/v1', schema: deployment('Deployment') }],
  ['ReplicaSet', { apiVersion: 'apps/v1', schema: replicaSet('ReplicaSet') }],
  ['StatefulSet', { apiVersion: 'apps/v1', schema: statefulSet('StatefulSet') }],
  ['DaemonSet', { apiVersion: 'apps/v1', schema: daemonSet('DaemonSet') }],
  ['Job', { apiVersion: 'batch/v1', schema: job('Job') }],
  ['IPPool', { ...CALICO, schema: ipPool('IPPool') }],
  ['BGPConfiguration', { ...CALICO, schema: bgpConfiguration('BGPConfiguration') }],
  ['BGPPeer', { ...CALICO, schema: bgpPeer('BGPPeer') }],
  ['FelixConfiguration', { ...CALICO, schema: felixConfiguration('FelixConfiguration') }],
  ['IPAMConfiguration', { ...CALICO, schema: ipamConfiguration('IPAMConfiguration') }],
  ['ENIConfig', { apiVersion: 'crd.k8s.amazonaws.com/v1alpha1', clusterWide: true, schema: eniConfig('ENIConfig') }],
  ['Installation', { apiVersion: 'operator.tigera.io/v1', clusterWide: true, schema: installation('Installation') }],
]);

/** Groups whose kinds are all known: a kind of ours at another version of theirs is a mistake, not somebody's own resource. */
const ownGroups = new Set(['', 'apps', 'batch', 'extensions', 'discovery.k8s.io']);

const otherKinds: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'v1',
    new Set([
      'Binding',
      'ComponentStatus',
      'Event',
      'LimitRange',
      'PersistentVolume',
      'PersistentVolumeClaim',
      'PodTemplate',
      'ReplicationController',
      'ResourceQuota',
      'Secret',
      'ServiceAccount',
    ]),
  ],
  ['apps/v1', new Set(['ControllerRevision'])],
  ['batch/v1', new Set(['CronJob'])],
]);

const reasons: ReadonlyMap<string, string> = new Map([
  ['CronJob', 'makes Jobs when its time comes, and time here is the packet’s'],
  ['NetworkPolicy', 'policies are not simulated: no traffic is held back'],
  ['Ingress', 'ingress controllers are not simulated; trace to the Service or Pod behind it'],
  ['Gateway', 'gateways are not simulated; trace to the Service or Pod behind it'],
  ['HTTPRoute', 'gateways are not simulated; trace to the Service or Pod behind it'],
  ['ReplicationController', 'superseded by ReplicaSet, which is simulated'],
]);

/** Whether a kind is read, passed over (and why), or does not exist at this version. */
export function classify(
  kind: string,
  apiVersion: string,
): { readonly known: KnownKind } | { readonly ignored: string } | { readonly refused: string } {
  const noMatch = `no matches for kind "${kind}" in version "${apiVersion}"`;
  const known = knownKinds.get(kind);
  if (known !== undefined && (known.apiVersion === apiVersion || known.alsoAt === apiVersion)) return { known };
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  if (known !== undefined && ownGroups.has(group)) return { refused: noMatch };
  const others = otherKinds.get(apiVersion);
  if (others !== undefined && !others.has(kind)) return { ignored: noMatch };
  return { ignored: reasons.get(kind) ?? 'has no part in the simulated network' };
}
