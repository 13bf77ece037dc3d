import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { ContainerPort } from '../../../datamodel/kubernetes/pod.ts';
import { ipAddress, ipPrefix } from '../../../wire/address.ts';
import { cluster, endpoint, meta, node, pod, service, slice } from './objects.ts';

function port(
  name: string,
  protocol: ContainerPort['protocol'],
  containerPort: number,
  hostPort?: number,
  hostIp?: string,
): ContainerPort {
  return { name, protocol, containerPort, hostPort, hostIp: hostIp === undefined ? undefined : ipAddress(hostIp) };
}

const TCP_80 = { name: '', protocol: 'TCP', port: 80 } as const;
const servicePort = (nodePort?: number) => [{ name: '', protocol: 'TCP', port: 80, targetPort: 80, nodePort }] as const;

/** Two nodes with one of everything that agents have rules for: affinity, ranges, policies, host ports, three transports. */
export function richCluster(): ClusterObjects {
  const here = endpoint('10.244.0.2', 'a', 'one');
  const there = endpoint('10.244.1.2', 'b', 'two');
  return cluster({
    nodes: [
      node('a', '10.0.0.11', '10.244.0.0/24'),
      node('b', '10.0.0.12', '10.244.1.0/24'),
      node('c', '10.0.0.13', undefined),
    ],
    pods: [
      pod('one', 'a', '10.244.0.2', {
        ports: [port('http', 'TCP', 80, 8080), port('dns', 'UDP', 53, 5353, '10.0.0.11'), port('s', 'SCTP', 7, 7007)],
        listens: [
          { protocol: 'TCP', port: 80 },
          { protocol: 'UDP', port: 53 },
        ],
      }),
      pod('two', 'b', '10.244.1.2', { listens: [{ protocol: 'TCP', port: 80 }] }),
      pod('three', 'b'),
      pod('four', 'c'),
      pod('host', 'a', undefined, { hostNetwork: true, listens: [{ protocol: 'TCP', port: 9100 }] }),
      pod('dns', 'a', undefined, { metadata: meta('dns', 'kube-system'), listens: [{ protocol: 'UDP', port: 53 }] }),
      pod('done', 'a', '10.244.0.2', { phase: 'Succeeded' }),
    ],
    services: [
      service('sticky', '10.96.0.20', { ports: servicePort(), sessionAffinity: 'ClientIP' }),
      service('balanced', '10.96.0.21', {
        type: 'LoadBalancer',
        ports: servicePort(30001),
        loadBalancerIngress: [
          { ip: ipAddress('203.0.113.7'), ipMode: 'VIP' },
          { ip: ipAddress('203.0.113.8'), ipMode: 'Proxy' },
        ],
        loadBalancerSourceRanges: [ipPrefix('198.51.100.0/24'), ipPrefix('10.0.0.0/29')],
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 30002,
      }),
      service('inside', '10.96.0.22', { ports: servicePort(), internalTrafficPolicy: 'Local' }),
      service('elsewhere', '10.96.0.23', { ports: servicePort(), externalIps: [ipAddress('192.0.2.5')] }),
      service('nobody', '10.96.0.24', {
        ports: servicePort(30003),
        type: 'NodePort',
        externalIps: [ipAddress('192.0.2.6')],
      }),
      service('three', '10.96.0.25', {
        ports: (['TCP', 'UDP', 'SCTP'] as const).map((protocol) => ({
          name: protocol.toLowerCase(),
          protocol,
          port: 53,
          targetPort: 53,
          nodePort: undefined,
        })),
      }),
      service('headless', 'None', { ports: servicePort() }),
      service('alias', 'None', {
        type: 'ExternalName',
        headless: false,
        externalName: 'sticky.default.svc.cluster.local.',
      }),
      service('kube-dns', '10.96.0.10', {
        metadata: meta('kube-dns', 'kube-system'),
        ports: [{ name: 'dns', protocol: 'UDP', port: 53, targetPort: 53, nodePort: undefined }],
      }),
    ],
    endpointSlices: [
      slice('sticky', [TCP_80], [here, there, endpoint('10.244.1.9', 'b')]),
      slice('balanced', [TCP_80], [there]),
      slice('inside', [TCP_80], [there]),
      slice('elsewhere', [TCP_80], [here]),
      slice('nobody', [TCP_80], []),
      slice(
        'three',
        (['TCP', 'UDP', 'SCTP'] as const).map((protocol) => ({ name: protocol.toLowerCase(), protocol, port: 53 })),
        [here],
      ),
      slice(
        'headless',
        [TCP_80],
        [
          { ...here, hostname: 'one-0' },
          { ...there, ready: false },
        ],
      ),
      slice(
        'kube-dns',
        [{ name: 'dns', protocol: 'UDP', port: 53 }],
        [{ ...endpoint('10.244.0.3', 'a'), pod: { namespace: 'kube-system', name: 'dns' } }],
        'kube-system',
      ),
    ],
  });
}
