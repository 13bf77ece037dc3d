import { describe, expect, it } from 'vitest';
import type { Tool } from '../datamodel/cluster/printed.ts';
import type { TransportName } from '../datamodel/network/netfilter.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import { prepareStored } from './prepareCluster.ts';
import { probeService } from './serviceProbe.ts';
import type { Simulation } from './simulation.ts';

/* The situations of upstream's IPVS proxier tests, from objects to what the tools print and where a first packet goes. */

const NODE = 'node/test-node';
const NODE_IPS = ['100.101.102.103', '100.101.102.104', '2001:db8::1:1', '2001:db8::1:2'];

interface Setting {
  readonly spec: object;
  readonly ingress?: readonly object[];
  readonly endpoints: Readonly<Record<string, object>>;
  readonly protocol?: string;
  readonly config?: object;
}

function node(name: string, addresses: readonly string[]): object {
  const status = { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status };
}

function cluster({ spec, ingress, endpoints, protocol = 'TCP', config = {} }: Setting): Simulation {
  const slices = ['IPv4', 'IPv6'].map((addressType) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `web-${addressType.toLowerCase()}`, labels: { 'kubernetes.io/service-name': 'web' } },
    addressType,
    ports: [{ name: 'p', port: 80, protocol }],
    endpoints: Object.entries(endpoints).flatMap(([address, rest]) =>
      address.includes(':') === (addressType === 'IPv6') ? [{ addresses: [address], ...rest }] : [],
    ),
  }));
  const proxy = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'ipvs',
    clusterCIDR: '10.0.0.0/8,fd00::/16',
    ...config,
  };
  const items = [
    node('test-node', NODE_IPS),
    node('other-node', ['100.101.102.105', '2001:db8::1:3']),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-proxy', namespace: 'kube-system' },
      data: { 'config.conf': JSON.stringify(proxy) },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { clusterIPs: ['172.20.1.1', '2020::1'], ports: [{ name: 'p', port: 80, protocol }], ...spec },
      ...(ingress && { status: { loadBalancer: { ingress } } }),
    },
    ...slices,
  ];
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const created = createSimulation([{ name: 'cluster.json', text }], { cni: 'flannel-host-gw' }, prepareStored);
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  return created.value;
}

const HERE = { nodeName: 'test-node' };
const THERE = { nodeName: 'other-node' };
const ENDPOINTS = { '10.180.0.1': HERE, '10.180.1.1': THERE, 'fd00::1': HERE, 'fd00:1::1': THERE };

function lines(simulation: Simulation, tool: Tool): readonly string[] {
  return simulation.print(NODE, tool).map(({ text }) => text.trimEnd());
}

/** Virtual servers with the ends of their real servers, as ipvsadm lists them; the API server's own left out. */
function servers(simulation: Simulation): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  let current: string[] = [];
  for (const line of lines(simulation, 'ipvsadm').slice(3)) {
    if (line.startsWith('  -> ')) current.push(line.trim().split(/\s+/)[1] ?? '');
    else if (!line.includes('10.96.0.')) found[line] = current = [];
    else current = [];
  }
  return found;
}

function members(simulation: Simulation, name: string): readonly string[] {
  const all = lines(simulation, 'ipset');
  const start = all.indexOf(`Name: ${name}`);
  const rest = all.slice(all.indexOf('Members:', start) + 1);
  const end = rest.indexOf('');
  return (end < 0 ? rest : rest.slice(0, end)).filter((line) => !line.startsWith('10.96.0.'));
}

function bound(simulation: Simulation): readonly string[] {
  const all = simulation.netns(NODE)?.addresses ?? [];
  return all.flatMap(({ link, address }) =>
    link === 'kube-ipvs0' && !address.startsWith('10.96.0.') ? [address] : [],
  );
}

function ask(simulation: Simulation, from: string, to: string, port: number, protocol: TransportName = 'tcp'): string {
  const target = { address: ipAddress(to), port };
  const answer = probeService(simulation, { node: 'test-node', from: ipAddress(from), to: target, protocol });
  if (!answer.ok) throw new Error(answer.error);
  const { verdict, endpoints, masquerade } = answer.value;
  return [verdict, ...endpoints.map(({ address }) => address).sort(), ...(masquerade ? ['masqueraded'] : [])].join(' ');
}

