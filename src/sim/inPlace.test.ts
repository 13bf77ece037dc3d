import { beforeEach, describe, expect, it } from 'vitest';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { openSample } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';

let simulation: Simulation;
beforeEach(() => {
  simulation = openSample();
});

function lines(node: string, tool: 'ip-route' | 'iptables-save'): readonly string[] {
  return simulation.print(`node/${node}`, tool).map(({ text }) => text.trim());
}

function links(netns: string): readonly string[] {
  return simulation.netns(netns)?.links.map(({ name, mtu }) => `${name} ${mtu}`) ?? [];
}

function pod(name: string) {
  const found = simulation.cluster().pods.find((each) => each.name.startsWith(name));
  if (!found?.address) throw new Error(`There is no ${name}`);
  return { ...found, address: found.address };
}

function ping(from: string, to: string): Conversation {
  const flow = { as: 'ping', payload: 56, repeat: 1, warm: true } as const;
  return simulation.send({ ...flow, from: pod(from).netns, to: { type: 'address', address: pod(to).address } });
}

/** Tunnels that the request and its answer came through. */
function tunnels({ traces }: Conversation): readonly string[] {
  return traces.flatMap(({ role, hops }) =>
    hops.flatMap(({ netns, steps }) =>
      steps.flatMap((step) => (step.type === 'encapsulate' ? [`${role} ${netns} ${step.tunnel}`] : [])),
    ),
  );
}

function scaleFrontend(replicas: number): readonly string[] {
  const before = new Set(simulation.cluster().pods.map(({ name }) => name));
  const operation = { type: 'scale', workload: 'Deployment/frontend', namespace: 'default', replicas } as const;
  const applied = simulation.apply({ type: 'operate', operation });
  if (!applied.ok) throw new Error(applied.problems[0]?.message);
  return applied.cluster.pods.flatMap(({ name }) => (before.has(name) ? [] : [name]));
}

describe('flannel from vxlan to host-gw in place', () => {
  it('replaces the routes and leaves the tunnel, the Pods and their MTU', () => {
    const before = simulation.cluster();
    const applied = simulation.apply({ type: 'configure', settings: { cni: 'flannel-host-gw' }, inPlace: {} });
    expect(applied).toMatchObject({ ok: true });
    expect(applied).not.toHaveProperty('rebuilt');
    const { pods, podMtu, layers } = simulation.cluster();
    expect(podMtu).toBe(1500);
    expect(layers).toEqual({
      former: ['flannel-vxlan'],
      behind: [],
      old: expect.arrayContaining([pod('frontend').netns]),
    });
    expect(pods.map(({ address, devices }) => [address, devices])).toEqual(
      before.pods.map(({ address, devices }) => [address, devices]),
    );
    expect(links('node/worker-01')).toEqual(expect.arrayContaining(['flannel.1 1450', 'cni0 1450']));
    expect(lines('worker-01', 'ip-route').filter((line) => line.startsWith('10.244.2.0/24'))).toEqual([
      '10.244.2.0/24 via 192.168.1.12 dev eth0',
    ]);
    expect(lines('worker-01', 'iptables-save').filter((line) => line.startsWith('-A FLANNEL-FWD'))).toHaveLength(2);
    const { outcomes, ...conversation } = ping('frontend', 'backend-5c8b7d6f49-r');
    expect(outcomes[0]?.type).toBe('answered');
    expect(tunnels({ outcomes, ...conversation })).toEqual([]);
  });

  it('makes later Pods with the new MTU on the old bridge, and numbers no device twice', () => {
    simulation.apply({ type: 'configure', settings: { cni: 'flannel-host-gw' }, inPlace: {} });
    const [added = ''] = scaleFrontend(4);
    expect(links(pod(added).netns)).toContain('eth0 1500');
    const node = simulation.netns(`node/${pod(added).node}`);
    expect(node?.links.find(({ name }) => name === 'cni0')?.mtu).toBe(1450);
    const indices = node?.links.map(({ index }) => index) ?? [];
    expect(new Set(indices).size).toBe(indices.length);
    expect(ping(added, 'backend-5c8b7d6f49-r').outcomes[0]?.type).toBe('answered');
  });

  it('on one node leaves it what it had: a flanneld heeds only leases of its own backend', () => {
    const before = lines('worker-01', 'ip-route');
    const settings = { cni: 'flannel-host-gw' } as const;
    expect(simulation.apply({ type: 'configure', settings, inPlace: { node: 'worker-01' } }).ok).toBe(true);
    expect(simulation.cluster().layers?.behind).not.toContain('worker-01');
    expect(lines('worker-01', 'ip-route')).toEqual(before);
    expect(simulation.apply({ type: 'configure', settings, inPlace: { node: 'worker-02' } }).ok).toBe(true);
    expect(lines('worker-01', 'ip-route')).toContain('10.244.2.0/24 via 192.168.1.12 dev eth0');
    expect(simulation.cluster().layers?.former).toEqual(['flannel-vxlan']);
    expect(simulation.apply({ type: 'configure', settings, inPlace: { node: 'worker-02' } }).ok).toBe(false);
    expect(simulation.apply({ type: 'configure', settings, inPlace: { node: 'nobody' } }).ok).toBe(false);
  });
});

