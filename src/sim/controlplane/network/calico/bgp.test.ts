import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import type { UnderlayName } from '../../../../datamodel/cluster/underlay.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import { createSimulation } from '../../../createSimulation.ts';
import { clusterRoutes } from '../../routing/bgp/clusterRoutes.ts';

const text = readFileSync(new URL('../../../captured/cluster.yaml', import.meta.url), 'utf8');

describe.each(['calico-bgp', 'calico-ipip', 'calico-ipip-crosssubnet'] as const satisfies readonly CniBackend[])(
  'a full mesh of %s',
  (cni) => {
    it.each(['l2', 'two-subnets', 'cloud-vpc'] as const satisfies readonly UnderlayName[])(
      'has the routes that the sessions would bring, without going through them: %s',
      (underlay) => {
        const created = createSimulation([{ name: 'cluster.yaml', text }], { cni, underlay });
        if (!created.ok) throw new Error(created.error[0]?.message);
        const plan = created.value.plan();
        const { bgp } = plan.network;
        if (!bgp) throw new Error('no BGP');
        const { topology } = plan.underlay;
        const [known, settled] = [bgp.routes(plan, topology), clusterRoutes(bgp, plan, topology)];
        for (const { netns } of plan.nodes.values()) {
          expect(known.get(netns)?.length).toBeGreaterThan(0);
          expect(byDestination(known.get(netns))).toEqual(byDestination(settled.get(netns)));
        }
      },
    );
  },
);

function byDestination(routes: readonly Route[] = []): readonly Route[] {
  return routes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
