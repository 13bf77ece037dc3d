import { describe, expect, it } from 'vitest';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { readCapturedFlows, simulateCapturedFlow } from './capturedFlow.ts';
import recorded from './ipvsRuleTraces.json' with { type: 'json' };
import { isFirstSegment, walksOf } from './walks.ts';

/* What the kernel said of IPVS besides the frames: the connections it kept, and the hooks and rules that SYNs met. */

const flows = readCapturedFlows().filter(({ proxy }) => proxy === 'ipvs');

describe('ipvsadm -Lnc after a flow', () => {
  const listed = flows.flatMap((flow) =>
    Object.entries(flow.ipvs ?? {}).map(([node, lines]) => ({ flow, node, lines })),
  );
  it.each(listed.map((each) => [each.flow.name, each.node, each] as const))('%s on %s', (_, node, { flow, lines }) => {
    const { simulation } = simulateCapturedFlow(flow);
    const ports = new Set(flow.send.map(({ sourcePort }) => `:${sourcePort} `));
    const own = lines.filter((line) => [...ports].some((port) => line.includes(port)));
    const ours = simulation.print(`node/${node}`, 'ipvsadm-connections').slice(2);
    expect(ours.map(({ text }) => timeless(text)).sort()).toEqual(own.map(timeless).sort());
  });

  it('lists flows that left something', () => expect(listed.length).toBeGreaterThan(8));
});

/** Without the time left, which is a machine's own. */
function timeless(line: string): string {
  return line.trimEnd().replace(/\d\d:\d\d/, '');
}

describe('hooks and rules that the first segments of a connection meet', () => {
  const byName = new Map(flows.map((flow) => [flow.name, flow]));
  it.each(recorded.map((each) => [each.flow, each.node, each.walks] as const))('%s on %s', (name, node, walks) => {
    const flow = byName.get(name);
    if (flow === undefined) throw new Error(`No capture of ${name}`);
    const { conversation } = simulateCapturedFlow(flow);
    expect(seenOn(conversation, `node/${node}`)).toEqual(walks);
  });
});

function seenOn(conversation: Conversation, netns: string) {
  const followed = (step: Step): boolean => step.netns === netns && isFirstSegment(step);
  return walksOf(conversation, followed);
}
