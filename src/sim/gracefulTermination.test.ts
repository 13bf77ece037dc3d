import { describe, expect, it } from 'vitest';
import type { Moment } from '../datamodel/cluster/command.ts';
import type { Operation } from '../datamodel/cluster/operation.ts';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { sampleSources } from '../manifests/sample.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { sampleRequest, stepsInOrder } from './testing/sampleRequest.ts';

/* Endpoints that go while IPVS has connections to them: drained, then deleted by the minute (pkg/proxy/ipvs). */

const NODE = 'node/worker-01';
const VIRTUAL = '10.96.42.10:80';
const UPLOAD = { as: 'http', payload: 4000 } as const;

describe('a Pod that terminates in the midst of a request', () => {
  it('keeps the connection at weight 0, answers it, and is chosen by nobody else', () => {
    const { simulation, conversation, pod } = uploading();
    const at = established(conversation);
    const goesOn = operate(simulation, { type: 'terminatePod', ...pod }, at);
    expect(goesOn?.outcomes[0]).toMatchObject({ type: 'answered', text: expect.stringContaining(pod.name) });
    const later = { conversation: goesOn?.id ?? -1, step: at.step + 1 };
    expect(realServers(simulation, later)).toContainEqual([pod.end, 0, 1, 0]);
    expect(realServers(simulation)).toContainEqual([pod.end, 0, 0, 1]);
    for (let i = 0; i < 4; i++) {
      const next = simulation.send(sampleRequest(simulation));
      expect(next.outcomes[0]).toMatchObject({ type: 'answered', text: expect.not.stringContaining(pod.name) });
    }
  });

  it('is gone at the first look after its last connection has timed out', () => {
    const { simulation, conversation, pod } = uploading();
    const replicas = realServers(simulation).length;
    operate(simulation, { type: 'terminatePod', ...pod }, established(conversation));
    // the Deployment has made another
    expect(realServers(simulation)).toHaveLength(replicas + 1);
    // its TIME_WAIT lasts two minutes
    const passed = passTime(simulation, 60);
    expect(passed).toBeLessThan(120);
    expect(realServers(simulation)).toContainEqual([pod.end, 0, 0, 1]);
    passTime(simulation, 240 - passed);
    expect(realServers(simulation)).toHaveLength(replicas);
    expect(ends(simulation)).not.toContain(pod.end);
  });

  it('is deleted at once on nodes that have no connections to it', () => {
    const { simulation, conversation, pod } = uploading();
    operate(simulation, { type: 'terminatePod', ...pod }, established(conversation));
    expect(ends(simulation, 'node/worker-02')).not.toContain(pod.end);
  });

  it('comes back with its full weight when it is ready again', () => {
    const { simulation, conversation, pod } = uploading();
    const at = established(conversation);
    const goesOn = operate(simulation, { type: 'setReady', ...pod, ready: false }, at);
    expect(realServers(simulation)).toContainEqual([pod.end, 0, 0, 1]);
    expect(goesOn?.outcomes[0]?.type).toBe('answered');
    operate(simulation, { type: 'setReady', ...pod, ready: true });
    expect(realServers(simulation)).toContainEqual([pod.end, 1, 0, 1]);
  });
});

it('a Pod that is scaled away is drained for the requests that it had', () => {
  const { simulation, pod } = uploading();
  operate(simulation, { type: 'scale', namespace: 'default', workload: 'Deployment/backend', replicas: 0 });
  expect(realServers(simulation)).toEqual([[pod.end, 0, 0, 1]]);
  expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('refused');
});

it('a stopped kube-proxy drains nothing, and looks after nothing, until it is started', () => {
  const { simulation, pod } = uploading();
  operate(simulation, { type: 'stopProxy', node: 'worker-01' });
  operate(simulation, { type: 'terminatePod', ...pod });
  expect(realServers(simulation)).toContainEqual([pod.end, 1, 0, 1]);
  operate(simulation, { type: 'startProxy', node: 'worker-01' });
  expect(realServers(simulation)).toContainEqual([pod.end, 0, 0, 1]);
  operate(simulation, { type: 'stopProxy', node: 'worker-01' });
  passTime(simulation, 240);
  expect(realServers(simulation)).toContainEqual([pod.end, 0, 0, 0]);
});

it('forgets the drained with the mode', () => {
  const { simulation, pod } = uploading();
  operate(simulation, { type: 'terminatePod', ...pod });
  expect(ends(simulation)).toContain(pod.end);
  simulation.apply({ type: 'configure', settings: { proxyMode: 'iptables' } });
  expect(ends(simulation)).toEqual([]);
  simulation.apply({ type: 'configure', settings: { proxyMode: 'ipvs' } });
  expect(ends(simulation)).not.toContain(pod.end);
});

