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

describe('route reflectors', () => {
  const api = 'apiVersion: projectcalico.org/v3';
  const reflector = [
    `---\n${api}\nkind: BGPConfiguration\nmetadata: {name: default}\nspec: {nodeToNodeMeshEnabled: false}`,
    `---\n${api}\nkind: BGPPeer\nmetadata: {name: reflectors}\nspec: {nodeSelector: "all()", peerSelector: "has(reflector)"}`,
    `---\n${api}\nkind: IPPool\nmetadata: {name: default}\nspec: {cidr: 10.244.0.0/16, blockSize: 26, ipipMode: Never, vxlanMode: Never}`,
  ].join('\n');
  const marked = text.replace(
    'labels: {kubernetes.io/hostname: node1}\n    annotations:\n',
    'labels: {kubernetes.io/hostname: node1, reflector: "yes"}\n    annotations:\n      projectcalico.org/RouteReflectorClusterID: 244.0.0.1\n',
  );

  it('bring every node’s block to every other, as their sessions would', () => {
    const created = createSimulation([{ name: 'cluster.yaml', text: `${marked}\n${reflector}` }]);
    if (!created.ok) throw new Error(created.error[0]?.message);
    const plan = created.value.plan();
    const { bgp } = plan.network;
    if (!bgp) throw new Error('no BGP');
    const { topology } = plan.underlay;
    const [known, settled] = [bgp.routes(plan, topology), clusterRoutes(bgp, plan, topology)];
    for (const { netns } of plan.nodes.values()) {
      expect(settled.get(netns)).toHaveLength(3);
      expect(byDestination(known.get(netns))).toEqual(byDestination(settled.get(netns)));
    }
  });
});

function byDestination(routes: readonly Route[] = []): readonly Route[] {
  return routes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
