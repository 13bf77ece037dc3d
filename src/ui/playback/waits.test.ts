import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../scene/textFit.ts';
import { readCapturedFlows, simulateCapturedFlow } from '../../sim/captured/capturedFlow.ts';
import { placeLabels, waitsOf } from './Waits.tsx';

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('labels of waits', () => {
  it('never touch and never leave the track', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(share, share), { maxLength: 12 }),
        fc.integer({ min: 120, max: 1600 }),
        (pairs, width) => {
          const waits = pairs
            .map(([a, b], step) => ({ step, from: Math.min(a, b), to: Math.max(a, b), label: '1.02 s wait' }))
            .sort((a, b) => a.from - b.from);
          const own = textWidth('1.02 s wait', { family: 'words', size: 11 });
          const lefts = [...placeLabels(waits, width).values()];
          for (const [i, left] of lefts.entries()) {
            expect(left).toBeGreaterThanOrEqual(0);
            expect(left + own).toBeLessThanOrEqual(width + 1e-6);
            if (i > 0) expect(left).toBeGreaterThan(lefts[i - 1]! + own);
          }
          expect(lefts.length).toBeGreaterThanOrEqual(Math.min(1, waits.length));
        },
      ),
    );
  });

  it('say how long was really waited, and for which try', () => {
    const flow = readCapturedFlows().find(({ name }) => name === '07f_vxlan_nodeport_local_no_ep_iptables');
    const { conversation } = simulateCapturedFlow(flow!);
    const waits = waitsOf(conversation);
    expect(waits[0]).toMatchObject({ label: '1.02 s wait', before: 'SYN, 2nd try' });
    expect(waits.map(({ before }) => before).filter((each) => each === 'SYN, 2nd try')).toHaveLength(1);
    for (const { from, to } of waits) expect(from >= 0 && to > from && to <= 1).toBe(true);
  });
});
