import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { ipAddress } from '../wire/address.ts';
import { dissect } from '../wire/layers.ts';
import { createSimulation } from './createSimulation.ts';

/* What a kernel with IPVS was seen to do, of which no capture is kept. */

const sources = ['cluster.yaml', 'echo.yaml'].map((name) => ({
  name,
  text: readFileSync(new URL(`captured/${name}`, import.meta.url), 'utf8'),
}));

interface Sent {
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly pick?: string;
  readonly as?: Flow['as'];
  readonly ttl?: number;
  readonly setup?: string;
}

function send({ from, to, port, pick, as = 'http', ttl, setup }: Sent): Conversation {
  const created = createSimulation(sources, { proxyMode: 'ipvs', seed: 1 });
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  if (setup !== undefined) {
    const [netns = '', line = ''] = setup.split(': ');
    const applied = created.value.apply({ type: 'exec', netns, line });
    if (!applied.ok) throw new Error(applied.output?.errors);
  }
  return created.value.send({
    from,
    to: { type: 'address', address: ipAddress(to) },
    as,
    payload: as === 'http' ? 0 : 5,
    repeat: 1,
    warm: true,
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
    ...(pick !== undefined && { pick: { address: ipAddress(pick), port: as === 'udp' ? 9000 : 8080 } }),
  });
}

/** `pod=p2b saw=10.244.0.0`, or how it went. */
function result(conversation: Conversation): string {
  const [outcome] = conversation.outcomes;
  return /pod=\S+ saw=[\d.]+/.exec(outcome?.text ?? '')?.[0] ?? outcome?.type ?? '';
}

/** ICMP errors as they reach a namespace: type, code and sender. */
function errorsAt(conversation: Conversation, netns: string): readonly string[] {
  return conversation.captures
    .filter((capture) => capture.netns === netns && capture.direction === 'in')
    .flatMap(({ bytes }) => {
      const layers = dissect(bytes, 'ethernet');
      const icmp = layers.find(({ protocol }) => protocol === 'ICMP');
      const field = (layer: typeof icmp, name: string) => layer?.fields.find((each) => each.name === name)?.value;
      if (icmp === undefined) return [];
      const ip = layers[layers.indexOf(icmp) - 1];
      return [`${field(icmp, 'Type')} ${field(icmp, 'Code')} ${field(ip, 'Source')}`];
    });
}

const NO_BRIDGE_NETFILTER = 'node/node1: sysctl -w net.bridge.bridge-nf-call-iptables=0';
const WEB = { to: '10.96.42.10', port: 80 };

test.each<[string, Sent, string]>([
  [
    'the same node without br_netfilter: the answer comes from the wrong address',
    { from: 'pod/default/p1a', ...WEB, pick: '10.244.0.3', setup: NO_BRIDGE_NETFILTER },
    'timeout',
  ],
  [
    'another node without br_netfilter',
    { from: 'pod/default/p1a', ...WEB, pick: '10.244.1.3', setup: NO_BRIDGE_NETFILTER },
    'pod=p2b saw=10.244.0.2',
  ],
  [
    'a Pod that reaches itself without br_netfilter',
    { from: 'pod/default/p1b', ...WEB, pick: '10.244.0.3', setup: NO_BRIDGE_NETFILTER },
    'pod=p1b saw=10.244.0.1',
  ],
  [
    'a node port whose endpoint is on the node that was asked',
    { from: '192.168.1.100', to: '192.168.1.11', port: 30080, pick: '10.244.0.3' },
    'pod=p1b saw=10.244.0.1',
  ],
  [
    'a Pod, its own node’s Local node port, no endpoint there',
    { from: 'pod/default/p1a', to: '192.168.1.11', port: 30081 },
    'pod=p2b saw=10.244.0.2',
  ],
  [
    'a Pod, another node’s node port: masqueraded twice',
    { from: 'pod/default/p1a', to: '192.168.1.12', port: 30080, pick: '10.244.2.3' },
    'pod=p3b saw=10.244.1.0',
  ],
  [
    'a node’s process, an endpoint on the same node',
    { from: 'node/node1', ...WEB, pick: '10.244.0.3' },
    'pod=p1b saw=10.244.0.1',
  ],
  [
    'a node port with net.ipv4.vs.conntrack=0: nothing is masqueraded, and the answer goes past the node [IV8]',
    {
      from: '192.168.1.100',
      to: '192.168.1.11',
      port: 30080,
      pick: '10.244.1.3',
      setup: 'node/node1: sysctl -w net.ipv4.vs.conntrack=0',
    },
    'timeout',
  ],
])('%s', (_, sent, wanted) => {
  expect(result(send(sent))).toBe(wanted);
});

test('a node’s process pings a ClusterIP: refused over lo', () => {
  const conversation = send({ from: 'node/node1', to: '10.96.42.10', as: 'ping' });
  expect(conversation.outcomes[0]?.type).toBe('refused');
  expect(new Set(conversation.captures.map(({ device }) => device))).toEqual(new Set(['lo']));
});

test('a node’s process speaks with the MSS of lo and a TTL that IPVS has lowered [IV3]', () => {
  const conversation = send({ from: 'node/node1', ...WEB, pick: '10.244.0.3' });
  const first = conversation.captures.find(({ device }) => device === 'cni0');
  const text = JSON.stringify(dissect(first?.bytes ?? new Uint8Array(), 'ethernet'));
  expect(text).toContain('65495');
  expect(first?.bytes[14 + 8]).toBe(63);
});

test('UDP to a TCP port: port unreachable, from the address that was asked', () => {
  const conversation = send({ from: 'pod/default/p1a', to: '10.96.42.10', port: 80, as: 'udp' });
  expect(errorsAt(conversation, 'pod/default/p1a').join()).toMatch(/3.* 3.* .*10\.96\.42\.10/);
});

test('a TTL of 1 ends at IPVS, in the ClusterIP’s name [IV3]', () => {
  const conversation = send({ from: 'pod/default/p1a', to: '10.96.42.12', port: 9000, as: 'udp', ttl: 1 });
  expect(errorsAt(conversation, 'pod/default/p1a').join()).toMatch(/11.* 0.* .*10\.96\.42\.12/);
});
