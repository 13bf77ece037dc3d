import { describe, expect, it } from 'vitest';
import { actualTaps, expectedTaps, givenNumbers, readClusterFlows, simulateCapturedFlow } from './capturedFlow.ts';
import { compareCaptures } from './compare.ts';

const flows = readClusterFlows();

describe('flows as a real kernel carried them, frame for frame at every interface', () => {
  it('has flows to compare', () => expect(flows.length).toBeGreaterThan(25));

  it.each(flows.map((flow) => [flow.name, flow] as const))('%s', (_, flow) => {
    const { conversations, cluster } = simulateCapturedFlow(flow);
    const differences = compareCaptures(
      expectedTaps(flow),
      actualTaps(conversations, cluster, flow.untapped),
      givenNumbers(flow),
    );
    expect(differences.slice(0, 4)).toEqual([]);
  });
});
