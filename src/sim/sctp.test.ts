import './testing/allModes.ts';
import { describe, expect, it } from 'vitest';
import type { ProxyMode } from '../datamodel/cluster/command.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { IpProtocol, Ipv4View } from '../wire/ipv4.ts';
import { sctpChecksumValid } from '../wire/sctp.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';

const CLIENT = 'pod/default/client';

function cluster(proxyMode: ProxyMode): Simulation {
  const nodes = ['a', 'b'].map((name) => `apiVersion: v1\nkind: Node\nmetadata: { name: ${name} }\n---\n`);
  const text = `${nodes.join('')}
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: a, containers: [{ name: client, image: client }] }
---
apiVersion: v1
kind: Pod
metadata: { name: diameter, labels: { app: diameter } }
spec: { nodeName: b, containers: [{ name: d, image: d, ports: [{ containerPort: 3868, protocol: SCTP }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: diameter }
spec:
  type: NodePort
  clusterIP: 10.96.0.50
  selector: { app: diameter }
  ports: [{ port: 3868, nodePort: 30868, protocol: SCTP }]
`;
  const created = createSimulation([{ name: 'cluster.yaml', text }], { proxyMode });
  if (!created.ok) throw new Error(created.error[0]?.message);
  return created.value;
}

function send(simulation: Simulation, from: string, target: string, port: number, payload = 5): Conversation {
  const to = simulation.resolve(target, 'to');
  if (!to.ok) throw new Error(to.message);
  return simulation.send({ from, to: to.to, port, as: 'sctp', payload, repeat: 1, warm: true });
}

/** What went over the wire, in order, by the packets' names. */
function labels({ traces }: Conversation): readonly string[] {
  return traces
    .filter(({ exchange, origin }) => exchange === 'flow' && origin.type !== 'copy')
    .map(({ label }) => label);
}

/** Every SCTP packet on any wire, without tunnels' inside. */
function packets({ captures }: Conversation): readonly { bytes: Uint8Array; ip: Ipv4View }[] {
  return captures.flatMap(({ bytes }) => {
    const ip = new Ipv4View(bytes, 14);
    return ip.version === 4 && ip.protocol === IpProtocol.sctp ? [{ bytes, ip }] : [];
  });
}

describe('SCTP from Pod to Pod', () => {
  it('shakes hands four ways, exchanges data and shuts down', () => {
    const conversation = send(cluster('iptables'), CLIENT, 'pod/default/diameter', 3868);
    expect(conversation.outcomes[0]).toMatchObject({ type: 'answered', text: expect.stringContaining('got=5') });
    expect(labels(conversation)).toEqual([
      'INIT',
      'INIT ACK',
      'COOKIE ECHO',
      'COOKIE ACK',
      'DATA',
      'SACK',
      'DATA',
      'SACK',
      'SHUTDOWN',
      'SHUTDOWN ACK',
      'SHUTDOWN COMPLETE',
    ]);
  });

  it('tells an ABORT from nobody there', () => {
    const conversation = send(cluster('iptables'), CLIENT, 'pod/default/diameter', 3869);
    expect(conversation.outcomes[0]?.type).toBe('refused');
    expect(labels(conversation)).toEqual(['INIT', 'ABORT']);
  });

  it('carries a message that is longer than a packet in several chunks', () => {
    const conversation = send(cluster('iptables'), CLIENT, 'pod/default/diameter', 3868, 20_000);
    expect(conversation.outcomes[0]).toMatchObject({ type: 'answered', text: expect.stringContaining('got=20000') });
  });
});

describe.each(['iptables', 'nftables', 'ipvs'] as const)('an SCTP Service in %s mode', (mode) => {
  it('is translated, with the checksum, at its ClusterIP', () => {
    const conversation = send(cluster(mode), CLIENT, '10.96.0.50', 3868);
    expect(conversation.outcomes[0]?.type).toBe('answered');
    const seen = packets(conversation);
    expect(new Set(seen.map(({ ip }) => ip.destination)).size).toBeGreaterThan(2);
    for (const { bytes, ip } of seen)
      expect(sctpChecksumValid(bytes, ip.payloadOffset, ip.payloadOffset + ip.payloadLength)).toBe(true);
  });

  it('is reached at its node port from outside', () => {
    const simulation = cluster(mode);
    const client = simulation.cluster().outside[0]?.netns ?? '';
    expect(send(simulation, client, 'node/a', 30_868).outcomes[0]?.type).toBe('answered');
  });
});

it('is a connection of IPVS with states of its own', () => {
  const simulation = cluster('ipvs');
  send(simulation, CLIENT, '10.96.0.50', 3868);
  const lines = simulation.print('node/a', 'ipvsadm-connections').map(({ text }) => text);
  expect(lines.find((line) => line.startsWith('SCTP'))).toMatch(/^SCTP 0[01]:\d\d {2}CLOSED /);
});

describe('what conntrack makes of an association', () => {
  it('is over when SHUTDOWN COMPLETE has passed, as conntrack -L lists it', () => {
    const simulation = cluster('iptables');
    send(simulation, CLIENT, '10.96.0.50', 3868);
    const lines = simulation.print('node/a', 'conntrack').map(({ text }) => text);
    const line = lines.find((each) => each.includes('sctp'));
    expect(line).toMatch(/^ipv4 {5}2 sctp {5}132 \d+ CLOSED src=10\.244\.\S+ dst=10\.96\.0\.50 sport=\d+ dport=3868 /);
    expect(line).toContain('[ASSURED]');
  });

  it('passes through the states of the handshake', () => {
    const conversation = send(cluster('iptables'), CLIENT, '10.96.0.50', 3868);
    const states: string[] = [];
    for (const { steps } of conversation.traces.flatMap(({ hops }) => hops)) {
      for (const { netns, updates = [] } of steps) {
        for (const update of updates) {
          if (netns !== 'node/a' || update.table !== 'conntrack') continue;
          const state = update.entry?.sctpState;
          if (state !== undefined && states.at(-1) !== state) states.push(state);
        }
      }
    }
    expect(states).toEqual([
      'CLOSED',
      'COOKIE_WAIT',
      'COOKIE_ECHOED',
      'ESTABLISHED',
      'SHUTDOWN_SENT',
      'SHUTDOWN_ACK_SENT',
      'CLOSED',
    ]);
  });
});
