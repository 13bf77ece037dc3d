import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';

/* IPVS through the whole cluster: what upstream's rules say of a ClusterIP, connections that come again, and clients that stay. */

const captured = ['cluster.yaml', 'echo.yaml'].map((name) => ({
  name,
  text: readFileSync(new URL(`captured/${name}`, import.meta.url), 'utf8'),
}));

function cluster(change: (text: string) => string = (text) => text): Simulation {
  const sources = captured.map(({ name, text }) => ({ name, text: change(text) }));
  const created = createSimulation(sources, { proxyMode: 'ipvs', seed: 1 });
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value;
}

const FLOW: Flow = {
  from: 'pod/default/p1a',
  to: { type: 'address', address: ipAddress('10.96.42.10') },
  as: 'http',
  port: 80,
  payload: 0,
  repeat: 1,
  warm: true,
};

function stepsOf(conversation: Conversation): readonly Step[] {
  return conversation.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
}

function decisions(conversation: Conversation): readonly string[] {
  return stepsOf(conversation).flatMap((step) => (step.type === 'ipvs' ? [step.event] : []));
}

function answers(conversation: Conversation): readonly string[] {
  return conversation.outcomes.map(({ text }) => /pod=(\S+)/.exec(text)?.[1] ?? text);
}

function run(simulation: Simulation, netns: string, line: string): void {
  const applied = simulation.apply({ type: 'exec', netns, line });
  if (!applied.ok) throw new Error(`${line}: ${applied.output?.errors}`);
}

describe('a ClusterIP', () => {
  it('gives its port to an endpoint', () => {
    const conversation = cluster().send(FLOW);
    expect(conversation.outcomes[0]?.type).toBe('answered');
    expect(decisions(conversation)[0]).toBe('scheduled');
  });

  it.each([
    ['an undefined port', { port: 22 }],
    ['ICMP', { as: 'ping', payload: 56 }],
  ] as const)('refuses %s by KUBE-IPVS-FILTER', (_, rest) => {
    const conversation = cluster().send({ ...FLOW, ...rest });
    expect(decisions(conversation)).toEqual([]);
    const rejected = stepsOf(conversation).filter((step) => step.type === 'rule' && step.outcome.startsWith('REJECT'));
    expect(rejected[0]).toMatchObject({ chain: 'KUBE-IPVS-FILTER' });
  });
});

it('a person’s rule may ask kube-proxy’s sets', () => {
  const simulation = cluster();
  const rule = '-A INPUT -m set --match-set KUBE-CLUSTER-IP dst,dst -m physdev ! --physdev-is-in -j DROP';
  run(simulation, 'node/node1', `iptables ${rule}`);
  expect(simulation.print('node/node1', 'iptables-save').map(({ text }) => text)).toContain(rule);
  expect(simulation.send({ ...FLOW, from: 'node/node1' }).outcomes[0]?.type).toBe('answered');
  run(simulation, 'node/node1', 'iptables -I INPUT -m set ! --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT');
  expect(simulation.send(FLOW).outcomes[0]?.type).not.toBe('answered');
});

describe('connections', () => {
  it('one counter a virtual server: six connections go round twice [IV6]', () => {
    const simulation = cluster();
    const seen = Array.from({ length: 6 }, () => answers(simulation.send(FLOW))[0]);
    expect(seen).toEqual(['p3b', 'p2b', 'p1b', 'p3b', 'p2b', 'p1b']);
  });

  it('the same ends in TIME_WAIT are scheduled anew, and conntrack is not in the way [IV7]', () => {
    const simulation = cluster();
    const first = simulation.send({ ...FLOW, sourcePort: 40001 });
    const second = simulation.send({ ...FLOW, sourcePort: 40001 });
    expect(answers(first)).toEqual(['p3b']);
    expect(answers(second)).toEqual(['p2b']);
    expect(decisions(second)[0]).toBe('scheduled');
    const listed = simulation.print('node/node1', 'ipvsadm-connections').slice(2);
    expect(listed).toHaveLength(1);
  });

  it('with conn_reuse_mode=0 they go where they went', () => {
    const simulation = cluster();
    run(simulation, 'node/node1', 'sysctl -w net.ipv4.vs.conn_reuse_mode=0');
    simulation.send({ ...FLOW, sourcePort: 40001 });
    const second = simulation.send({ ...FLOW, sourcePort: 40001 });
    expect(answers(second)).toEqual(['p3b']);
    expect(decisions(second)[0]).toBe('found');
  });

  it('a datagram’s connection is used again for five minutes', () => {
    const simulation = cluster();
    const udp = { ...FLOW, as: 'udp', port: 9000, payload: 5, sourcePort: 40002 } as const;
    const to = { type: 'address', address: ipAddress('10.96.42.12') } as const;
    const [first, second] = [simulation.send({ ...udp, to }), simulation.send({ ...udp, to })];
    expect(answers(second)).toEqual(answers(first));
    expect(decisions(second)[0]).toBe('found');
  });
});