describe('flannel to Calico in place', () => {
  it('keeps old Pods on the bridge, and gives later ones what nobody else has a way to', () => {
    simulation.apply({ type: 'configure', settings: { cni: 'calico-vxlan' }, inPlace: {} });
    const { netns, node } = pod('frontend');
    expect(links(netns)).toContain('eth0 1450');
    expect(links(`node/${node}`)).toEqual(expect.arrayContaining(['cni0 1450', 'flannel.1 1450']));
    const [added = ''] = scaleFrontend(4);
    const made = pod(added);
    expect(made.hostDevice).toMatch(/^cali/);
    expect(lines(made.node ?? '', 'ip-route')).toContainEqual(expect.stringMatching(`${made.address} dev cali`));
    expect(links(`node/${made.node}`)).toContainEqual(expect.stringContaining('vxlan.calico'));
  });

  it('on one node, and made clean: everything is made anew and nothing old is left', () => {
    simulation.apply({ type: 'configure', settings: { cni: 'calico-vxlan' }, inPlace: { node: 'worker-01' } });
    expect(links('node/worker-02')).not.toContainEqual(expect.stringContaining('vxlan.calico'));
    const cleaned = simulation.apply({ type: 'configure', settings: { cni: 'calico-vxlan' } });
    expect(cleaned).toMatchObject({ ok: true, rebuilt: true });
    expect(simulation.cluster().layers).toBeUndefined();
    expect(links('node/worker-01').join()).not.toMatch(/flannel|cni0/);
    expect(ping('frontend', 'backend-5c8b7d6f49-r').outcomes[0]?.type).toBe('answered');
  });
});

it('takes nothing but a CNI', () => {
  expect(simulation.apply({ type: 'configure', settings: { underlay: 'two-subnets' }, inPlace: {} }).ok).toBe(false);
  expect(simulation.apply({ type: 'configure', settings: { cni: 'flannel-vxlan' }, inPlace: {} }).ok).toBe(false);
});

it('between Calico’s pools leaves nothing of the former tunnel: Felix sees to its own', () => {
  simulation.apply({ type: 'configure', settings: { cni: 'calico-vxlan' } });
  expect(simulation.apply({ type: 'configure', settings: { cni: 'calico-bgp' }, inPlace: {} }).ok).toBe(true);
  expect(links('node/worker-01')).not.toContainEqual(expect.stringContaining('vxlan.calico'));
  expect(links(pod('frontend').netns)).toContain('eth0 1450');
  const ids = simulation.netns('node/worker-01')?.routes.map(({ id }) => id) ?? [];
  expect(new Set(ids).size).toBe(ids.length);
  expect(ping('frontend', 'backend-5c8b7d6f49-r').outcomes[0]?.type).toBe('answered');
});

describe('half a migration breaks by itself', () => {
  let added: string;
  beforeEach(() => {
    simulation.apply({ type: 'configure', settings: { cni: 'calico-vxlan' }, inPlace: { node: 'worker-01' } });
    added = scaleFrontend(6).find((name) => pod(name).node === 'worker-01') ?? '';
    expect(pod(added).hostDevice).toMatch(/^cali/);
    expect(pod('backend-5c8b7d6f49-r').node).toBe('worker-02');
  });

  it('a new Pod is masqueraded by rules that flannel has left', () => {
    const { outcomes, traces } = ping(added, 'backend-5c8b7d6f49-r');
    expect(outcomes[0]?.type).toBe('answered');
    const rewritten = traces.flatMap(({ role, hops }) =>
      role === 'forward' ? hops.flatMap(({ steps }) => steps.filter(({ type }) => type === 'translate')) : [],
    );
    expect(rewritten).toContainEqual(expect.objectContaining({ kind: 'masquerade', netns: 'node/worker-01' }));
  });

  it('nobody told the other nodes the way to it', () => {
    expect(ping('backend-5c8b7d6f49-r', added).outcomes[0]?.type).not.toBe('answered');
  });

  it('Pods that were there go on as if nothing had happened', () => {
    expect(ping('frontend', 'backend-5c8b7d6f49-r').outcomes[0]?.type).toBe('answered');
  });
});
