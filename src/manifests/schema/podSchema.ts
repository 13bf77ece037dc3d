import { flag, int32, intOrString, list, stringMap, struct, text } from '../goType.ts';
import { labelSelector, objectMeta, typeMeta } from './metaSchema.ts';

const probe = struct(
  'v1.Probe',
  {
    httpGet: struct('v1.HTTPGetAction', { port: intOrString }, 'any'),
    tcpSocket: struct('v1.TCPSocketAction', { port: intOrString }, 'any'),
    grpc: struct('v1.GRPCAction', { port: int32 }, 'any'),
  },
  'any',
);

const containerPort = struct(
  'v1.ContainerPort',
  { name: text, hostPort: int32, containerPort: int32, protocol: text, hostIP: text },
  [],
);

const container = struct(
  'v1.Container',
  {
    name: text,
    command: list(text, 'string'),
    args: list(text, 'string'),
    env: list(struct('v1.EnvVar', { name: text, value: text }, ['valueFrom']), 'v1.EnvVar'),
    ports: list(containerPort, 'v1.ContainerPort'),
    restartPolicy: text,
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
  },
  [
    'image',
    'workingDir',
    'envFrom',
    'resources',
    'resizePolicy',
    'restartPolicyRules',
    'volumeMounts',
    'volumeDevices',
    'lifecycle',
    'terminationMessagePath',
    'terminationMessagePolicy',
    'imagePullPolicy',
    'securityContext',
    'stdin',
    'stdinOnce',
    'tty',
  ],
);

const nodeSelectorRequirement = struct(
  'v1.NodeSelectorRequirement',
  { key: text, operator: text, values: list(text, 'string') },
  [],
);

const nodeSelectorTerm = struct(
  'v1.NodeSelectorTerm',
  {
    matchExpressions: list(nodeSelectorRequirement, 'v1.NodeSelectorRequirement'),
    matchFields: list(nodeSelectorRequirement, 'v1.NodeSelectorRequirement'),
  },
  [],
);

const podAffinityTerm = struct(
  'v1.PodAffinityTerm',
  { labelSelector, namespaces: list(text, 'string'), topologyKey: text },
  ['namespaceSelector', 'matchLabelKeys', 'mismatchLabelKeys'],
);

function podAffinity(name: string) {
  return struct(name, { requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm, 'v1.PodAffinityTerm') }, [
    'preferredDuringSchedulingIgnoredDuringExecution',
  ]);
}

const affinity = struct(
  'v1.Affinity',
  {
    nodeAffinity: struct(
      'v1.NodeAffinity',
      {
        requiredDuringSchedulingIgnoredDuringExecution: struct(
          'v1.NodeSelector',
          { nodeSelectorTerms: list(nodeSelectorTerm, 'v1.NodeSelectorTerm') },
          [],
        ),
      },
      ['preferredDuringSchedulingIgnoredDuringExecution'],
    ),
    podAffinity: podAffinity('v1.PodAffinity'),
    podAntiAffinity: podAffinity('v1.PodAntiAffinity'),
  },
  [],
);

const toleration = struct('v1.Toleration', { key: text, operator: text, value: text, effect: text }, [
  'tolerationSeconds',
]);

const podSpec = struct(
  'v1.PodSpec',
  {
    containers: list(container, 'v1.Container'),
    initContainers: list(container, 'v1.Container'),
    restartPolicy: text,
    dnsPolicy: text,
    nodeSelector: stringMap,
    serviceAccountName: text,
    serviceAccount: text,
    nodeName: text,
    hostNetwork: flag,
    hostname: text,
    subdomain: text,
    affinity,
    tolerations: list(toleration, 'v1.Toleration'),
  },
  [
    'volumes',
    'ephemeralContainers',
    'terminationGracePeriodSeconds',
    'activeDeadlineSeconds',
    'automountServiceAccountToken',
    'hostPID',
    'hostIPC',
    'shareProcessNamespace',
    'securityContext',
    'imagePullSecrets',
    'schedulerName',
    'hostAliases',
    'priorityClassName',
    'priority',
    'dnsConfig',
    'readinessGates',
    'runtimeClassName',
    'enableServiceLinks',
    'preemptionPolicy',
    'overhead',
    'topologySpreadConstraints',
    'setHostnameAsFQDN',
    'os',
    'hostUsers',
    'schedulingGates',
    'resourceClaims',
    'resources',
    'hostnameOverride',
    'workloadRef',
  ],
);

/** Conditions of Pods and Nodes. */
export const conditions = list(
  struct('v1.PodCondition', { type: text, status: text, reason: text, message: text }, 'any'),
  'v1.PodCondition',
);

const podStatus = struct(
  'v1.PodStatus',
  {
    phase: text,
    reason: text,
    message: text,
    hostIP: text,
    podIP: text,
    podIPs: list(struct('v1.PodIP', { ip: text }, 'any'), 'v1.PodIP'),
    conditions,
  },
  'any',
);

export const podTemplate = struct('v1.PodTemplateSpec', { metadata: objectMeta, spec: podSpec }, []);

export const pod = struct('v1.Pod', { ...typeMeta, spec: podSpec, status: podStatus }, []);
