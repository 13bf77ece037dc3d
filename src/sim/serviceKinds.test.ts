import { describe, expect, it } from 'vitest';
import type { TransportName } from '../datamodel/network/netfilter.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import { probeService } from './serviceProbe.ts';
import type { Simulation } from './simulation.ts';

/** A node with two addresses of each family, in a zone; another in another zone; a Pod on each that listens by name. */
const FOUNDATION = ['a', 'b'].flatMap((name, i) => [
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'topology.kubernetes.io/zone': `zone-${name}` } },
    spec: { podCIDR: `10.244.${i}.0/24` },
    status: {
      addresses: [`192.168.1.${11 + i}`, `192.168.2.${11 + i}`, `2001:db8::${11 + i}`].map((address) => ({
        type: 'InternalIP',
        address,
      })),
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `web-${name}`, labels: { app: 'web' } },
    spec: {
      nodeName: name,
      containers: [{ name: 'web', image: 'web', ports: [{ name: 'http', containerPort: 8080 + i }] }],
    },
    status: {
      phase: 'Running',
      podIP: `10.244.${i}.5`,
      conditions: [{ type: 'Ready', status: i === 0 ? 'True' : 'False' }],
    },
  },
]);

interface Setting {
  readonly spec: object;
  readonly ingress?: readonly object[];
  readonly proxy?: object;
  readonly endpoints?: readonly object[];
}

function simulationOf({ spec, ingress, proxy, endpoints }: Setting): Simulation {
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clusterCIDR: '10.244.0.0/16,fd00:244::/48',
    ...proxy,
  };
  const items = [
    ...FOUNDATION,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-proxy', namespace: 'kube-system' },
      data: { 'config.conf': JSON.stringify(config) },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { clusterIP: '10.96.0.80', ports: [{ port: 80, targetPort: 'http' }], ...spec },
      ...(ingress && { status: { loadBalancer: { ingress } } }),
    },
    ...(endpoints ?? []),
  ];
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const created = createSimulation([{ name: 'cluster.json', text }]);
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  return created.value;
}

function slice(family: 'IPv4' | 'IPv6', endpoints: readonly object[], port: object = { port: 80 }): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `web-${family.toLowerCase()}`, labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: family,
    ports: [port],
    endpoints,
  };
}

function ask(simulation: Simulation, from: string, to: string, port: number, protocol: TransportName = 'tcp'): string {
  const target = { address: ipAddress(to), port };
  const answer = probeService(simulation, { node: 'a', from: ipAddress(from), to: target, protocol });
  if (!answer.ok) throw new Error(answer.error);
  const { verdict, endpoints, masquerade } = answer.value;
  const names = endpoints.map(({ address }) => address).sort();
  return [verdict, ...names, ...(masquerade ? ['masqueraded'] : [])].join(' ');
}

const POD = '10.244.0.5';
const CLIENT = '203.0.113.2';
const selector = { app: 'web' };

describe('endpoints that the controller makes', () => {
  it('resolve a named target port in every Pod by itself, of those that are ready', () => {
    expect(ask(simulationOf({ spec: { selector } }), '10.244.0.9', '10.96.0.80', 80)).toBe('dnat 10.244.0.5:8080');
  });

  it('may be of Pods that are not ready', () => {
    const simulation = simulationOf({ spec: { selector, publishNotReadyAddresses: true } });
    expect(ask(simulation, '10.244.0.9', '10.96.0.80', 80)).toBe('dnat 10.244.0.5:8080 10.244.1.5:8081');
  });

  it.each(['PreferClose', 'PreferSameZone', 'PreferSameNode'])('stay near under %s', (trafficDistribution) => {
    const simulation = simulationOf({ spec: { selector, publishNotReadyAddresses: true, trafficDistribution } });
    expect(ask(simulation, '10.244.0.9', '10.96.0.80', 80)).toBe('dnat 10.244.0.5:8080');
  });

  it('masquerade a Pod that may reach itself', () => {
    expect(ask(simulationOf({ spec: { selector } }), POD, '10.96.0.80', 80)).toBe('dnat 10.244.0.5:8080 masqueraded');
  });

  it('are nobody’s business for a headless Service', () => {
    const headless = simulationOf({ spec: { selector, clusterIP: 'None' } });
    expect(headless.cluster().services.find(({ name }) => name === 'web')?.clusterIp).toBeUndefined();
  });
});

describe('a load balancer’s address', () => {
  const endpoints = [slice('IPv4', [{ addresses: ['10.244.1.9'] }])];
  const spec = { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30080 }] };

  it('is the node’s to translate with ipMode VIP, not with Proxy', () => {
    const ingress = [{ ip: '198.51.100.1' }, { ip: '198.51.100.2', ipMode: 'Proxy' }];
    const simulation = simulationOf({ spec, ingress, endpoints });
    expect(ask(simulation, CLIENT, '198.51.100.1', 80)).toBe('dnat 10.244.1.9:80 masqueraded');
    expect(ask(simulation, CLIENT, '198.51.100.2', 80)).toBe('accept');
  });

  it('is guarded by source ranges, which node ports are not', () => {
    const ranges = { loadBalancerSourceRanges: [' 203.0.113.0/25', '192.168.1.0/24'] };
    const simulation = simulationOf({ spec: { ...spec, ...ranges }, ingress: [{ ip: '198.51.100.1' }], endpoints });
    expect(ask(simulation, CLIENT, '198.51.100.1', 80)).toBe('dnat 10.244.1.9:80 masqueraded');
    expect(ask(simulation, '203.0.113.130', '198.51.100.1', 80)).toBe('drop');
    expect(ask(simulation, '10.244.0.9', '198.51.100.1', 80)).toBe('drop');
    expect(ask(simulation, '192.168.1.11', '198.51.100.1', 80)).toBe('dnat 10.244.1.9:80 masqueraded');
    expect(ask(simulation, '198.51.100.1', '198.51.100.1', 80)).toBe('dnat 10.244.1.9:80 masqueraded');
    expect(ask(simulation, '203.0.113.130', '192.168.1.11', 30_080)).toBe('dnat 10.244.1.9:80 masqueraded');
  });
});

