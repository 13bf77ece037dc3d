import { describe, expect, it } from 'vitest';
import type { EbpfSettings } from '../datamodel/cluster/command.ts';
import type { TrafficKind } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { conversationProblems } from './testing/traceProblems.ts';

const OUTSIDE = '192.168.1.100';
const BALANCER = '203.0.113.7';
const PORTS = [
  { name: 'u', protocol: 'UDP', port: 9000 },
  { name: 't', port: 80 },
];

function service(name: string, spec: object, nodePort?: number): unknown {
  const ports = PORTS.map((port) =>
    nodePort === undefined ? port : { ...port, nodePort: nodePort + (port.port % 1000) },
  );
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: 'server' }, ports, ...spec },
  };
}

/** Servers on a and b, a client on c. */
const ITEMS: readonly unknown[] = [
  ...['a', 'b', 'c'].map((name, i) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { addresses: [{ type: 'InternalIP', address: `192.168.1.${11 + i}` }] },
  })),
  ...['a', 'b'].map((nodeName) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `server-${nodeName}`, labels: { app: 'server' } },
    spec: {
      nodeName,
      containers: [
        {
          name: 'c',
          image: 'i',
          ports: [
            { containerPort: 9000, protocol: 'UDP' },
            { containerPort: 80, ...(nodeName === 'a' && { hostPort: 8081 }) },
          ],
        },
      ],
    },
  })),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client' },
    spec: { nodeName: 'c', containers: [{ name: 'c', image: 'i' }] },
  },
  service('open', { type: 'NodePort' }, 30000),
  {
    ...(service('near', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }, 30001) as object),
    status: { loadBalancer: { ingress: [{ ip: BALANCER }] } },
  },
  service('nobody', { selector: { app: 'nobody' } }),
  service('sticky', { sessionAffinity: 'ClientIP' }),
];

function cluster(ebpf?: EbpfSettings): Simulation {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: ITEMS });
  const created = createSimulation([{ name: 'services.json', text }], { cni: 'calico-ebpf', ...(ebpf && { ebpf }) });
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join());
  return created.value;
}

function ask(simulation: Simulation, from: string, to: string, as: TrafficKind): Conversation {
  const target = simulation.resolve(to, 'to');
  if (!target.ok) throw new Error(target.message);
  const { port } = target;
  const flow = { from, to: target.to, as, ...(port !== undefined && { port }), payload: 56, repeat: 1, warm: false };
  const conversation = simulation.send(flow);
  expect(conversationProblems(conversation)).toEqual([]);
  return conversation;
}

/** `pod=server-a saw=10.48.0.1:4711 got=56`, or what went wrong. */
function heard(simulation: Simulation, from: string, to: string, as: TrafficKind): string {
  const [outcome] = ask(simulation, from, to, as).outcomes;
  return `${outcome?.type} ${outcome?.text}`;
}

const KINDS = [
  ['udp', 9000],
  ['http', 80],
] as const;

describe.each(KINDS)('%s', (as, port) => {
  const nodePort = 30000 + (port % 1000);

  it('reaches a Service from its own backends, from others, and from nodes', () => {
    const simulation = cluster();
    for (const from of ['pod/default/server-a', 'pod/default/client', 'node/a', 'node/c']) {
      for (let i = 0; i < 4; i++) expect(heard(simulation, from, `svc/default/open:${port}`, as)).toMatch(/^answered/);
    }
  });

  it.each([undefined, { dsr: 'dsr' } as const])(
    'reaches NodePorts from everywhere, with the client’s address (%o)',
    (ebpf) => {
      const simulation = cluster(ebpf);
      for (const from of [OUTSIDE, 'pod/default/client', 'pod/default/server-b', 'node/a', 'node/c']) {
        for (const node of ['a', 'b', 'c']) {
          const text = heard(simulation, from, `node/${node}:${nodePort}`, as);
          expect(text).toMatch(/^answered/);
          if (from === OUTSIDE) expect(text).toContain(`saw=${OUTSIDE}:`);
        }
      }
    },
  );

  it('keeps to near endpoints where the policy is Local, and refuses where there are none', () => {
    const simulation = cluster();
    expect(heard(simulation, OUTSIDE, `node/b:${nodePort + 1}`, as)).toContain('pod=server-b');
    expect(heard(simulation, OUTSIDE, `node/c:${nodePort + 1}`, as)).toBe('refused Connection refused');
    expect(heard(simulation, OUTSIDE, `${BALANCER}:${port}`, as)).toContain(`saw=${OUTSIDE}:`);
    expect(heard(simulation, 'pod/default/client', `${BALANCER}:${port}`, as)).toMatch(/^answered/);
  });

  it('says that nobody is there', () => {
    const simulation = cluster();
    const expected = as === 'udp' ? 'refused Connection refused' : 'unreachable Operation not permitted';
    expect(heard(simulation, 'pod/default/client', `svc/default/nobody:${port}`, as)).toBe(expected);
  });

  it('stays with a backend where affinity asks for it', () => {
    const simulation = cluster();
    const texts = Array.from({ length: 6 }, () =>
      heard(simulation, 'pod/default/client', `svc/default/sticky:${port}`, as),
    );
    expect(new Set(texts.map((text) => /pod=\S+/.exec(text)?.[0])).size).toBe(1);
  });
});

it('masquerades a Pod’s datagrams to itself by the stack, and takes the answer back', () => {
  const simulation = cluster();
  const tries = Array.from({ length: 8 }, () =>
    ask(simulation, 'pod/default/server-a', 'svc/default/open:9000', 'udp'),
  );
  const own = tries.find(({ outcomes }) => outcomes[0]?.text?.includes('pod=server-a'));
  const steps = own?.traces.flatMap(({ hops }) => hops.flatMap((hop) => hop.steps)) ?? [];
  expect(steps.some((step) => step.type === 'translate' && step.kind === 'masquerade')).toBe(true);
});

it('lets hostPorts be portmap’s, whose answers go through the stack that rewrote the question', () => {
  const simulation = cluster();
  for (const from of [OUTSIDE, 'pod/default/client', 'node/b'])
    for (let i = 0; i < 2; i++) expect(heard(simulation, from, 'node/a:8081', 'http')).toContain('pod=server-a');
});
