import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSimulation } from './createSimulation.ts';
import { addressOf, clusterIps, destinations, open, outcome, send, steps } from './testing/ebpfCluster.ts';
import { generatedCluster } from './testing/generatedCluster.ts';

describe('socket load balancing', () => {
  it('lets no packet carry a ClusterIP, and the server sees the Pod', () => {
    const simulation = open();
    const virtual = clusterIps(simulation);
    for (const pod of simulation.cluster().pods.filter(({ hostNetwork }) => !hostNetwork)) {
      const conversation = send(simulation, 'svc/default/everywhere', { from: `pod/${pod.namespace}/${pod.name}` });
      expect(outcome(conversation)).toMatch(new RegExp(`^answered pod=backend-\\S+ saw=${pod.address}:`));
      for (const address of virtual) expect(destinations(conversation)).not.toContain(address);
    }
  });

  it.each(['tcp', 'http', 'udp'] as const)('sees to %s of node processes too', (as) => {
    const simulation = open();
    const to = as === 'udp' ? 'svc/default/echo' : 'svc/default/everywhere';
    const conversation = send(simulation, to, { from: 'node/worker-01', as });
    expect(outcome(conversation)).toMatch(/^answered/);
    for (const address of clusterIps(simulation)) expect(destinations(conversation)).not.toContain(address);
  });

  it('resolves names by the Service of CoreDNS, whose address the program hears from', () => {
    const conversation = send(open(), 'everywhere.default.svc.cluster.local:80');
    expect(outcome(conversation)).toMatch(/^answered/);
    expect(destinations(conversation)).not.toContain('10.96.0.10');
    const heard = steps(conversation).filter((step) => step.type === 'program' && step.attach === 'cgroup/recvmsg4');
    expect(heard[0]).toMatchObject({ socket: { before: '10.244.3.3:53', after: '10.96.0.10:53' } });
  });

  it('says that the peer is the Service, as getpeername() is rewritten back', () => {
    const conversation = send(open(), 'svc/default/everywhere', { as: 'tcp' });
    const [clusterIp] = open()
      .cluster()
      .services.flatMap((service) => (service.name === 'everywhere' ? [service.clusterIp] : []));
    expect(outcome(conversation)).toBe(`answered connected to ${clusterIp}:80`);
  });

  it('reaches NodePorts of any node, and of the own one by loopback, without passing the node named', () => {
    const simulation = open();
    for (const to of ['node/worker-03:30090', 'node/worker-01:30090']) {
      const conversation = send(simulation, to);
      expect(outcome(conversation)).toMatch(/saw=10\.244\.1\.23:/);
      expect(steps(conversation).some(({ type }) => type === 'translate')).toBe(false);
    }
    expect(outcome(send(simulation, '127.0.0.1:30090', { from: 'node/worker-02' }))).toMatch(/^answered/);
    expect(outcome(send(simulation, '127.0.0.1:30090'))).toMatch(/^refused/);
  });

  it('gives Pods all backends of a Service whose external traffic stays local', () => {
    const simulation = open();
    const pick = { address: addressOf(simulation, 'backend-5c8b7d6f49-zt55w'), port: 8080 };
    expect(outcome(send(simulation, 'node/worker-01:30091', { pick }))).toMatch(/pod=backend-5c8b7d6f49-zt55w/);
  });

  it.each(['tcp', 'udp'] as const)(
    'lets %s to a Service without backends fail with EHOSTUNREACH, and makes no packet',
    (as) => {
      const conversation = send(open(), 'svc/default/nobody:80', { as });
      expect(outcome(conversation)).toBe('unreachable No route to host');
      expect(conversation.captures).toEqual([]);
      expect(conversation.traces[0]?.hops[0]?.steps.map(({ type }) => type)).toEqual(['program', 'drop']);
    },
  );

  it('leaves ping alone: the ClusterIP leaks and nobody answers', () => {
    const simulation = open();
    const conversation = send(simulation, 'svc/default/everywhere', { as: 'ping' });
    expect(outcome(conversation)).toMatch(/^(timeout|unreachable)/);
  });

  it('lets no packet carry the ClusterIP in any cluster, whoever sends whatever', () => {
    const sender = fc.oneof(fc.nat().map(String), fc.constant('node/n1'));
    fc.assert(
      fc.property(generatedCluster, sender, fc.constantFrom('tcp', 'http'), (cluster, from, as) => {
        const sources = [{ name: 'generated.json', text: cluster.manifest }];
        const created = createSimulation(sources, { proxyMode: 'ebpf', cni: cluster.cni });
        if (!created.ok) throw new Error('refused');
        const reference = from.startsWith('node/') ? from : (cluster.pods[Number(from) % cluster.pods.length] ?? '');
        const conversation = send(created.value, 'svc/default/generated', { from: reference, as });
        const [virtual] = clusterIps(created.value);
        expect(virtual).toBeDefined();
        expect(destinations(conversation)).not.toContain(virtual);
        expect(outcome(conversation)).toMatch(/^answered/);
      }),
      { numRuns: 40 },
    );
  });

  it('remembers whom a namespace had when the Service is sticky', () => {
    const simulation = open();
    const answers = Array.from(
      { length: 6 },
      () => /pod=\S+/.exec(outcome(send(simulation, 'svc/default/sticky')))?.[0],
    );
    expect(new Set(answers).size).toBe(1);
    const spread = Array.from(
      { length: 12 },
      () => /pod=\S+/.exec(outcome(send(simulation, 'svc/default/everywhere')))?.[0],
    );
    expect(new Set(spread).size).toBeGreaterThan(1);
  });
});

