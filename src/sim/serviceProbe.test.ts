import { describe, expect, it } from 'vitest';
import type { ProxyMode } from '../datamodel/cluster/command.ts';
import { ipAddress } from '../wire/address.ts';
import { createSimulation } from './createSimulation.ts';
import { prepareStored } from './prepareCluster.ts';
import { probeService } from './serviceProbe.ts';
import type { Simulation } from './simulation.ts';
import { manifestsOf, type UpstreamCase, type UpstreamFlow, upstreamCases } from './testing/upstreamFlows.ts';

const cases = upstreamCases();
const MODES: readonly ProxyMode[] = ['iptables', 'nftables'];

function simulationOf(upstream: UpstreamCase, mode: ProxyMode): Simulation {
  const created = createSimulation(manifestsOf(upstream, mode), {}, prepareStored);
  if (!created.ok) throw new Error(created.error.map(({ message }) => message).join('\n'));
  return created.value;
}

function answerTo(simulation: Simulation, node: string, flow: UpstreamFlow) {
  const answer = probeService(simulation, {
    node,
    from: ipAddress(flow.sourceIP),
    to: { address: ipAddress(flow.destIP), port: flow.destPort },
    protocol: flow.protocol.toLowerCase() as 'tcp' | 'udp' | 'sctp',
  });
  if (!answer.ok) throw new Error(answer.error);
  return answer.value;
}

describe.each(MODES)('%s, as upstream expects', (mode) => {
  describe.each(cases.filter(({ modes }) => modes.includes(mode)))('$test', (upstream) => {
    it.each(upstream.flows)('$name', (flow) => {
      const { verdict, endpoints, masquerade, matched } = answerTo(
        simulationOf(upstream, mode),
        upstream.nodeName,
        flow,
      );
      const { expected } = flow;
      expect(verdict).toBe(expected.verdict);
      expect(endpoints.map(({ address }) => address).sort()).toEqual([...expected.endpoints].sort());
      expect(masquerade).toBe(expected.masquerade);
      if (expected.matched !== undefined) expect(matched).toBe(expected.matched);
      const sum = endpoints.reduce((total, { probability }) => total + probability, 0);
      if (endpoints.length > 0) expect(sum).toBeCloseTo(1, 7);
    });
  });
});