describe('a node port', () => {
  const spec = { type: 'NodePort', ports: [{ name: 'p', port: 80, nodePort: 3001 }] };

  it('is a virtual server on every address of the node, of both families', () => {
    const simulation = cluster({ spec, endpoints: ENDPOINTS });
    const v4 = ['10.180.0.1:80', '10.180.1.1:80'];
    const v6 = ['[fd00::1]:80', '[fd00:1::1]:80'];
    expect(servers(simulation)).toEqual({
      'TCP  100.101.102.103:3001 rr': v4,
      'TCP  100.101.102.104:3001 rr': v4,
      'TCP  172.20.1.1:80 rr': v4,
      'TCP  [2001:db8::1:1]:3001 rr': v6,
      'TCP  [2001:db8::1:2]:3001 rr': v6,
      'TCP  [2020::1]:80 rr': v6,
    });
    expect(bound(simulation)).toEqual(['172.20.1.1', '2020::1']);
    expect(members(simulation, 'KUBE-6-LOOP-BACK')).toEqual(['fd00::1,tcp:80,fd00::1']);
    expect(members(simulation, 'KUBE-6-IPVS-IPS')).toEqual(['2020::1']);
    expect(members(simulation, 'KUBE-6-NODE-PORT-TCP')).toEqual(['3001']);
  });

  it('sends a first packet of IPv6 where it sends one of IPv4', () => {
    const simulation = cluster({ spec, endpoints: ENDPOINTS });
    const both = '[fd00:1::1]:80 [fd00::1]:80';
    expect(ask(simulation, 'fd00::9', '2020::1', 80)).toBe(`dnat ${both}`);
    expect(ask(simulation, '2001:db8:5::1', '2020::1', 80)).toBe(`dnat ${both} masqueraded`);
    expect(ask(simulation, '2001:db8:5::1', '2001:db8::1:2', 3001)).toBe(`dnat ${both} masqueraded`);
    expect(ask(simulation, '2001:db8::1:1', '2020::1', 80)).toBe(`dnat ${both} masqueraded`);
    expect(ask(simulation, 'fd00::1', '2020::1', 80)).toBe(`dnat ${both} masqueraded`);
    expect(ask(simulation, 'fd00::9', '2020::1', 81)).toBe('reject');
    expect(ask(simulation, '203.0.113.5', '100.101.102.104', 3001)).toBe(
      'dnat 10.180.0.1:80 10.180.1.1:80 masqueraded',
    );
  });

  it('with no endpoints has no real server, and refuses', () => {
    const simulation = cluster({ spec, endpoints: {} });
    expect(servers(simulation)['TCP  [2001:db8::1:1]:3001 rr']).toEqual([]);
    expect(ask(simulation, 'fd00::9', '2020::1', 80)).toBe('reject');
    expect(ask(simulation, '10.180.0.9', '172.20.1.1', 80)).toBe('reject');
  });

  it.each([
    ['a range', ['100.101.102.104/32', '2001:db8::1:1/128'], ['100.101.102.104:3001', '[2001:db8::1:1]:3001']],
    ['the primary addresses', ['primary'], ['100.101.102.103:3001', '[2001:db8::1:1]:3001']],
    [
      'a range of one family',
      ['100.101.102.104/32'],
      ['100.101.102.104:3001', '[2001:db8::1:1]:3001', '[2001:db8::1:2]:3001'],
    ],
  ])('of nodePortAddresses: %s', (_, nodePortAddresses, wanted) => {
    const found = Object.keys(servers(cluster({ spec, endpoints: ENDPOINTS, config: { nodePortAddresses } })));
    expect(found.flatMap((line) => (line.includes(':3001') ? [line.split(/\s+/)[1]] : []))).toEqual(wanted);
  });

  it('on no address at all is in no set', () => {
    const external = { ...spec, type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32_000 };
    const config = { nodePortAddresses: ['198.51.100.0/24', '2001:db8:9::/64'] };
    const simulation = cluster({ spec: external, endpoints: ENDPOINTS, config });
    for (const name of ['KUBE-NODE-PORT-TCP', 'KUBE-NODE-PORT-LOCAL-TCP', 'KUBE-HEALTH-CHECK-NODE-PORT'])
      expect(members(simulation, name)).toEqual([]);
  });

  it('of SCTP names every address of the node in its set', () => {
    const sctp = { type: 'NodePort', ports: [{ name: 'p', port: 80, nodePort: 3001, protocol: 'SCTP' }] };
    const simulation = cluster({
      spec: { ...sctp, externalTrafficPolicy: 'Local' },
      endpoints: ENDPOINTS,
      protocol: 'SCTP',
    });
    const v6 = ['2001:db8::1:1,sctp:3001', '2001:db8::1:2,sctp:3001'];
    expect(members(simulation, 'KUBE-6-NODE-PORT-SCTP-HASH')).toEqual(v6);
    expect(members(simulation, 'KUBE-6-NODE-PORT-LOCAL-SCTP-HAS')).toEqual(v6);
    expect(members(simulation, 'KUBE-NODE-PORT-SCTP-HASH')).toHaveLength(2);
    expect(servers(simulation)['SCTP [2001:db8::1:1]:3001 rr']).toEqual(['[fd00::1]:80']);
    expect(ask(simulation, '2001:db8:5::1', '2001:db8::1:1', 3001, 'sctp')).toBe('dnat [fd00::1]:80');
  });
});

