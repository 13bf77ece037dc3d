import { describe, expect, test } from 'vitest';
import { refusals } from '../testing/load.ts';

const service = (spec: string, name = 'web'): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n${spec.replace(/^/gm, '  ')}\n`;
const pod = (spec: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n${spec.replace(/^/gm, '  ')}\n`;
const containerPort = (port: string): string => pod(`containers:\n- name: main\n  ports:\n  - ${port}`);
const deployment = (spec: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n${spec.replace(/^/gm, '  ')}\n`;
const template = (labels: string): string =>
  `template:\n  metadata:\n    labels: ${labels}\n  spec:\n    containers:\n    - name: main`;
const slice = (rest: string): string =>
  `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: web\n${rest}\n`;
const node = (rest: string): string => `apiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n${rest}\n`;
const job = (spec: string): string =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: work\nspec:\n${spec.replace(/^/gm, '  ')}\n`;

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with " +
  "an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const dns1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with " +
  "an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const dns1123 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
  "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const labelValue =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const range = 'must be between 1 and 65535, inclusive';
const noAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

/** What is written, and all that the API server has to say to it: line, field, reason. */
const cases: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
  [
    'no name',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n',
    ['3 metadata.name: Required value: name or generateName is required'],
  ],
  [
    'capital letters in a name',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: Foo\n',
    [`4 metadata.name: Invalid value: "Foo": ${subdomain}`],
  ],
  [
    'a Service name that starts with a digit',
    service('ports: [{port: 80}]', '1web'),
    [`4 metadata.name: Invalid value: "1web": ${dns1035}`],
  ],
  [
    'a Namespace name with dots',
    'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a.b\n',
    ['4 metadata.name: Invalid value: "a.b": must not contain dots'],
  ],
  [
    'a name that is too long',
    `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${'a'.repeat(64)}\n`,
    [`4 metadata.name: Invalid value: "${'a'.repeat(64)}": must be no more than 63 bytes`],
  ],
  [
    'a namespace that is none',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: My_Space\n',
    [`5 metadata.namespace: Invalid value: "My_Space": ${dns1123}`],
  ],
  [
    'a namespaced Node',
    node('').replace('name: n1', 'name: n1\n  namespace: x'),
    ['5 metadata.namespace: Forbidden: not allowed on this type'],
  ],
  [
    'a label value with a space',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    app: my app\n',
    [`6 metadata.labels: Invalid value: "my app": ${labelValue}`],
  ],
  [
    'the same name twice',
    `${service('ports: [{port: 80}]')}---\n${service('ports: [{port: 81}]')}`,
    ['8 : services "web" already exists'],
  ],

  ['a port out of range', service('ports:\n- port: 70000'), [`7 spec.ports[0].port: Invalid value: 70000: ${range}`]],
  ['no port', service('ports:\n- name: http'), [`7 spec.ports[0].port: Invalid value: 0: ${range}`]],
  ['no ports', service('selector: {app: web}'), ['5 spec.ports: Required value']],
  [
    'a targetPort out of range',
    service('ports:\n- port: 80\n  targetPort: 99999'),
    [`8 spec.ports[0].targetPort: Invalid value: 99999: ${range}`],
  ],
  [
    'a targetPort that is no name',
    service('ports:\n- port: 80\n  targetPort: "8080"'),
    ['8 spec.ports[0].targetPort: Invalid value: "8080": must contain at least one letter (a-z)'],
  ],
  [
    'a protocol that is none',
    service('ports:\n- port: 80\n  protocol: HTTP'),
    ['8 spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
  ],
  [
    'two ports without names',
    service('ports:\n- port: 80\n- port: 81'),
    ['7 spec.ports[0].name: Required value', '8 spec.ports[1].name: Required value'],
  ],
  [
    'one name for two ports',
    service('ports:\n- {port: 80, name: a}\n- {port: 81, name: a}'),
    ['8 spec.ports[1].name: Duplicate value: "a"'],
  ],
  [
    'one port twice',
    service('ports:\n- {port: 80, name: a}\n- {port: 80, name: b}'),
    ['8 spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'],
  ],
  [
    'a type that is none',
    service('type: External\nports: [{port: 80}]'),
    [
      '6 spec.type: Unsupported value: "External": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    'a node port of a ClusterIP Service',
    service('ports:\n- port: 80\n  nodePort: 30080'),
    ["8 spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    'a node port out of range',
    service('type: NodePort\nports:\n- port: 80\n  nodePort: 8080'),
    [
      '9 spec.ports[0].nodePort: Invalid value: 8080: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
  ],
  [
    'a node port that another Service has',
    `${service('type: NodePort\nports: [{port: 80, nodePort: 30080}]', 'a')}---\n${service('type: NodePort\nports:\n- port: 81\n  nodePort: 30080', 'b')}`,
    ['17 spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated'],
  ],
  [
    'a cluster IP that is none',
    service('clusterIP: 10.96.1\nports: [{port: 80}]'),
    [`6 spec.clusterIPs[0]: Invalid value: "10.96.1": ${noAddress}`],
  ],
  [
    'a cluster IP out of range',
    service('clusterIP: 10.1.1.1\nports: [{port: 80}]'),
    [
      '6 spec.clusterIPs: Invalid value: ["10.1.1.1"]: failed to allocate IP 10.1.1.1: the provided IP (10.1.1.1) is not in the ' +
        'valid range. The range of valid IPs is 10.96.0.0/12',
    ],
  ],
  [
    'a cluster IP that another Service has',
    `${service('clusterIP: 10.96.7.7\nports: [{port: 80}]', 'a')}---\n${service('clusterIPs: [10.96.7.7]\nports: [{port: 80}]', 'b')}`,
    [
      '14 spec.clusterIPs: Invalid value: ["10.96.7.7"]: failed to allocate IP 10.96.7.7: provided IP is already allocated',
    ],
  ],
  [
    "the address of the default cluster's DNS",
    service('clusterIP: 10.96.0.10\nports: [{port: 80}]'),
    [
      '6 spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
    ],
  ],
  [
    'clusterIP and clusterIPs that differ',
    service('clusterIP: 10.96.7.7\nclusterIPs: [10.96.7.8]\nports: [{port: 80}]'),
    ['7 spec.clusterIPs: Invalid value: ["10.96.7.8"]: first value must match `clusterIP`'],
  ],
  [
    'a headless NodePort Service',
    service('type: NodePort\nclusterIP: None\nports: [{port: 80}]'),
    ['7 spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
  ],
  ['an ExternalName without a name', service('type: ExternalName'), ['5 spec.externalName: Required value']],
  [
    'an ExternalName with an address',
    service('type: ExternalName\nexternalName: a.example\nclusterIP: 10.96.7.7'),
    ['5 spec.clusterIPs: Forbidden: may not be set for ExternalName services'],
  ],
  [
    'a traffic policy where no traffic comes from',
    service('externalTrafficPolicy: Local\nports: [{port: 80}]'),
    ['6 spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
  ],
  [
    'a traffic policy that is none',
    service('type: NodePort\nexternalTrafficPolicy: local\nports: [{port: 80}]'),
    ['7 spec.externalTrafficPolicy: Unsupported value: "local": supported values: "Cluster", "Local"'],
  ],
  [
    'an affinity that is none',
    service('sessionAffinity: Cookie\nports: [{port: 80}]'),
    ['6 spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"'],
  ],
  [
    'an external IP on the loopback',
    service('externalIPs: [127.0.0.1]\nports: [{port: 80}]'),
    ['6 spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ],
  [
    'source ranges without a load balancer',
    service('loadBalancerSourceRanges: [10.0.0.0]\nports: [{port: 80}]'),
    [
      "6 spec.loadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
      '6 spec.loadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],

  ['a Pod without containers', pod('hostNetwork: true'), ['5 spec.containers: Required value']],
  ['a container without a name', pod('containers:\n- image: a'), ['7 spec.containers[0].name: Required value']],
  [
    'one name for two containers',
    pod('containers:\n- name: a\n- name: a'),
    ['8 spec.containers[1].name: Duplicate value: "a"'],
  ],
  [
    'a container port out of range',
    containerPort('containerPort: 0x1ffff'),
    [`9 spec.containers[0].ports[0].containerPort: Invalid value: 131071: ${range}`],
  ],
  ['no container port', containerPort('name: http'), ['9 spec.containers[0].ports[0].containerPort: Required value']],
  [
    'a port name that is too long',
    containerPort('{name: a-very-long-port-name, containerPort: 80}'),
    ['9 spec.containers[0].ports[0].name: Invalid value: "a-very-long-port-name": must be no more than 15 bytes'],
  ],
  [
    'a container port of a protocol that is none',
    containerPort('{containerPort: 80, protocol: tcp}'),
    ['9 spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"'],
  ],
  [
    'host networking with another host port',
    pod('hostNetwork: true\ncontainers:\n- name: a\n  ports:\n  - {containerPort: 8080, hostPort: 80}'),
    [
      '10 spec.containers[0].ports[0].containerPort: Invalid value: 8080: must match `hostPort` when `hostNetwork` is true',
    ],
  ],
  [
    'one host port twice',
    pod('containers:\n- name: a\n  ports:\n  - {containerPort: 1, hostPort: 80}\n  - {containerPort: 2, hostPort: 80}'),
    ['10 spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
  ],
  [
    'a Pod address that is none',
    `${pod('containers: [{name: a}]')}status:\n  podIP: 10.244.1.300\n`,
    [`8 status.podIP: Invalid value: "10.244.1.300": ${noAddress}`],
  ],

  [
    'a selector that does not select',
    deployment(`selector:\n  matchLabels: {app: web}\n${template('{app: wab}')}`),
    ['10 spec.template.metadata.labels: Invalid value: {"app":"wab"}: `selector` does not match template `labels`'],
  ],
  ['no selector', deployment(template('{app: web}')), ['5 spec.selector: Required value']],
  [
    'an empty selector',
    deployment(`selector: {}\n${template('{app: web}')}`),
    ['6 spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    'an expression without values',
    deployment(`selector:\n  matchExpressions:\n  - {key: app, operator: In}\n${template('{app: web}')}`),
    [
      "8 spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      '11 spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'fewer than no replicas',
    deployment(`replicas: -1\nselector: {matchLabels: {app: web}}\n${template('{app: web}')}`),
    ['6 spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'more replicas than anybody can draw',
    deployment(`replicas: 2000000000\nselector: {matchLabels: {app: web}}\n${template('{app: web}')}`),
    ['6 spec.replicas: Invalid value: 2000000000: no more than 20000 Pods are simulated'],
  ],
  [
    'a Deployment that does not restart',
    deployment(`selector: {matchLabels: {a: b}}\n${template('{a: b}')}\n    restartPolicy: Never`),
    ['13 spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    'a Job that always restarts',
    job('template:\n  spec:\n    containers: [{name: a}]'),
    ['7 spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],

  ['a slice of no family', slice('endpoints: []'), ['1 addressType: Required value']],
  [
    'an endpoint address that is none',
    slice('addressType: IPv4\nendpoints:\n- addresses: [web]'),
    [`7 endpoints[0].addresses[0]: Invalid value: "web": ${noAddress}`],
  ],
  [
    'an endpoint of the other family',
    slice('addressType: IPv4\nendpoints:\n- addresses: ["fd00::1"]'),
    ['7 endpoints[0].addresses[0]: Invalid value: "fd00::1": must be an IPv4 address'],
  ],
  [
    'an endpoint without address',
    slice('addressType: IPv4\nendpoints:\n- hostname: a'),
    ['7 endpoints[0].addresses: Required value: must contain at least 1 address'],
  ],

  [
    'a node CIDR that is none',
    node('spec:\n  podCIDR: 10.244.1.0'),
    ['6 spec.podCIDR: Invalid value: "10.244.1.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
  ],
  ['a taint without effect', node('spec:\n  taints:\n  - key: a'), ['7 spec.taints[0].effect: Required value']],
];

describe('what the API server refuses, in its words and at its line', () => {
  test.each(cases)('%s', (_, text, expected) => {
    expect(refusals(text)).toEqual(expected);
  });

  test('everything that is wrong is said at once, each with its object', () => {
    const text = `${service('ports: [{port: 0}]', 'a')}---\n${service('ports: [{port: 0}]', 'b')}`;
    expect(refusals(text)).toHaveLength(2);
  });
});
