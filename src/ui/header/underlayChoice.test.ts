import { describe, expect, it } from 'vitest';
import type { UnderlayName, UnderlayOptions } from '../../datamodel/cluster/underlay.ts';
import { UNDERLAYS } from '../../datamodel/cluster/underlay.ts';
import { sampleSources } from '../../manifests/sample.ts';
import { createSimulation } from '../../sim/createSimulation.ts';
import { isSameOptions, optionsOf, type UnderlayChoice } from './underlayChoice.ts';

const USUAL: UnderlayChoice = { nic: 'auto', bytes: '', passes: ['tcp', 'icmp', 'udp/53'], checks: true };

function chosen(underlay: UnderlayName, choice: Partial<UnderlayChoice>, underlayOptions?: UnderlayOptions) {
  const created = createSimulation(sampleSources(), { underlay, ...(underlayOptions && { underlayOptions }) });
  if (!created.ok) throw new Error(created.error[0]?.message);
  return optionsOf(created.value.cluster(), { ...USUAL, ...choice });
}

describe('options of the underlay', () => {
  it.each(UNDERLAYS)('are none where everything is as usual: %s', (name) => {
    expect(chosen(name, {})).toEqual({ ok: true, value: {} });
  });

  it('say what differs, of the underlay in force alone', () => {
    expect(chosen('cloud-vpc', { nic: 1500, checks: false })).toEqual({
      ok: true,
      value: { mtu: 1500, sourceDestinationCheck: false },
    });
    expect(chosen('l2', { nic: 9001, checks: false, passes: [] })).toEqual({ ok: true, value: { mtu: 9001 } });
    expect(chosen('filtered', { passes: ['tcp', '4'] })).toEqual({ ok: true, value: { passes: ['tcp', '4'] } });
    expect(chosen('l2', {}, { sourceDestinationCheck: false })).toEqual({
      ok: true,
      value: { sourceDestinationCheck: false },
    });
  });

  it('take no MTU that no card has', () => {
    expect(chosen('l2', { nic: 'other', bytes: '1280' })).toEqual({ ok: true, value: { mtu: 1280 } });
    for (const bytes of ['67', '65536', 'x', '', '1e3'])
      expect(chosen('l2', { nic: 'other', bytes })).toEqual({ ok: false, error: 'Expected 68 to 65535 bytes' });
  });

  it('are the same whatever the order in which they are told', () => {
    expect(
      isSameOptions({ sourceDestinationCheck: false, mtu: 1500 }, { mtu: 1500, sourceDestinationCheck: false }),
    ).toBe(true);
    expect(isSameOptions(undefined, { mtu: 1500 })).toBe(false);
  });
});