describe('external addresses', () => {
  it('are bound where the node does not have them, whatever range they are from', () => {
    const externalIPs = ['50.60.70.81', '2012::51', '127.0.0.1', '100.101.102.104'];
    const simulation = cluster({ spec: { externalIPs }, endpoints: ENDPOINTS });
    expect(Object.keys(servers(simulation))).toEqual(
      expect.arrayContaining(
        ['50.60.70.81:80', '127.0.0.1:80', '100.101.102.104:80', '[2012::51]:80'].map((end) => `TCP  ${end} rr`),
      ),
    );
    expect(bound(simulation)).toEqual(['172.20.1.1', '50.60.70.81', '127.0.0.1', '2020::1', '2012::51']);
    expect(members(simulation, 'KUBE-EXTERNAL-IP')).toHaveLength(3);
    expect(members(simulation, 'KUBE-6-EXTERNAL-IP')).toEqual(['2012::51,tcp:80']);
    expect(ask(simulation, '2001:db8:5::1', '2012::51', 80)).toBe('dnat [fd00:1::1]:80 [fd00::1]:80 masqueraded');
  });

  it('of Local policy have the node’s own endpoints, and leave the client its address', () => {
    const spec = { type: 'NodePort', externalIPs: ['50.60.70.81'], externalTrafficPolicy: 'Local' };
    const simulation = cluster({ spec, endpoints: ENDPOINTS });
    expect(servers(simulation)['TCP  50.60.70.81:80 rr']).toEqual(['10.180.0.1:80']);
    expect(members(simulation, 'KUBE-EXTERNAL-IP')).toEqual([]);
    expect(members(simulation, 'KUBE-EXTERNAL-IP-LOCAL')).toEqual(['50.60.70.81,tcp:80']);
    expect(ask(simulation, '203.0.113.5', '50.60.70.81', 80)).toBe('dnat 10.180.0.1:80');
  });
});

describe('a load balancer', () => {
  const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
  const ingress = [{ ip: '1.2.3.4' }, { ip: '2001:db8:ff::4' }, { ip: '1.2.3.5', ipMode: 'Proxy' }, { ip: '1.2.3.4' }];

  it('is one virtual server an address, but of those with ipMode Proxy', () => {
    const simulation = cluster({ spec: { ...spec, externalIPs: ['1.2.3.4'] }, ingress, endpoints: ENDPOINTS });
    // by a difference that has to fit 32 bits
    expect(Object.keys(servers(simulation))).toEqual([
      'TCP  172.20.1.1:80 rr',
      'TCP  1.2.3.4:80 rr',
      'TCP  [2001:db8:ff::4]:80 rr',
      'TCP  [2020::1]:80 rr',
    ]);
    expect(members(simulation, 'KUBE-LOAD-BALANCER')).toEqual(['1.2.3.4,tcp:80']);
    expect(members(simulation, 'KUBE-6-LOAD-BALANCER')).toEqual(['2001:db8:ff::4,tcp:80']);
  });

  it('of Local policy is masqueraded for nobody, and its health check is let in', () => {
    const local = { ...spec, externalTrafficPolicy: 'Local', healthCheckNodePort: 30_005 };
    const simulation = cluster({ spec: local, ingress, endpoints: ENDPOINTS });
    expect(members(simulation, 'KUBE-6-LOAD-BALANCER-LOCAL')).toEqual(['2001:db8:ff::4,tcp:80']);
    expect(members(simulation, 'KUBE-HEALTH-CHECK-NODE-PORT')).toEqual(['30005']);
    expect(members(simulation, 'KUBE-6-HEALTH-CHECK-NODE-PORT')).toEqual(['30005']);
    expect(ask(simulation, '2001:db8:5::1', '2001:db8:ff::4', 80)).toBe('dnat [fd00::1]:80');
  });

  it('lets in its source ranges, and the node itself only by them', () => {
    const ranges = { ...spec, loadBalancerSourceRanges: ['203.0.113.0/25', '2001:db8:5::1/64', '203.0.113.0/25'] };
    const simulation = cluster({ spec: ranges, ingress, endpoints: ENDPOINTS });
    expect(members(simulation, 'KUBE-LOAD-BALANCER-FW')).toEqual(['1.2.3.4,tcp:80']);
    expect(members(simulation, 'KUBE-LOAD-BALANCER-SOURCE-CIDR')).toEqual(['1.2.3.4,tcp:80,203.0.113.0/25']);
    expect(members(simulation, 'KUBE-6-LOAD-BALANCER-SOURCE-CID')).toEqual(['2001:db8:ff::4,tcp:80,2001:db8:5::/64']);
    expect(members(simulation, 'KUBE-6-LOAD-BALANCER-SOURCE-IP')).toEqual([]);
    expect(lines(simulation, 'ip6tables-save')).toContain(
      '-A KUBE-IPVS-OUT-FILTER -s 2001:db8:ff::4/128 -m ipvs --vproto 6 --vaddr 2001:db8:ff::4 --vport 80 -j DROP',
    );
    const both = '[fd00:1::1]:80 [fd00::1]:80 masqueraded';
    expect(ask(simulation, '2001:db8:5::7', '2001:db8:ff::4', 80)).toBe(`dnat ${both}`);
    expect(ask(simulation, '2001:db8:6::7', '2001:db8:ff::4', 80)).toBe('drop');
    expect(ask(simulation, '2001:db8:ff::4', '2001:db8:ff::4', 80)).toBe('drop');
  });
});