describe('node ports', () => {
  const endpoints = [slice('IPv4', [{ addresses: ['10.244.1.9'] }])];
  const spec = { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };

  it.each([
    ['by default', {}, ['192.168.1.11', '192.168.2.11', '127.0.0.1']],
    ['with nodePortAddresses primary', { nodePortAddresses: ['primary'] }, ['192.168.1.11']],
    ['with nodePortAddresses of a range', { nodePortAddresses: ['192.168.2.0/24'] }, ['192.168.2.11']],
    ['without localhost', { iptables: { localhostNodePorts: false } }, ['192.168.1.11', '192.168.2.11']],
  ])('answer %s', (_name, proxy, served) => {
    const simulation = simulationOf({ spec, proxy, endpoints });
    const addresses = ['192.168.1.11', '192.168.2.11', '127.0.0.1'];
    const answers = addresses.filter((address) => ask(simulation, address, address, 30_080).startsWith('dnat'));
    expect(answers).toEqual(served);
  });
});

describe('other protocols and families', () => {
  it.each(['UDP', 'SCTP'])('%s, with affinity', (protocol) => {
    const ports = [{ port: 53, nodePort: 30053, protocol }];
    const both = slice('IPv4', [{ addresses: ['10.244.1.8'] }, { addresses: ['10.244.1.9'] }], { port: 53, protocol });
    const spec = { type: 'NodePort', sessionAffinity: 'ClientIP', ports };
    const simulation = simulationOf({ spec, endpoints: [both] });
    const name = protocol.toLowerCase() as TransportName;
    expect(ask(simulation, '10.244.0.9', '10.96.0.80', 53, name)).toBe('dnat 10.244.1.8:53 10.244.1.9:53');
    expect(ask(simulation, CLIENT, '192.168.1.11', 30_053, name)).toContain('masqueraded');
    expect(ask(simulation, '10.244.0.9', '10.96.0.80', 53, 'tcp')).toBe('accept');
  });

  it('IPv6 beside IPv4, each by its own tables', () => {
    const spec = {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      clusterIP: undefined,
      clusterIPs: ['10.96.0.80', 'fd00:96::80'],
      ports: [{ port: 80, nodePort: 30080 }],
    };
    const endpoints = [
      slice('IPv4', [{ addresses: ['10.244.1.9'], nodeName: 'b' }]),
      slice('IPv6', [
        { addresses: ['fd00:244::9'], nodeName: 'a' },
        { addresses: ['fd00:244:1::9'], nodeName: 'b' },
      ]),
    ];
    const simulation = simulationOf({ spec, endpoints, ingress: [{ ip: '2001:db8:ff::1' }] });
    expect(ask(simulation, '10.244.0.9', '10.96.0.80', 80)).toBe('dnat 10.244.1.9:80');
    expect(ask(simulation, 'fd00:244::5', 'fd00:96::80', 80)).toBe('dnat [fd00:244:1::9]:80 [fd00:244::9]:80');
    expect(ask(simulation, '2001:db8:5::1', '2001:db8:ff::1', 80)).toBe('dnat [fd00:244::9]:80');
    expect(ask(simulation, '2001:db8::11', '2001:db8:ff::1', 80)).toBe(
      'dnat [fd00:244:1::9]:80 [fd00:244::9]:80 masqueraded',
    );
    expect(ask(simulation, CLIENT, '192.168.1.11', 30_080)).toBe('drop');
  });

  it('masquerades everything when it is told to', () => {
    const endpoints = [slice('IPv4', [{ addresses: ['10.244.1.9'] }])];
    const simulation = simulationOf({ spec: {}, endpoints, proxy: { iptables: { masqueradeAll: true } } });
    expect(ask(simulation, '10.244.0.9', '10.96.0.80', 80)).toBe('dnat 10.244.1.9:80 masqueraded');
  });
});

describe('endpoints that go', () => {
  const going = (address: string, serving: boolean) => ({
    addresses: [address],
    nodeName: 'a',
    conditions: { ready: false, serving, terminating: true },
  });

  it('serve to the end when no others are left, and refuse when they no longer can', () => {
    const spec = { ports: [{ port: 80 }] };
    const serving = simulationOf({
      spec,
      endpoints: [slice('IPv4', [going('10.244.0.8', true), going('10.244.0.9', false)])],
    });
    expect(ask(serving, POD, '10.96.0.80', 80)).toBe('dnat 10.244.0.8:80');
    const gone = simulationOf({ spec, endpoints: [slice('IPv4', [going('10.244.0.9', false)])] });
    expect(ask(gone, POD, '10.96.0.80', 80)).toBe('reject');
  });
});
