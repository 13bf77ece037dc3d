import { UNDERLAY } from '../../../../datamodel/network/netnsId.ts';
import type { UnderlayProvider } from './provider.ts';
import { segmentPlan } from './segmentPlan.ts';
import { planHosts } from './subnetPlan.ts';
import { switchNetns } from './switchNetns.ts';
import type { UnderlayPlan } from './underlayPlan.ts';

/** One switch: every node reaches every other without a router. */
export const l2: UnderlayProvider = {
  nicMtu: 1500,
  plan: (input): UnderlayPlan =>
    segmentPlan('l2', input, planHosts(input.machines, input.own, input.outside, input.direct)),
  namespaces: (plan) => [[UNDERLAY, () => switchNetns(plan)]],
};
