import { describe, expect, it } from 'vitest';
import type { Flow } from '../datamodel/flow/flow.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { ipAddress } from '../wire/address.ts';
import { openSample } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { conversationProblems } from './testing/traceProblems.ts';

const BACKEND = { address: ipAddress('10.244.2.47'), port: 8080 };

describe('the sample', () => {
  it('sends the article’s request: rewritten on worker-01, wrapped, unwrapped on worker-02, answered', () => {
    const conversation = openSample().send(request(openSample()));
    expect(conversationProblems(conversation)).toEqual([]);
    expect(conversation.outcomes[0]?.type).toBe('answered');
    const syn = conversation.traces[0];
    expect(syn?.hops.map((hop) => hop.netns)).toEqual([
      expect.stringMatching(/^pod\/default\/frontend-/),
      'node/worker-01',
      'underlay',
      'node/worker-02',
      expect.stringMatching(/^pod\/default\/backend-/),
    ]);
    const translated = stepsOf(conversation).find((step) => step.type === 'translate');
    expect(translated).toMatchObject({
      netns: 'node/worker-01',
      kind: 'dnat',
      by: 'rule',
      before: { destination: '10.96.42.10', destinationPort: 80 },
      after: { destination: '10.244.2.47', destinationPort: 8080 },
    });
  });

  it('lets two Pods of one node listen on port 80 without a collision', () => {
    const simulation = openSample();
    const onPort80 = simulation.cluster().pods.filter((pod) => pod.ports.some(({ port }) => port === 80));
    const nodes = onPort80.map((pod) => pod.node);
    expect(nodes.some((node, i) => nodes.indexOf(node) !== i)).toBe(true);
    for (const pod of onPort80) {
      const flow = {
        ...request(simulation),
        to: { type: 'address' as const, address: pod.address ?? BACKEND.address },
      };
      expect(simulation.dryRun(flow).outcomes[0]?.text).toContain(`pod=${pod.name} `);
    }
  });

  it('resolves the Service’s name through CoreDNS first', () => {
    const simulation = openSample();
    const conversation = simulation.send({ ...request(simulation), to: { type: 'name', name: 'backend' } });
    expect(conversation.outcomes[0]?.type).toBe('answered');
    const asked = conversation.traces.filter((trace) => trace.exchange === 'dns' && trace.role === 'forward');
    expect(asked.map((trace) => trace.disposition)).toContainEqual(
      expect.objectContaining({ type: 'delivered', netns: expect.stringMatching(/^pod\/kube-system\/coredns-/) }),
    );
  });
});

describe('Simulation', () => {
  it('gives the same conversation for the same commands', () => {
    const [a, b] = [openSample(), openSample()].map((simulation) => {
      simulation.send(request(simulation));
      return simulation.send(request(simulation));
    });
    expect(a).toEqual(b);
  });

  it('keeps what kernels learned from a send, and nothing of a dry run', () => {
    const simulation = openSample();
    const conntrack = (): number => simulation.print('node/worker-01', 'conntrack').length;
    simulation.dryRun(request(simulation));
    expect(conntrack()).toBe(0);
    simulation.send(request(simulation));
    expect(conntrack()).toBeGreaterThan(0);
  });

  it('prints a table as it was at any step', () => {
    const simulation = openSample();
    const conversation = simulation.send(request(simulation));
    const steps = stepsOf(conversation);
    const confirmed = steps.find((step) => step.type === 'session' && step.event === 'confirmed');
    const at = (step: number): string =>
      simulation
        .print('node/worker-01', 'conntrack', { conversation: conversation.id, step })
        .map((line) => line.text)
        .join('\n');
    expect(at((confirmed?.id ?? 0) - 1)).not.toContain('10.96.42.10');
    expect(at(confirmed?.id ?? 0)).toContain('SYN_SENT');
    expect(at(steps.at(-1)?.id ?? 0)).toContain('TIME_WAIT');
  });

  it('refuses a bad manifest as a whole, and says where', () => {
    const simulation = openSample();
    const before = simulation.cluster();
    const text = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 70000\n';
    const applied = simulation.apply({ type: 'load', sources: [{ name: 'bad.yaml', text }] });
    expect(applied).toMatchObject({
      ok: false,
      problems: [
        { source: 'bad.yaml', line: 7, field: 'spec.ports[0].port', message: expect.stringContaining('70000') },
      ],
    });
    expect(simulation.cluster()).toBe(before);
  });

  it('rebuilds the cluster for another backend: no tunnel device, fifty bytes more', () => {
    const simulation = openSample();
    const applied = simulation.apply({ type: 'configure', settings: { cni: 'flannel-host-gw' } });
    if (!applied.ok) throw new Error('refused');
    expect(applied.cluster.podMtu).toBe(1500);
    expect(applied.cluster.nodes.flatMap((node) => node.devices.map((device) => device.kind))).not.toContain('vxlan');
    const conversation = simulation.send(request(simulation));
    expect(conversation.outcomes[0]?.type).toBe('answered');
    expect(stepsOf(conversation).map((step) => step.type)).not.toContain('encapsulate');
  });

  it('answers what was typed with what it stands for, or with what would be right', () => {
    const simulation = openSample();
    expect(simulation.resolve('svc/default/backend', 'to')).toMatchObject({
      ok: true,
      port: 80,
      to: { address: '10.96.42.10' },
    });
    expect(simulation.resolve('node/worker-02:30080', 'to')).toMatchObject({ ok: true, port: 30080 });
    expect(simulation.resolve('8.8.8.8', 'from')).toMatchObject({ ok: true, netns: '8.8.8.8' });
    expect(simulation.resolve('10.96.42.10', 'from')).toMatchObject({ ok: false });
    expect(simulation.resolve('pod/default/nobody', 'to')).toMatchObject({
      ok: false,
      message: expect.stringContaining('nobody'),
    });
    expect(simulation.resolve('svc/default/backend:99999', 'to')).toMatchObject({ ok: false });
    expect(simulation.resolve('__proto__/x', 'to')).toMatchObject({ ok: false });
  });
});

function request(simulation: Simulation): Flow {
  const from = simulation.resolve('deploy/default/frontend', 'from');
  if (!from.ok || from.netns === undefined) throw new Error('the sample has no frontend');
  const to = { type: 'address', address: ipAddress('10.96.42.10') } as const;
  return { from: from.netns, to, as: 'http', port: 80, payload: 0, pick: BACKEND, repeat: 1, warm: true };
}

function stepsOf(conversation: Conversation): readonly Step[] {
  return conversation.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps)).sort((a, b) => a.id - b.id);
}