describe('datagrams', () => {
  const ECHO = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo}
spec:
  replicas: 2
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      containers: [{name: echo, image: echo, ports: [{containerPort: 9000, protocol: UDP}]}]
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {selector: {app: echo}, clusterIP: 10.96.42.77, ports: [{protocol: UDP, port: 9000}]}
`;

  it('lose their real server and their connection at once, conntrack’s with it', () => {
    const simulation = opened(ECHO);
    const flow = sampleRequest(simulation, {
      to: { type: 'address', address: ipAddress('10.96.42.77') },
      port: 9000,
      as: 'udp',
      sourcePort: 40_000,
    });
    const [first] = simulation.send(flow).outcomes;
    const name = simulation.cluster().pods.find((pod) => first?.text?.includes(pod.name))?.name ?? '';
    expect(connections(simulation)).toHaveLength(1);
    operate(simulation, { type: 'terminatePod', namespace: 'default', name });
    expect(realServers(simulation, undefined, '10.96.42.77:9000')).toHaveLength(2);
    expect(connections(simulation)).toHaveLength(0);
    expect(simulation.print(NODE, 'conntrack').filter(({ text }) => text.includes('dport=9000'))).toEqual([]);
    const [second] = simulation.send(flow).outcomes;
    expect(second).toMatchObject({ type: 'answered', text: expect.not.stringContaining(name) });
  });

  it('stay where expire_nodest_conn is off, and are dropped', () => {
    const simulation = opened(ECHO);
    simulation.apply({ type: 'exec', netns: NODE, line: 'sysctl -w net.ipv4.vs.expire_nodest_conn=0' });
    const flow = sampleRequest(simulation, {
      to: { type: 'address', address: ipAddress('10.96.42.77') },
      port: 9000,
      as: 'udp',
      sourcePort: 40_000,
    });
    const [first] = simulation.send(flow).outcomes;
    const name = simulation.cluster().pods.find((pod) => first?.text?.includes(pod.name))?.name ?? '';
    operate(simulation, { type: 'terminatePod', namespace: 'default', name });
    expect(connections(simulation)).toHaveLength(1);
    expect(simulation.send(flow).outcomes[0]?.type).toBe('timeout');
  });
});

describe('persistence', () => {
  const STICKY = `
apiVersion: v1
kind: Service
metadata: {name: sticky}
spec: {sessionAffinity: ClientIP, clusterIP: 10.96.7.7, selector: {app: backend}, ports: [{port: 80, targetPort: 8080}]}
`;

  it('does not lead new connections to what is drained, and remembers another from then on', () => {
    const simulation = opened(STICKY);
    const flow = sampleRequest(simulation, { to: { type: 'address', address: ipAddress('10.96.7.7') }, ...UPLOAD });
    const conversation = simulation.send(flow);
    const pod = answering(simulation, conversation);
    const goesOn = operate(simulation, { type: 'terminatePod', ...pod }, established(conversation));
    expect(goesOn?.outcomes[0]).toMatchObject({ type: 'answered', text: expect.stringContaining(pod.name) });
    const names = [1, 2, 3].map(() => answering(simulation, simulation.send(flow)).name);
    expect(new Set(names).size).toBe(1);
    expect(names).not.toContain(pod.name);
    expect(realServers(simulation, undefined, '10.96.7.7:80')).toContainEqual([pod.end, 0, 0, 1]);
  });
});

function opened(more = '', proxy = {}): Simulation {
  const created = createSimulation([...sampleSources(), { name: 'more.yaml', text: more }], {
    proxyMode: 'ipvs',
    ...proxy,
  });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  return created.value;
}

interface BusyPod {
  readonly namespace: string;
  readonly name: string;
  readonly end: string;
}

function uploading(): { readonly simulation: Simulation; readonly conversation: Conversation; readonly pod: BusyPod } {
  const simulation = opened();
  const flow: Flow = sampleRequest(simulation, {
    to: { type: 'address', address: ipAddress('10.96.42.10') },
    ...UPLOAD,
  });
  const conversation = simulation.send(flow);
  return { simulation, conversation, pod: answering(simulation, conversation) };
}

function answering(simulation: Simulation, { outcomes }: Conversation): BusyPod {
  const pod = simulation.cluster().pods.find(({ name }) => outcomes[0]?.text?.includes(name));
  if (pod === undefined) throw new Error(`nobody has answered: ${JSON.stringify(outcomes)}`);
  return { namespace: pod.namespace, name: pod.name, end: `${pod.address}:8080` };
}

function established(conversation: Conversation): Moment {
  const step = stepsInOrder(conversation).find((each) => each.type === 'session' && each.state === 'ESTABLISHED');
  return { conversation: conversation.id, step: step?.id ?? 0 };
}

function operate(simulation: Simulation, operation: Operation, at?: Moment): Conversation | undefined {
  const applied = simulation.apply({ type: 'operate', operation, ...(at && { at }) });
  if (!applied.ok) throw new Error(applied.problems[0]?.message);
  return applied.conversation;
}

/** The real servers of a virtual server with weight, ActiveConn and InActConn. */
function realServers(simulation: Simulation, at?: Moment, virtual = VIRTUAL) {
  const lines = simulation.print(NODE, 'ipvsadm', at).map(({ text }) => text);
  const start = lines.findIndex((line) => line.includes(` ${virtual} `));
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith('  ->'));
  return (end < 0 ? rest : rest.slice(0, end)).map((line) => {
    const [, address, , ...numbers] = line.trim().split(/\s+/);
    return [address, ...numbers.map(Number)];
  });
}

function ends(simulation: Simulation, netns = NODE): readonly string[] {
  return (
    simulation
      .netns(netns)
      ?.virtualServers?.flatMap(({ realServers: all }) => all.map(({ address, port }) => `${address}:${port}`)) ?? []
  );
}

function connections(simulation: Simulation): readonly string[] {
  return simulation.print(NODE, 'ipvsadm-connections').flatMap(({ text }) => (text.includes(':9000') ? [text] : []));
}

/** Lets virtual time go by with requests to nobody. @returns seconds. */
function passTime(simulation: Simulation, seconds: number): number {
  let passed = 0;
  while (passed < seconds) {
    const { start, end } = simulation.send(
      sampleRequest(simulation, {
        to: { type: 'address', address: ipAddress('10.244.3.200') },
        as: 'http',
        warm: false,
      }),
    );
    passed += (end - start) / 1e9 + 1;
  }
  return passed;
}
