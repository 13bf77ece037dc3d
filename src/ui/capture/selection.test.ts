import { describe, expect, it } from 'vitest';
import { chosenFrames } from '../../print/conversationPcapng.ts';
import { buildTimeline } from '../../scene/timeline.ts';
import { readCapturedFlows, simulateCapturedFlow } from '../../sim/captured/capturedFlow.ts';
import { type Choice, fileName, readChoice } from './selection.ts';

const flow = readCapturedFlows().find(({ name }) => name === '09_mtu_all_icmp_df');
if (!flow) throw new Error('there is no such flow');
const { conversation } = simulateCapturedFlow(flow);
const timeline = buildTimeline(conversation);
const most = timeline.segments.length;
const WHOLE: Choice = { range: 'whole', first: '1', last: '1', interface: '' };

function framesOf(choice: Choice): number | string {
  const read = readChoice(choice, timeline);
  return read.ok ? chosenFrames(conversation, read.selection).length : read.problem;
}

describe('what is chosen of a capture', () => {
  it('is everything, or what was seen from one step of the time line to another', () => {
    expect(framesOf(WHOLE)).toBe(conversation.captures.length);
    expect(framesOf({ ...WHOLE, range: 'steps', last: String(most) })).toBe(conversation.captures.length);
    const part = framesOf({ ...WHOLE, range: 'steps', first: ' 1 ', last: '5' });
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(conversation.captures.length);
  });

  it('is refused with what would be right', () => {
    const steps = (first: string, last: string) => framesOf({ ...WHOLE, range: 'steps', first, last });
    for (const bad of ['', '0', '-1', '1.5', 'x', String(most + 1)]) {
      expect(steps(bad, '2')).toBe(`Expected steps from 1 to ${most}`);
      expect(steps('1', bad)).toBe(`Expected steps from 1 to ${most}`);
    }
    expect(steps('3', '2')).toBe('The first step comes after the last');
  });

  it('is called by who sent what to whom, in letters that every file system takes', () => {
    expect(fileName(conversation)).toBe('hopscope-p1a-to-10.244.1.3-ping.pcapng');
    const hostile = {
      ...conversation,
      flow: { ...conversation.flow, to: { type: 'name', name: '../../x <b>' } as const },
    };
    expect(fileName(hostile)).toBe('hopscope-p1a-to-.._.._x_b_-ping.pcapng');
  });
});
