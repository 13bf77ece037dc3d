import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WITHOUT_KUBE_PROXY } from '../datamodel/cluster/cniBackends.ts';
import type { ProxyMode } from '../datamodel/cluster/command.ts';
import type { Flow, TrafficKind } from '../datamodel/flow/flow.ts';
import { createSimulation } from './createSimulation.ts';
import type { Simulation } from './simulation.ts';
import { type GeneratedCluster, generatedClusterOfAnyBackend } from './testing/generatedCluster.ts';
import { conversationProblems } from './testing/traceProblems.ts';

const kinds: readonly TrafficKind[] = ['ping', 'udp', 'tcp', 'http'];
const modes: readonly ProxyMode[] = ['iptables', 'nftables'];
/** Who serves Services decides with some CNIs how packets between Pods go. */
const beside: readonly ProxyMode[] = ['iptables', 'ebpf'];

describe('the Kubernetes network model, in any cluster', () => {
  it('lets every Pod reach every Pod, which sees the sender at its own address', () => {
    fc.assert(
      fc.property(
        generatedClusterOfAnyBackend,
        fc.nat(),
        fc.nat(),
        fc.boolean(),
        fc.constantFrom(...beside),
        (cluster, a, b, warm, mode) => {
          const simulation = simulate(cluster, mode);
          const [from, to] = pair(cluster, a, b);
          const sender = simulation.cluster().pods.find((pod) => pod.netns === from);
          for (const as of ['ping', 'http'] as const) {
            const conversation = simulation.send({ ...flow(simulation, from, to, as), warm });
            expect(conversationProblems(conversation)).toEqual([]);
            expect(conversation.outcomes.map((outcome) => outcome.type)).toEqual(['answered']);
            if (as === 'http') expect(conversation.outcomes[0]?.text).toContain(`saw=${sender?.address}:`);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('undoes NAT exactly: whatever a Service’s answer went through, it comes from the address that was asked', () => {
    fc.assert(
      fc.property(
        generatedClusterOfAnyBackend,
        fc.nat(),
        fc.constantFrom(...kinds),
        fc.constantFrom(...modes),
        (cluster, a, as, mode) => {
          // AWS's iptables rules see a ClusterIP before nftables' have rewritten it, and take it for the world outside.
          const simulation = simulate(cluster, cluster.cni === 'aws-vpc' ? 'iptables' : mode);
          const [from] = pair(cluster, a, a);
          const conversation = simulation.send(flow(simulation, from, cluster.services[0] ?? '', as));
          expect(conversationProblems(conversation)).toEqual([]);
          if (as === 'tcp' || as === 'http') expect(conversation.outcomes.map((o) => o.type)).toEqual(['answered']);
        },
      ),
      { numRuns: 40 },
    );
  });
});

function simulate(cluster: GeneratedCluster, proxyMode: ProxyMode = 'iptables'): Simulation {
  const created = createSimulation([{ name: 'generated.json', text: cluster.manifest }], {
    cni: cluster.cni,
    underlay: cluster.underlay,
    ...(!WITHOUT_KUBE_PROXY.has(cluster.cni) && { proxyMode }),
  });
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value;
}

function pair(cluster: GeneratedCluster, a: number, b: number): readonly [string, string] {
  return [cluster.pods[a % cluster.pods.length] ?? '', cluster.pods[b % cluster.pods.length] ?? ''];
}

function flow(simulation: Simulation, from: string, to: string, as: TrafficKind): Flow {
  const destination = simulation.resolve(to, 'to');
  if (!destination.ok) throw new Error(destination.message);
  const { to: target, port } = destination;
  return { from, to: target, as, ...(port !== undefined && { port }), payload: 56, repeat: 1, warm: false };
}
