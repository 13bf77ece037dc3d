import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow, TrafficKind } from '../datamodel/flow/flow.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { pathProblems } from './testing/allowedPath.ts';
import { type GeneratedCluster, generatedCluster } from './testing/generatedCluster.ts';
import { generatedEdit } from './testing/generatedEdit.ts';
import { conversationProblems } from './testing/traceProblems.ts';

const place = fc.oneof(
  fc.nat().map((n) => ({ pod: n })),
  fc.nat().map((n) => ({ node: n })),
);
type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;

const sent = fc.record({
  as: fc.constantFrom<TrafficKind>('ping', 'udp', 'http'),
  payload: fc.constantFrom(0, 5, 1372, 1394, 1422, 1423, 1472, 1473, 3000, 9000),
  repeat: fc.integer({ min: 1, max: 2 }),
  warm: fc.boolean(),
  pathMtuDiscovery: fc.option(fc.constantFrom('do' as const, 'dont' as const), { nil: undefined }),
  ttl: fc.option(fc.constantFrom(1, 2, 3), { nil: undefined }),
});

const destination = fc.oneof(
  place,
  fc.constantFrom('10.8.0.9', '203.0.113.9', '172.20.0.250').map((address) => ({ address })),
  fc.constant({ service: true }),
);
type Destination = typeof destination extends fc.Arbitrary<infer T> ? T : never;

describe('a cluster that somebody has broken by hand', () => {
  it('brings no packet where its tables do not, and tells what became of every one', () => {
    let delivered = 0;
    fc.assert(
      fc.property(
        generatedCluster,
        fc.constantFrom<number | 'auto'>('auto', 'auto', 1280, 1400, 1500, 9000),
        fc.array(fc.tuple(place, generatedEdit), { maxLength: 4 }),
        fc.array(fc.tuple(place, destination, sent), { minLength: 1, maxLength: 2 }),
        (cluster, podMtu, edits, flows) => {
          const simulation = simulate(cluster, podMtu);
          for (const [where, edit] of edits) {
            const netns = netnsOf(cluster, where);
            const tables = simulation.netns(netns);
            const line = tables && edit(tables);
            // Whatever the command says to it: a refusal changes nothing.
            if (line !== undefined) simulation.apply({ type: 'exec', netns, line });
          }
          for (const [from, to, { pathMtuDiscovery, ttl, ...rest }] of flows) {
            const flow: Flow = {
              ...rest,
              ...(pathMtuDiscovery && { pathMtuDiscovery }),
              ...(ttl !== undefined && { ttl }),
              from: netnsOf(cluster, from),
              ...resolve(simulation, cluster, to),
            };
            const conversation = simulation.send(flow);
            expect(conversationProblems(conversation)).toEqual([]);
            expect(pathProblems(conversation, (id) => simulation.netns(id))).toEqual([]);
            expect(conversation.budgetSpent).toBe(false);
            expect(conversation.outcomes).toHaveLength(flow.repeat);
            delivered += conversation.traces.filter((trace) => trace.disposition.type === 'delivered').length;
          }
        },
      ),
      { numRuns: 120, seed: 3 },
    );
    expect(delivered).toBeGreaterThan(500);
  });
});

function simulate(cluster: GeneratedCluster, podMtu: number | 'auto'): Simulation {
  const sources = [{ name: 'generated.json', text: cluster.manifest }];
  const created = createSimulation(sources, { cni: cluster.cni, podMtu });
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value;
}

function netnsOf(cluster: GeneratedCluster, where: Place): string {
  if ('node' in where) return `node/n${(where.node % cluster.nodes) + 1}`;
  return cluster.pods[where.pod % cluster.pods.length] ?? '';
}

function resolve(simulation: Simulation, cluster: GeneratedCluster, to: Destination): Pick<Flow, 'to' | 'port'> {
  if ('address' in to) return { to: { type: 'address', address: ipAddress(to.address) }, port: 80 };
  const reference = 'service' in to ? (cluster.services[0] ?? '') : netnsOf(cluster, to);
  const resolved = simulation.resolve(reference, 'to');
  if (!resolved.ok || resolved.to === undefined) throw new Error(`Nothing to send to: ${reference}`);
  return { to: resolved.to, port: resolved.port ?? 80 };
}
