import type { DeclaredEndpointSlice } from '../../datamodel/kubernetes/declared/declaredEndpoints.ts';
import type { DeclaredNode } from '../../datamodel/kubernetes/declared/declaredNode.ts';
import type { DeclaredMeta, Origin } from '../../datamodel/kubernetes/declared/declaredObject.ts';
import type { DeclaredObject } from '../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredPod } from '../../datamodel/kubernetes/declared/declaredPod.ts';
import type { DeclaredService } from '../../datamodel/kubernetes/declared/declaredService.ts';
import type { DeclaredDeployment } from '../../datamodel/kubernetes/declared/declaredWorkload.ts';
import type { Labels } from '../../datamodel/kubernetes/objectMeta.ts';
import {
  addressAt,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  networkOf,
  parseSloppyIpAddress,
} from '../../wire/address.ts';
import { namespaceOf } from './admission/describeObject.ts';
import { SERVICE_NAME_LABEL } from './controllers/endpointSlices.ts';

const WORKERS = ['worker-01', 'worker-02', 'worker-03'] as const;
/** Number of the first worker in the nodes' subnet. */
const FIRST_WORKER = 11;
/** Number in the nodes' subnet of the control plane that is not drawn, where the API server listens. */
const API_SERVER = 10;
const API_SERVER_PORT = 6443;
/** kubeadm gives the kube-dns Service the tenth address of the range. */
const DNS_INDEX = 10;

const origin: Origin = { source: 'default cluster', line: 1, column: 1, locate: () => ({ line: 1, column: 1 }) };

export interface Foundation {
  /** Goes before what the manifests have. */
  readonly objects: readonly DeclaredObject[];
  /** Node CIDRs that a control plane outside of the picture holds. */
  readonly reservedCidrs: number;
  readonly warnings: readonly string[];
}

/**
 * What manifests without Nodes are run on.
 *
 * Mere applications get three workers with what kubeadm and flannel put there. A dump of Pods alone gets the nodes that
 * its Pods name, and nothing else. Manifests that have Nodes get nothing: they are a cluster, and are taken by the letter.
 */
export function foundationFor(objects: readonly DeclaredObject[], serviceCidr: IpPrefix, subnet: IpPrefix): Foundation {
  if (objects.some(({ kind }) => kind === 'Node')) return { objects: [], reservedCidrs: 0, warnings: [] };
  const pods = objects.filter((object): object is DeclaredPod => object.kind === 'Pod');
  const named = [...new Set(pods.map(({ spec }) => spec?.nodeName ?? '').filter((name) => name !== ''))];
  const isDump = pods.some(({ status }) => Boolean(status?.podIP));
  const strangers = named.some((name) => !WORKERS.some((worker) => worker === name));
  const nodes = strangers
    ? named.map((name) => inferredNode(name, pods))
    : WORKERS.map((name, i) => worker(name, addressAt(subnet, FIRST_WORKER + i)));
  const names = nodes.map(({ metadata }) => metadata.name).join(', ');
  if (isDump) {
    return {
      objects: nodes,
      reservedCidrs: 0,
      warnings: [`No Nodes are given: ${names} were made for the Pods that are`],
    };
  }
  const taken = new Set(objects.map((object) => `${object.kind}/${namespaceOf(object)}/${object.metadata.name}`));
  const system = [
    apiService(serviceCidr),
    apiSlice(addressAt(subnet, API_SERVER)),
    dnsService(serviceCidr),
    coreDns(),
  ].filter((object) => !taken.has(`${object.kind}/${namespaceOf(object)}/${object.metadata.name}`));
  return { objects: [...nodes, ...system], reservedCidrs: 1, warnings: [] };
}

function worker(name: string, address: IpAddress): DeclaredNode {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    origin,
    metadata: { name },
    status: { addresses: [{ type: 'InternalIP', address }] },
  };
}

function inferredNode(name: string, pods: readonly DeclaredPod[]): DeclaredNode {
  const own = pods.filter(({ spec }) => spec?.nodeName === name);
  const hostIp = own.map(({ status }) => status?.hostIP).find(Boolean);
  const podIp = own
    .filter(({ spec }) => spec?.hostNetwork !== true)
    .map(({ status }) => parseSloppyIpAddress(status?.podIP ?? ''))
    .find((address) => address !== undefined && familyOf(address) === 'IPv4');
  return {
    kind: 'Node',
    apiVersion: 'v1',
    origin,
    metadata: { name },
    ...(podIp !== undefined && { spec: { podCIDR: formatPrefix(networkOf({ address: podIp, length: 24 })) } }),
    ...(hostIp !== undefined && { status: { addresses: [{ type: 'InternalIP', address: hostIp }] } }),
  };
}

function meta(namespace: string, name: string, labels: Record<string, string>): DeclaredMeta {
  return { name, namespace, labels: new Map(Object.entries(labels)) };
}

function apiService(serviceCidr: IpPrefix): DeclaredService {
  return {
    kind: 'Service',
    apiVersion: 'v1',
    origin,
    metadata: meta('default', 'kubernetes', { component: 'apiserver', provider: 'kubernetes' }),
    spec: {
      clusterIP: addressAt(serviceCidr, 1),
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: API_SERVER_PORT }],
    },
  };
}

function apiSlice(address: IpAddress): DeclaredEndpointSlice {
  return {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    origin,
    metadata: meta('default', 'kubernetes', { [SERVICE_NAME_LABEL]: 'kubernetes' }),
    addressType: 'IPv4',
    ports: [{ name: 'https', port: API_SERVER_PORT, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  };
}

const dnsLabels: Labels = new Map([['k8s-app', 'kube-dns']]);

function dnsService(serviceCidr: IpPrefix): DeclaredService {
  return {
    kind: 'Service',
    apiVersion: 'v1',
    origin,
    metadata: meta('kube-system', 'kube-dns', {
      'k8s-app': 'kube-dns',
      'kubernetes.io/cluster-service': 'true',
      'kubernetes.io/name': 'CoreDNS',
    }),
    spec: {
      clusterIP: addressAt(serviceCidr, DNS_INDEX),
      selector: dnsLabels,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
      ],
    },
  };
}

function coreDns(): DeclaredDeployment {
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    origin,
    metadata: { name: 'coredns', namespace: 'kube-system', labels: dnsLabels },
    spec: {
      replicas: 2,
      selector: { matchLabels: dnsLabels },
      template: {
        metadata: { labels: dnsLabels },
        spec: {
          dnsPolicy: 'Default',
          serviceAccountName: 'coredns',
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          ],
          nodeSelector: new Map([['kubernetes.io/os', 'linux']]),
          containers: [
            {
              name: 'coredns',
              ports: [
                { name: 'dns', containerPort: 53, protocol: 'UDP' },
                { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
                { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
              ],
              livenessProbe: { httpGet: { port: 8080 } },
              readinessProbe: { httpGet: { port: 8181 } },
            },
          ],
        },
      },
    },
  };
}
