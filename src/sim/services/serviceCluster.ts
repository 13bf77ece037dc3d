import type { Flow } from '../../datamodel/flow/flow.ts';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { EndpointSlice } from '../../datamodel/kubernetes/endpointSlice.ts';
import type { NetworkConfig } from '../../datamodel/kubernetes/networkConfig.ts';
import type { Node } from '../../datamodel/kubernetes/node.ts';
import type { ObjectMeta } from '../../datamodel/kubernetes/objectMeta.ts';
import type { Pod } from '../../datamodel/kubernetes/pod.ts';
import type { Service } from '../../datamodel/kubernetes/service.ts';
import { type IpAddress, ipAddress, ipPrefix, ipv4FromNumber, ipv4ToNumber } from '../../wire/address.ts';
import { configuredCni } from '../controlplane/network/providers.ts';
import type { PreparedCluster } from '../prepareCluster.ts';

const NODES = ['worker-01', 'worker-02', 'worker-03'] as const;
const SERVERS = 6;
const PORT = 80;
const TARGET_PORT = 8080;
const FIRST_SERVICE = ipv4ToNumber(ipAddress('10.96.1.0'));
/** Of the endpoints that no Pod of this cluster has: they live on nodes that are not drawn. */
const FIRST_ENDPOINT = ipv4ToNumber(ipAddress('10.144.0.0'));

const NO_LABELS = new Map<string, string>();

const CLIENT = 'pod/default/client';
/** Where the client runs. */
export const CLIENT_NODE = `node/${NODES[0]}`;

/**
 * A cluster of so many Services with so many endpoints each, every endpoint another address, as plain objects: nothing has to
 * be read or allocated. One endpoint of each is a Pod of one of the three nodes; the others are on nodes that are not drawn.
 */
export function serviceCluster(services: number, endpoints: number): PreparedCluster {
  const servers = Array.from({ length: SERVERS }, (_, i) => pod(`server-${i + 1}`, i % NODES.length, 10 + i));
  const objects: ClusterObjects = {
    network: NETWORK,
    namespaces: [{ metadata: meta('', 'default') }],
    nodes: NODES.map(node),
    pods: [pod('client', 0, 2), ...servers],
    workloads: [],
    services: Array.from({ length: services }, (_, i) => service(i)),
    endpointSlices: Array.from({ length: services }, (_, i) => slice(i, endpoints, servers[i % SERVERS])),
    configMaps: [],
    warnings: [],
  };
  return { sources: [], objects, ignored: [], cni: configuredCni(NETWORK) };
}

/** A request of the client to the Service at a place, answered by the endpoint that is a Pod. */
export function serviceRequest(place: number): Flow {
  const server = place % SERVERS;
  const pick = { address: podAddress(server % NODES.length, 10 + server), port: TARGET_PORT };
  const to = { type: 'address', address: clusterIp(place) } as const;
  return { from: CLIENT, to, port: PORT, as: 'http', payload: 0, repeat: 1, warm: true, pick };
}

function clusterIp(place: number): IpAddress {
  return ipv4FromNumber(FIRST_SERVICE + place);
}

function service(place: number): Service {
  return {
    metadata: meta('default', `service-${place + 1}`),
    type: 'ClusterIP',
    clusterIps: [clusterIp(place)],
    headless: false,
    externalName: undefined,
    selector: undefined,
    ports: [{ name: '', protocol: 'TCP', port: PORT, targetPort: TARGET_PORT, nodePort: undefined }],
    externalIps: [],
    loadBalancerIngress: [],
    loadBalancerSourceRanges: [],
    externalTrafficPolicy: 'Cluster',
    internalTrafficPolicy: 'Cluster',
    healthCheckNodePort: undefined,
    sessionAffinity: 'None',
    sessionAffinityTimeoutSeconds: 0,
    publishNotReadyAddresses: false,
    trafficDistribution: undefined,
  };
}

function slice(place: number, endpoints: number, server: Pod | undefined): EndpointSlice {
  const name = `service-${place + 1}`;
  const strangers = Array.from({ length: Math.max(0, endpoints - 1) }, (_, i) => ({
    ...READY,
    addresses: [ipv4FromNumber(FIRST_ENDPOINT + place * (endpoints - 1) + i)],
    nodeName: undefined,
    pod: undefined,
  }));
  const own = server && {
    ...READY,
    addresses: server.podIps,
    nodeName: server.nodeName,
    pod: { namespace: 'default', name: server.metadata.name },
  };
  return {
    metadata: meta('default', `${name}-1`),
    serviceName: name,
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: TARGET_PORT }],
    endpoints: own && endpoints > 0 ? [own, ...strangers] : strangers,
  };
}

const READY = { ready: true, serving: true, terminating: false, zone: undefined, hostname: undefined } as const;

function podAddress(node: number, host: number): IpAddress {
  return ipAddress(`10.128.${node + 1}.${host}`);
}

function pod(name: string, node: number, host: number): Pod {
  return {
    metadata: meta('default', name),
    nodeName: NODES[node],
    phase: 'Running',
    ready: true,
    terminating: false,
    reason: undefined,
    message: undefined,
    hostNetwork: false,
    podIps: [podAddress(node, host)],
    ports: [],
    listens: [{ protocol: 'TCP', port: TARGET_PORT }],
    hostname: undefined,
    subdomain: undefined,
    dnsPolicy: 'Default',
    owner: undefined,
    serviceAccountName: 'default',
  };
}

function node(name: string, i: number): Node {
  return {
    metadata: meta('', name),
    internalIps: [ipAddress(`192.168.1.${11 + i}`)],
    externalIps: [],
    podCidrs: [ipPrefix(`10.128.${i + 1}.0/24`)],
    taints: [],
    unschedulable: false,
    ready: true,
    controlPlane: false,
    zone: undefined,
  };
}

function meta(namespace: string, name: string): ObjectMeta {
  return {
    name,
    namespace,
    uid: `${namespace}/${name}`,
    labels: NO_LABELS,
    annotations: NO_LABELS,
    ownerReferences: [],
  };
}

const POD_CIDR = ipPrefix('10.128.0.0/9');

const NETWORK: NetworkConfig = {
  podCidr: POD_CIDR,
  nodeCidrLength: 24,
  serviceCidr: ipPrefix('10.96.0.0/12'),
  dnsDomain: 'cluster.local',
  nodePortRange: [30000, 32767],
  flannel: {
    backend: { type: 'vxlan', vni: 1, port: 0, directRouting: false, mtu: undefined },
    network: POD_CIDR,
    enableNftables: false,
    ipMasq: true,
    cni: {
      name: 'cbr0',
      cniVersion: '0.3.1',
      bridge: 'cni0',
      hairpinMode: true,
      isDefaultGateway: true,
      mtu: undefined,
      ipMasq: false,
      portmap: true,
    },
  },
  kubeProxy: {
    mode: 'iptables',
    clusterCidr: POD_CIDR,
    clusterCidr6: undefined,
    detectLocalMode: 'ClusterCIDR',
    masqueradeAll: false,
    masqueradeBit: 14,
    localhostNodePorts: true,
    nftables: { masqueradeAll: false, masqueradeBit: 14 },
    ipvs: { scheduler: 'rr', strictArp: false },
    nodePortAddresses: [],
    nodePortPrimary: false,
  },
};
