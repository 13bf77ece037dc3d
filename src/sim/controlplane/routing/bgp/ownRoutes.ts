import type { BgpSpeaker } from '../../../../datamodel/bgp/plan.ts';
import { networkOf } from '../../../../wire/address.ts';
import { PREFERENCE, type RouteProtocol } from './route.ts';
import type { RouteSources } from './sources.ts';
import type { Table } from './table.ts';

export const DIRECT: RouteProtocol = { name: 'direct1', type: 'direct', preference: PREFERENCE.direct };
export const STATIC: RouteProtocol = { name: 'static1', type: 'static', preference: PREFERENCE.static };

/** The static protocol: a blackhole for every block of the speaker's own. @param now nanoseconds of virtual time. */
export function enterStaticRoutes(speaker: BgpSpeaker, table: Table, sources: RouteSources, now: number): void {
  const source = sources.mainOf(STATIC);
  for (const destination of speaker.blocks)
    table.update(source, destination, {
      destination,
      source,
      type: 'blackhole',
      nextHops: [],
      igpMetric: 0,
      since: now,
    });
}

interface Into {
  readonly table: Table;
  readonly sources: RouteSources;
  readonly now: number;
}

/** The direct protocol: a route to the subnet of every address of an interface that is up, none when it is down. */
export function enterDirectRoutes(speaker: BgpSpeaker, name: string, up: boolean, { table, sources, now }: Into): void {
  const index = speaker.interfaces.findIndex((candidate) => candidate.name === name);
  // Its sources are the interfaces, by their index.
  const source = sources.of(DIRECT, 1 + index);
  for (const own of speaker.interfaces[index]?.addresses ?? []) {
    const destination = networkOf(own);
    const nextHops = [{ device: name }];
    const route = { destination, source, type: 'unicast', nextHops, igpMetric: 0, since: now } as const;
    table.update(source, destination, up ? route : undefined);
  }
}
