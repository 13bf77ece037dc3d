import { describe, expect, it } from 'vitest';
import type { Operation } from '../datamodel/cluster/operation.ts';
import { openSample } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { sampleRequest, stepsInOrder } from './testing/sampleRequest.ts';

const BACKEND = { namespace: 'default', workload: 'Deployment/backend' } as const;

describe('operating a running cluster', () => {
  it('scales up: the new Pods are bound, get the next addresses and become endpoints; the others keep all they have', () => {
    const simulation = openSample();
    const before = backends(simulation);
    operate(simulation, { type: 'scale', ...BACKEND, replicas: before.length + 2 });
    const after = backends(simulation);
    expect(after.slice(0, before.length)).toEqual(before);
    const made = after.slice(before.length);
    expect(made).toHaveLength(2);
    const all = simulation.cluster().pods.map((pod) => pod.address);
    expect(new Set(all).size).toBe(all.length);
    for (const pod of made) {
      expect(pod).toMatchObject({ phase: 'Running', ready: true, owner: 'Deployment/backend' });
      expect(rules(simulation)).toContain(`--to-destination ${pod.address}:8080`);
    }
    expect(endpoints(simulation)).toHaveLength(after.length);
  });

  it('scales down to nothing: the Service refuses, and back: it answers', () => {
    const simulation = openSample();
    operate(simulation, { type: 'scale', ...BACKEND, replicas: 0 });
    expect(backends(simulation)).toEqual([]);
    expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('refused');
    operate(simulation, { type: 'scale', ...BACKEND, replicas: 1 });
    expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('answered');
  });

  it('takes a Pod that is not ready out of the rules, and puts it back', () => {
    const simulation = openSample();
    const [pod] = backends(simulation);
    const { namespace = '', name = '' } = pod ?? {};
    operate(simulation, { type: 'setReady', namespace, name, ready: false });
    expect(rules(simulation)).not.toContain(`--to-destination ${pod?.address}:8080`);
    operate(simulation, { type: 'setReady', namespace, name, ready: true });
    expect(rules(simulation)).toContain(`--to-destination ${pod?.address}:8080`);
  });

  it('replaces a deleted Pod under another name and address', () => {
    const simulation = openSample();
    const before = backends(simulation);
    const [pod] = before;
    operate(simulation, { type: 'deletePod', namespace: 'default', name: pod?.name ?? '' });
    const after = backends(simulation);
    expect(after).toHaveLength(before.length);
    expect(after.map((each) => each.name)).not.toContain(pod?.name);
    expect(after.map((each) => each.address)).not.toContain(pod?.address);
    operate(simulation, { type: 'deletePod', namespace: 'default', name: after.at(-1)?.name ?? '' });
    expect(backends(simulation).map((each) => each.name)).not.toContain(after.at(-1)?.name);
  });

  it('keeps what runs over TCP alive while its Pod terminates, and sends new connections elsewhere', () => {
    const simulation = openSample();
    const pod = backends(simulation).find((each) => each.address === '10.244.2.47');
    const conversation = simulation.send(sampleRequest(simulation, { as: 'http', payload: 4000 }));
    const steps = stepsInOrder(conversation);
    const established = steps.find((step) => step.type === 'session' && step.state === 'ESTABLISHED');
    const at = { conversation: conversation.id, step: established?.id ?? 0 };
    const applied = simulation.apply({
      type: 'operate',
      operation: { type: 'terminatePod', namespace: 'default', name: pod?.name ?? '' },
      at,
    });
    if (!applied.ok) throw new Error('refused');
    expect(applied.conversation?.outcomes[0]).toMatchObject({
      type: 'answered',
      text: expect.stringContaining(pod?.name ?? ''),
    });
    const next = simulation.send(sampleRequest(simulation));
    expect(next.outcomes[0]?.type).toBe('answered');
    expect(next.outcomes[0]?.text).not.toContain(pod?.name ?? '');
  });

  it('lets the rules of a stopped kube-proxy go stale, until it starts again', () => {
    const simulation = openSample();
    const before = rules(simulation);
    operate(simulation, { type: 'stopProxy', node: 'worker-01' });
    operate(simulation, { type: 'scale', ...BACKEND, replicas: 0 });
    expect(rules(simulation)).toBe(before);
    expect(rules(simulation, 'node/worker-02')).toContain('default/backend:http has no endpoints');
    expect(simulation.cluster().nodes.map((node) => [node.name, node.proxyRunning])).toContainEqual([
      'worker-01',
      false,
    ]);
    expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('timeout');
    operate(simulation, { type: 'startProxy', node: 'worker-01' });
    expect(rules(simulation)).toContain('has no endpoints');
    expect(simulation.send(sampleRequest(simulation)).outcomes[0]?.type).toBe('refused');
  });

  it('deletes UDP connections to endpoints that serve no more, as kube-proxy does, and leaves TCP', () => {
    const simulation = openSample();
    const { from } = sampleRequest(simulation);
    simulation.send({
      from,
      to: { type: 'name', name: 'backend' },
      port: 80,
      as: 'http',
      payload: 0,
      repeat: 1,
      warm: true,
    });
    const conntrack = (): string =>
      simulation
        .print('node/worker-01', 'conntrack')
        .map((line) => line.text)
        .join('\n');
    expect(conntrack()).toMatch(/udp .*dst=10\.96\.0\.10/);
    const dns = simulation.cluster().pods.filter((pod) => pod.name.startsWith('coredns'));
    for (const pod of dns) operate(simulation, { type: 'deletePod', namespace: pod.namespace, name: pod.name });
    expect(conntrack()).not.toMatch(/udp .*dst=10\.96\.0\.10/);
    expect(conntrack()).toMatch(/ tcp /);
  });

  it('refuses what there is not, and changes nothing', () => {
    const simulation = openSample();
    const view = simulation.cluster();
    for (const operation of [
      { type: 'scale', namespace: 'default', workload: 'Deployment/nobody', replicas: 1 },
      { type: 'scale', ...BACKEND, replicas: -1 },
      { type: 'deletePod', namespace: 'default', name: 'nobody' },
      { type: 'stopProxy', node: 'nobody' },
    ] as const) {
      expect(simulation.apply({ type: 'operate', operation })).toMatchObject({ ok: false });
    }
    expect(simulation.cluster()).toBe(view);
  });
});

function operate(simulation: Simulation, operation: Operation): void {
  const applied = simulation.apply({ type: 'operate', operation });
  if (!applied.ok) throw new Error(applied.problems[0]?.message);
}

function backends(simulation: Simulation) {
  return simulation
    .cluster()
    .pods.filter((pod) => pod.owner === 'Deployment/backend' && !pod.terminating)
    .map(({ namespace, name, address, node, phase, ready, owner }) => ({
      namespace,
      name,
      address,
      node,
      phase,
      ready,
      owner,
    }));
}

function endpoints(simulation: Simulation) {
  return simulation.cluster().services.find((service) => service.name === 'backend')?.endpoints;
}

function rules(simulation: Simulation, netns = 'node/worker-01'): string {
  return simulation
    .print(netns, 'iptables-save')
    .map((line) => line.text)
    .filter((text) => !text.startsWith('#'))
    .join('\n');
}