describe('load balancing Pods’ packets one by one', () => {
  const settings = { socketLbHostOnly: true };

  it.each([
    ['svc/default/everywhere', 'http'],
    ['svc/default/echo', 'udp'],
    ['node/worker-01:30090', 'http'],
  ] as const)('rewrites at the veth what leaves for %s, and the answers', (to, as) => {
    const simulation = open(settings);
    const conversation = send(simulation, to, { as });
    expect(outcome(conversation)).toMatch(/^answered .*saw=10\.244\.1\.23:/);
    const translated = steps(conversation).filter((step) => step.type === 'translate');
    expect(new Set(translated.map(({ netns }) => netns))).toEqual(new Set(['node/worker-01']));
    expect(new Set(translated.map((step) => step.type === 'translate' && step.by))).toEqual(new Set(['ebpf']));
  });

  it('gives the answer of a Pod on the same node back, though the bridge alone carries it', () => {
    const pick = { address: '10.244.1.23', port: 80 };
    const conversation = send(open(settings), 'node/worker-01:30080', {
      from: 'pod/default/web-7b4d9f6c85-7d4c9',
      pick,
    });
    expect(outcome(conversation)).toMatch(/^answered pod=frontend-\S+ saw=10\.244\.1\.24:/);
  });

  it('lets a Pod reach itself by its Service', () => {
    const simulation = open(settings);
    const pod = 'backend-5c8b7d6f49-zt55w';
    const pick = { address: addressOf(simulation, pod), port: 8080 };
    const conversation = send(simulation, 'svc/default/everywhere', { from: `pod/default/${pod}`, pick });
    expect(outcome(conversation)).toMatch(new RegExp(`^answered pod=${pod} saw=169\\.254\\.42\\.1:`));
  });

  it('lets NodePorts of other nodes be those nodes’ business', () => {
    const conversation = send(open(settings), 'node/worker-03:30090');
    expect(outcome(conversation)).toMatch(/^answered .*saw=192\.168\.1\.1[13]:/);
    const programs = steps(conversation).filter(({ type }) => type === 'program');
    expect(new Set(programs.map(({ netns }) => netns))).toContain('node/worker-03');
  });

  it('answers for a Service without backends', () => {
    expect(outcome(send(open(settings), 'svc/default/nobody:80'))).toMatch(/^refused/);
  });
});
