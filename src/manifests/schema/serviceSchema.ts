import { flag, int32, intOrString, list, stringMap, struct, text } from '../goType.ts';
import { typeMeta } from './metaSchema.ts';

const servicePort = struct(
  'v1.ServicePort',
  { name: text, protocol: text, port: int32, targetPort: intOrString, nodePort: int32 },
  ['appProtocol'],
);

const serviceSpec = struct(
  'v1.ServiceSpec',
  {
    type: text,
    ports: list(servicePort, 'v1.ServicePort'),
    selector: stringMap,
    clusterIP: text,
    clusterIPs: list(text, 'string'),
    externalIPs: list(text, 'string'),
    sessionAffinity: text,
    sessionAffinityConfig: struct(
      'v1.SessionAffinityConfig',
      { clientIP: struct('v1.ClientIPConfig', { timeoutSeconds: int32 }, []) },
      [],
    ),
    loadBalancerSourceRanges: list(text, 'string'),
    externalName: text,
    externalTrafficPolicy: text,
    internalTrafficPolicy: text,
    healthCheckNodePort: int32,
    publishNotReadyAddresses: flag,
    allocateLoadBalancerNodePorts: flag,
    ipFamilies: list(text, 'v1.IPFamily'),
    ipFamilyPolicy: text,
    trafficDistribution: text,
  },
  ['loadBalancerIP', 'loadBalancerClass', 'topologyKeys', 'ipFamily'],
);

const ingress = struct('v1.LoadBalancerIngress', { ip: text, hostname: text, ipMode: text }, 'any');

export const service = struct(
  'v1.Service',
  {
    ...typeMeta,
    spec: serviceSpec,
    status: struct(
      'v1.ServiceStatus',
      { loadBalancer: struct('v1.LoadBalancerStatus', { ingress: list(ingress, 'v1.LoadBalancerIngress') }, 'any') },
      'any',
    ),
  },
  [],
);
