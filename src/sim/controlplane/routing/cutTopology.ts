import type { Topology, TopologyEnd } from '../../../datamodel/network/topology.ts';

/**
 * A topology without the cables that somebody has taken down where routers see it at once: those of routers that speak BGP.
 * Others go unnoticed until a hold timer expires.
 *
 * @returns the topology itself when all cables are up.
 */
export function cutTopology(topology: Topology, isDown: (end: TopologyEnd) => boolean): Topology {
  const speaking = new Set(topology.routers.flatMap(({ netns, as }) => (as === undefined ? [] : [netns])));
  const links = topology.links.filter(
    ({ kind, ends }) => kind !== 'cable' || !ends.some(({ netns }) => speaking.has(netns)) || !ends.some(isDown),
  );
  return links.length === topology.links.length ? topology : { ...topology, links };
}
