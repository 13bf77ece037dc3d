import type { ClusterSettings } from '../../../datamodel/cluster/command.ts';
import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../../datamodel/kubernetes/endpointSlice.ts';
import type { NetworkConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { ObjectMeta } from '../../../datamodel/kubernetes/objectMeta.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { Service } from '../../../datamodel/kubernetes/service.ts';
import { ipAddress, ipPrefix } from '../../../wire/address.ts';

// Builders of completed objects for tests: what a test does not care about has upstream's defaults.

export const SETTINGS: ClusterSettings = { podMtu: 'auto', randomFully: true, seed: 1 };

export function meta(name: string, namespace = 'default', rest: Partial<ObjectMeta> = {}): ObjectMeta {
  const none = new Map<string, string>();
  return {
    name,
    namespace,
    uid: `uid-${namespace}-${name}`,
    labels: none,
    annotations: none,
    ownerReferences: [],
    ...rest,
  };
}

export function node(name: string, address: string, podCidr: string | undefined, rest: Partial<Node> = {}): Node {
  return {
    metadata: meta(name, ''),
    internalIps: [ipAddress(address)],
    externalIps: [],
    podCidrs: podCidr === undefined ? [] : [ipPrefix(podCidr)],
    taints: [],
    unschedulable: false,
    ready: true,
    controlPlane: false,
    zone: undefined,
    ...rest,
  };
}

export function pod(name: string, nodeName: string, address?: string, rest: Partial<Pod> = {}): Pod {
  return {
    metadata: meta(name),
    nodeName,
    phase: 'Running',
    ready: true,
    terminating: false,
    reason: undefined,
    message: undefined,
    hostNetwork: false,
    podIps: address === undefined ? [] : [ipAddress(address)],
    ports: [],
    listens: [],
    hostname: undefined,
    subdomain: undefined,
    dnsPolicy: 'ClusterFirst',
    owner: undefined,
    serviceAccountName: 'default',
    ...rest,
  };
}

export function service(name: string, clusterIp: string, rest: Partial<Service> = {}): Service {
  return {
    metadata: meta(name),
    type: 'ClusterIP',
    clusterIps: clusterIp === 'None' ? [] : [ipAddress(clusterIp)],
    headless: clusterIp === 'None',
    externalName: undefined,
    selector: undefined,
    ports: [],
    externalIps: [],
    loadBalancerIngress: [],
    loadBalancerSourceRanges: [],
    externalTrafficPolicy: 'Cluster',
    internalTrafficPolicy: 'Cluster',
    healthCheckNodePort: undefined,
    sessionAffinity: 'None',
    sessionAffinityTimeoutSeconds: 10800,
    publishNotReadyAddresses: false,
    trafficDistribution: undefined,
    ...rest,
  };
}

export function slice(
  of: string,
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
  namespace = 'default',
): EndpointSlice {
  return { metadata: meta(`${of}-1`, namespace), serviceName: of, addressType: 'IPv4', ports, endpoints };
}

export function endpoint(address: string, nodeName?: string, podName?: string): Endpoint {
  return {
    addresses: [ipAddress(address)],
    ready: true,
    serving: true,
    terminating: false,
    nodeName,
    zone: undefined,
    hostname: undefined,
    pod: podName === undefined ? undefined : { namespace: 'default', name: podName },
  };
}

export function networkConfig(backend: 'vxlan' | 'host-gw' = 'vxlan'): NetworkConfig {
  return {
    podCidr: ipPrefix('10.244.0.0/16'),
    nodeCidrLength: 24,
    serviceCidr: ipPrefix('10.96.0.0/12'),
    dnsDomain: 'cluster.local',
    nodePortRange: [30000, 32767],
    flannel: {
      backend:
        backend === 'vxlan'
          ? { type: 'vxlan', vni: 1, port: 0, directRouting: false, mtu: undefined }
          : { type: 'host-gw' },
      network: ipPrefix('10.244.0.0/16'),
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
      clusterCidr: ipPrefix('10.244.0.0/16'),
      clusterCidr6: undefined,
      nodePortPrimary: false,
      detectLocalMode: 'ClusterCIDR',
      masqueradeAll: false,
      masqueradeBit: 14,
      localhostNodePorts: true,
      nftables: { masqueradeAll: false, masqueradeBit: 14 },
      ipvs: { scheduler: 'rr', strictArp: false },
      nodePortAddresses: [],
    },
  };
}

export function cluster(rest: Partial<ClusterObjects>): ClusterObjects {
  return {
    network: networkConfig(),
    namespaces: [],
    nodes: [],
    pods: [],
    workloads: [],
    services: [],
    endpointSlices: [],
    configMaps: [],
    warnings: [],
    ...rest,
  };
}

/** The cluster that the recorded tables were taken from: three nodes with two Pods each, three Services. */
export function capturedCluster(backend: 'vxlan' | 'host-gw'): ClusterObjects {
  const numbers = [1, 2, 3];
  const http = { name: 'http', protocol: 'TCP', port: 8080 } as const;
  const nodePort = (port: number) =>
    [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: port }] as const;
  const web = numbers.map((n) => endpoint(`10.244.${n - 1}.3`, `node${n}`, `p${n}b`));
  return cluster({
    network: networkConfig(backend),
    nodes: numbers.map((n) =>
      node(`node${n}`, `192.168.1.1${n}`, `10.244.${n - 1}.0/24`, {
        metadata: meta(`node${n}`, '', {
          annotations: new Map([
            ['flannel.alpha.coreos.com/backend-data', `{"VNI":1,"VtepMAC":"0e:f1:a0:00:00:0${n}"}`],
          ]),
        }),
      }),
    ),
    pods: numbers.flatMap((n) => [
      pod(`p${n}a`, `node${n}`, `10.244.${n - 1}.2`),
      pod(`p${n}b`, `node${n}`, `10.244.${n - 1}.3`),
    ]),
    services: [
      service('web', '10.96.42.10', { type: 'NodePort', ports: nodePort(30080) }),
      service('weblocal', '10.96.42.11', { type: 'NodePort', ports: nodePort(30081), externalTrafficPolicy: 'Local' }),
      service('empty', '10.96.99.99', { type: 'NodePort', ports: nodePort(30099) }),
    ],
    endpointSlices: [
      slice('web', [http], web),
      slice(
        'weblocal',
        [http],
        web.filter(({ nodeName }) => nodeName === 'node2'),
      ),
      slice('empty', [http], []),
    ],
  });
}