it('affinity is persistence with its time-out', () => {
  const sessionAffinityConfig = { clientIP: { timeoutSeconds: 100 } };
  const simulation = cluster({ spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig }, endpoints: ENDPOINTS });
  expect(Object.keys(servers(simulation))).toEqual([
    'TCP  172.20.1.1:80 rr persistent 100',
    'TCP  [2020::1]:80 rr persistent 100',
  ]);
});

describe('endpoints that go', () => {
  const going = (serving: boolean, where: object) => ({
    ...where,
    conditions: { ready: false, serving, terminating: true },
  });

  it('are real servers where no others are left, and stand in the hairpin’s set to the end', () => {
    const endpoints = { '10.180.0.1': going(true, HERE), '10.180.0.2': going(false, HERE), '10.180.1.1': THERE };
    const spec = { internalTrafficPolicy: 'Local' };
    const simulation = cluster({ spec, endpoints });
    expect(servers(simulation)['TCP  172.20.1.1:80 rr']).toEqual(['10.180.0.1:80']);
    expect(members(simulation, 'KUBE-LOOP-BACK')).toEqual([
      '10.180.0.1,tcp:80,10.180.0.1',
      '10.180.0.2,tcp:80,10.180.0.2',
    ]);
    expect(servers(cluster({ spec: {}, endpoints }))['TCP  172.20.1.1:80 rr']).toEqual(['10.180.1.1:80']);
  });

  it('leave a ClusterIP of Local policy to nobody, and an external address to endpoints elsewhere', () => {
    const endpoints = { '10.180.0.2': going(false, HERE), '10.180.1.1': THERE };
    const inside = cluster({ spec: { internalTrafficPolicy: 'Local' }, endpoints });
    expect(servers(inside)['TCP  172.20.1.1:80 rr']).toEqual([]);
    expect(ask(inside, '10.180.0.9', '172.20.1.1', 80)).toBe('reject');
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
    const outside = cluster({ spec, ingress: [{ ip: '1.2.3.4' }], endpoints });
    expect(servers(outside)['TCP  1.2.3.4:80 rr']).toEqual(['10.180.1.1:80']);
  });
});

describe('masquerading', () => {
  it('everything, when told to', () => {
    const config = { iptables: { masqueradeAll: true } };
    const simulation = cluster({ spec: {}, endpoints: ENDPOINTS, config });
    expect(ask(simulation, 'fd00::9', '2020::1', 80)).toBe('dnat [fd00:1::1]:80 [fd00::1]:80 masqueraded');
  });

  it('without a Pod range, what speaks from the Service’s own address', () => {
    const simulation = cluster({ spec: {}, endpoints: ENDPOINTS, config: { clusterCIDR: '' } });
    expect(ask(simulation, '2020::1', '2020::1', 80)).toBe('dnat [fd00:1::1]:80 [fd00::1]:80 masqueraded');
    expect(ask(simulation, '2001:db8:5::1', '2020::1', 80)).toBe('dnat [fd00:1::1]:80 [fd00::1]:80');
  });
});

it('mh hashes the client’s port as well, so that a client alone meets every endpoint', () => {
  const simulation = cluster({ spec: {}, endpoints: ENDPOINTS, config: { ipvs: { scheduler: 'mh' } } });
  expect(Object.keys(servers(simulation))).toEqual([
    'TCP  172.20.1.1:80 mh (mh-port)',
    'TCP  [2020::1]:80 mh (mh-port)',
  ]);
  expect(ask(simulation, '10.180.0.9', '172.20.1.1', 80)).toBe('dnat 10.180.0.1:80 10.180.1.1:80');
});
