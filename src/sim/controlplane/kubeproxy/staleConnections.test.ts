import { expect, it } from 'vitest';
import type { ConntrackEntry } from '../../../datamodel/network/runtime.ts';
import { ipAddress } from '../../../wire/address.ts';
import type { EndpointInfo, ServicePortInfo } from './servicePort.ts';
import { staleConnections } from './staleConnections.ts';

function endpoint(address: string, serving = true): EndpointInfo {
  return {
    address: ipAddress(address),
    port: 53,
    text: `${address}:53`,
    nodeName: 'n1',
    ready: serving,
    serving,
    terminating: false,
    zoneHints: [],
    nodeHints: [],
  };
}

const SERVICE: ServicePortInfo = {
  name: 'kube-system/kube-dns:dns',
  protocol: 'udp',
  clusterIp: ipAddress('10.96.0.10'),
  port: 53,
  nodePort: 30053,
  externalIps: [ipAddress('203.0.113.5')],
  loadBalancerVips: [],
  sourceRanges: [],
  healthCheckNodePort: 0,
  externalPolicyLocal: false,
  internalPolicyLocal: false,
  affinitySeconds: undefined,
  hinted: false,
  endpoints: [endpoint('10.244.1.5'), endpoint('10.244.2.6', false)],
};

function connection(destination: string, port: number, answers: string, protocol = 17): ConntrackEntry {
  const client = ipAddress('10.244.3.7');
  const [to, from] = [ipAddress(destination), ipAddress(answers)];
  return {
    id: '1',
    original: { protocol, source: client, destination: to, sourcePort: 4000, destinationPort: port },
    reply: { protocol, source: from, destination: client, sourcePort: 53, destinationPort: 4000 },
    seenReply: true,
    assured: true,
    mark: 0,
    expires: 1,
  };
}

it.each([
  ['to a serving endpoint', connection('10.96.0.10', 53, '10.244.1.5'), false],
  ['to an endpoint that serves no more', connection('10.96.0.10', 53, '10.244.2.6'), true],
  ['never translated', connection('10.96.0.10', 53, '10.96.0.10'), true],
  ['by an external address', connection('203.0.113.5', 53, '10.244.9.9'), true],
  ['by a node port, whatever the node', connection('192.168.1.12', 30053, '10.244.9.9'), true],
  ['to another port of the same address', connection('10.96.0.10', 54, '10.244.9.9'), false],
  ['over TCP', connection('10.96.0.10', 53, '10.244.9.9', 6), false],
])('a connection %s', (_, entry, stale) => {
  expect(staleConnections([SERVICE])(entry)).toBe(stale);
});

it('leaves a Service alone that nobody serves', () => {
  const service = { ...SERVICE, endpoints: [endpoint('10.244.2.6', false)] };
  expect(staleConnections([service])(connection('10.96.0.10', 53, '10.244.2.6'))).toBe(false);
});