describe('sessionAffinity', () => {
  const sticky = (text: string): string =>
    text.replaceAll(
      'sessionAffinity: None',
      'sessionAffinity: ClientIP\n    sessionAffinityConfig: {clientIP: {timeoutSeconds: 100}}',
    );

  it('keeps a client at its endpoint, and says so [IV10]', () => {
    const simulation = cluster(sticky);
    const conversations = Array.from({ length: 3 }, () => simulation.send(FLOW));
    expect(conversations.flatMap(answers)).toEqual(['p3b', 'p3b', 'p3b']);
    expect(conversations.map((each) => decisions(each)[0])).toEqual(['scheduled', 'persistent', 'persistent']);
    const template = simulation
      .print('node/node1', 'ipvsadm-connections')
      .find(({ text }) => text.includes('10.244.0.2:0 '));
    expect(template?.text).toMatch(
      /^TCP 01:\d\d {2}ASSURED {5}10\.244\.0\.2:0 +10\.96\.42\.10:80 +10\.244\.2\.3:8080$/,
    );
    expect(simulation.print('node/node1', 'ipvsadm').map(({ text }) => text)).toContain(
      'TCP  10.96.42.10:80 rr persistent 100',
    );
  });

  it('another client is scheduled by itself', () => {
    const simulation = cluster(sticky);
    simulation.send(FLOW);
    expect(answers(simulation.send({ ...FLOW, from: 'pod/default/p1b' }))).toEqual(['p2b']);
  });
});

describe('what answers undo', () => {
  it.each([
    ['a Pod', 'pod/default/p1a', '10.96.42.10', 80],
    ['the node itself', 'node/node1', '10.96.42.10', 80],
    ['a host outside, by the node port', '192.168.1.100', '192.168.1.11', 30080],
  ])('%s hears from the address it asked', (_, from, to, port) => {
    const asked = { type: 'address', address: ipAddress(to) } as const;
    for (const address of ['10.244.0.3', '10.244.1.3', '10.244.2.3']) {
      const pick = { address: ipAddress(address), port: 8080 };
      const conversation = cluster().send({ ...FLOW, from, to: asked, port, pick });
      expect(conversation.outcomes[0]?.type).toBe('answered');
      const undone = stepsOf(conversation).filter((step) => step.type === 'translate' && step.kind === 'undo-dnat');
      expect(undone.length).toBeGreaterThan(0);
      for (const step of undone) expect(step).toMatchObject({ by: 'ipvs', after: { source: to, sourcePort: port } });
    }
  });
});

it('sh in the proxy’s configuration sends a client always to the same', () => {
  const simulation = cluster((text) => text.replace('mode: iptables', 'mode: ipvs\n      ipvs: {scheduler: sh}'));
  const seen = Array.from({ length: 4 }, () => answers(simulation.send(FLOW))[0]);
  expect(new Set(seen).size).toBe(1);
});

it('strictARP: nobody answers for a ClusterIP', () => {
  const client = { ...FLOW, from: '192.168.1.100', as: 'ping', payload: 56, warm: false } as const;
  const answersTo = (strict: boolean): number => {
    const simulation = cluster((text) =>
      strict ? text.replace('mode: iptables', 'mode: ipvs\n      ipvs: {strictARP: true}') : text,
    );
    run(simulation, '192.168.1.100', 'ip route add 10.96.0.0/12 dev eth0');
    return stepsOf(simulation.send(client)).filter((step) => step.type === 'arp' && step.outcome === 'answered').length;
  };
  expect(answersTo(false)).toBeGreaterThanOrEqual(3);
  expect(answersTo(true)).toBe(0);
});
