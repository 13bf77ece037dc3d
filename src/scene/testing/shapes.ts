import fc from 'fast-check';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import { DETAIL_LEVELS } from '../detail.ts';
import type { Involved } from '../involved.ts';
import type { LayoutInput } from '../layout/layout.ts';
import { makeCluster } from './cluster.ts';

/** Clusters of all sizes on stages of all sizes, with any few nodes and Pods on the path. */
export const anyLayoutInput: fc.Arbitrary<LayoutInput> = fc
  .record({
    nodes: fc.constantFrom(1, 2, 3, 4, 12, 60, 300),
    pods: fc.array(fc.constantFrom(0, 1, 2, 3, 5, 14, 40), { minLength: 1, maxLength: 4 }),
    backend: fc.constantFrom('vxlan' as const, 'host-gw' as const),
    bridgeNetfilter: fc.boolean(),
    outside: fc.constantFrom(0, 1, 2, 7),
    nameLength: fc.constantFrom(undefined, 63),
    ipv6: fc.boolean(),
    level: fc.constantFrom(...DETAIL_LEVELS),
    width: fc.integer({ min: 320, max: 2200 }),
    height: fc.integer({ min: 300, max: 1400 }),
    picks: fc.array(fc.nat(), { maxLength: 4 }),
    chosen: fc.array(fc.nat(), { maxLength: 2 }),
  })
  .map(({ level, width, height, picks, chosen, nameLength, ...shape }) => {
    const cluster = makeCluster({ ...shape, ...(nameLength !== undefined && { nameLength }) });
    const nodes = cluster.nodes.map((node) => node.netns);
    return {
      cluster,
      level,
      width,
      height,
      involved: pickInvolved(cluster, picks),
      chosen: chosen.map((at) => nodes[at % nodes.length]!),
    };
  });

function pickInvolved(cluster: ClusterView, picks: readonly number[]): Involved {
  const pods = cluster.pods.length === 0 ? [] : picks.map((at) => cluster.pods[at % cluster.pods.length]!);
  const homes = new Set(pods.map((pod) => pod.node));
  const outside = picks.length > 2 ? cluster.outside.slice(0, 1) : [];
  return {
    pods: new Set(pods.map((pod) => pod.netns)),
    nodes: new Set(cluster.nodes.filter((node) => homes.has(node.name)).map((node) => node.netns)),
    outside: new Set(outside.map((host) => host.netns)),
  };
}
