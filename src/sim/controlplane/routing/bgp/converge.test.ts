import { describe, expect, it } from 'vitest';
import type { BgpPlan } from '../../../../datamodel/bgp/plan.ts';
import { ControlPlane } from './controlPlane.ts';
import { bgpRoutes } from './converge.ts';
import { recordedLeafSpine, recordedMesh } from './testing/recordedPlans.ts';
import { recordedRedundantReflectors, recordedReflectors, recordedSubnets } from './testing/reflectorPlans.ts';

const plans: readonly { name: string; plan: BgpPlan }[] = [
  { name: 'a full mesh', plan: recordedMesh() },
  { name: 'a leaf-spine fabric', plan: recordedLeafSpine() },
  { name: 'two reflectors', plan: recordedReflectors() },
  { name: 'redundant reflectors', plan: recordedRedundantReflectors() },
  { name: 'two subnets', plan: recordedSubnets() },
];

describe('the routes on which speakers settle', () => {
  it.each(plans)('are those that a run in time ends with: $name', ({ plan }) => {
    const controlPlane = new ControlPlane(plan, 3);
    controlPlane.runUntil(20);
    const settled = bgpRoutes(plan);
    for (const { name } of plan.speakers) expect(settled.get(name), name).toEqual(controlPlane.stateOf(name)?.kernel);
  });
});
