import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WITHOUT_KUBE_PROXY } from '../datamodel/cluster/cniBackends.ts';
import type { ClusterSettings } from '../datamodel/cluster/command.ts';
import type { Flow, TrafficKind } from '../datamodel/flow/flow.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { type GeneratedCluster, generatedClusterOfAnyBackend } from './testing/generatedCluster.ts';
import { conversationProblems } from './testing/traceProblems.ts';

/** Steps that no flow below should need; a loop would go on to the limit that stops every run. */
const MANY_STEPS = 50_000;

type Sent = Omit<Flow, 'from' | 'to' | 'pick'>;

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const port = fc.oneof(fc.constantFrom(53, 80, 8080, 8472, 10250, 30000), fc.integer({ min: 1, max: 65535 }));

const sent: fc.Arbitrary<Sent> = fc
  .record({
    as: fc.constantFrom<TrafficKind>('ping', 'udp', 'tcp', 'http'),
    port,
    payload: fc.oneof(fc.constantFrom(0, 1, 1400, 1472, 4000, 65507), fc.integer({ min: 0, max: 65507 })),
    repeat: fc.integer({ min: 1, max: 3 }),
    warm: fc.boolean(),
    pathMtuDiscovery: optional(fc.constantFrom('do' as const, 'dont' as const)),
    ttl: optional(fc.constantFrom(1, 2, 3, 255)),
    tos: optional(fc.integer({ min: 0, max: 255 })),
    sourcePort: optional(port),
    bind: optional(fc.constantFrom('127.0.0.1', '172.20.0.10').map(ipAddress)),
  })
  .map(
    (flow) => Object.fromEntries(Object.entries(flow).filter(([, value]) => value !== undefined)) as unknown as Sent,
  );

/** Addresses and names that mean something, mean nothing, or mean mischief. */
const destination = fc.oneof(
  fc.nat().map((n) => ({ pod: n })),
  fc.constantFrom('svc/default/generated', 'node/n1').map((reference) => ({ reference })),
  fc
    .constantFrom(
      ...['0.0.0.0', '10.8.0.10', '10.8.255.1', '127.0.0.1', '127.0.0.53', '169.254.1.1', '203.0.113.9'],
      ...['224.0.0.251', '240.0.0.1', '255.255.255.255', '172.20.0.10', '172.20.0.255', '10.20.0.0'],
    )
    .map((address) => ({ address })),
  fc.constantFrom('generated', 'nobody', 'kubernetes.default', '..', `${'x.'.repeat(130)}y`).map((name) => ({ name })),
);
type Destination = typeof destination extends fc.Arbitrary<infer T> ? T : never;

const source = fc.oneof(
  fc.nat().map((n) => ({ pod: n })),
  fc.constantFrom('node/n1', '198.51.100.7', '8.8.8.8').map((netns) => ({ netns })),
);

const proxy = fc.constantFrom<Partial<ClusterSettings>>(
  {},
  { proxyMode: 'nftables' },
  { proxyMode: 'ebpf' },
  { proxyMode: 'ebpf', ebpf: { dsr: 'dsr', algorithm: 'maglev' } },
  { proxyMode: 'ebpf', ebpf: { socketLbHostOnly: true } },
);

describe('whatever is sent, from anywhere to anywhere', () => {
  it('comes to an end, tells what became of every packet, and gives every try an outcome', () => {
    fc.assert(
      fc.property(
        generatedClusterOfAnyBackend,
        proxy,
        source,
        destination,
        sent,
        (cluster, settings, from, to, flow) => {
          const simulation = simulate(cluster, settings);
          const netns = 'netns' in from ? from.netns : podOf(cluster, from.pod);
          const conversation = simulation.send({ ...flow, from: netns, to: resolve(simulation, cluster, to) });
          expect(conversationProblems(conversation)).toEqual([]);
          expect(conversation.budgetSpent).toBe(false);
          const steps = conversation.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
          expect(steps.length).toBeLessThan(MANY_STEPS);
          if (conversation.outcomes[0]?.type !== 'no-such-name' && !('name' in to)) {
            expect(conversation.outcomes).toHaveLength(flow.repeat);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

function simulate(cluster: GeneratedCluster, settings: Partial<ClusterSettings>): Simulation {
  const sources = [{ name: 'generated.json', text: cluster.manifest }];
  // kube-proxy's modes and Cilium's ways of doing its work are nothing beside it
  const beside = WITHOUT_KUBE_PROXY.has(cluster.cni) ? {} : settings;
  const created = createSimulation(sources, { ...beside, cni: cluster.cni });
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value;
}

function podOf(cluster: GeneratedCluster, n: number): string {
  return cluster.pods[n % cluster.pods.length] ?? '';
}

function resolve(simulation: Simulation, cluster: GeneratedCluster, to: Destination): Flow['to'] {
  if ('address' in to) return { type: 'address', address: ipAddress(to.address) };
  if ('name' in to) return { type: 'name', name: to.name };
  const resolved = simulation.resolve('pod' in to ? podOf(cluster, to.pod) : to.reference, 'to');
  if (!resolved.ok || resolved.to === undefined) throw new Error('Nothing to send to');
  return resolved.to;
}
