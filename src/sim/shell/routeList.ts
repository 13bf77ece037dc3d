import type { CommandOutput } from '../../datamodel/cluster/answer.ts';
import type { RouteSelector } from '../../datamodel/network/edit.ts';
import { type KnownOfRoute, printRoutes, pulledCards } from '../../print/ipRoute.ts';
import type { NetnsState } from '../linux/configure/netnsState.ts';
import { selectRoutes } from '../linux/configure/routeSelection.ts';
import { failed, printed } from './output.ts';

/** Tables that are there without a route in them: default, main and local. */
const STANDING = [253, 254, 255];

/** `ip route show`: what was asked for is not said again. */
export function listRoutes(selector: RouteSelector, { netns }: NetnsState): CommandOutput {
  const { dev, table } = selector;
  if (dev !== undefined && !netns.links.some((link) => link.name === dev))
    return failed(`Cannot find device "${dev}"`, 1);
  if (table !== undefined && !STANDING.includes(table) && !netns.routes.some((route) => route.table === table))
    return failed('Error: ipv4: FIB table does not exist.\nDump terminated', 2);
  const known = (['dev', 'via', 'protocol', 'scope', 'source', 'metric'] as const).filter(
    (key) => selector[key] !== undefined,
  );
  const shown: KnownOfRoute = new Set(known);
  return printed(printRoutes(selectRoutes(netns.routes, selector), shown, table === undefined, pulledCards(netns)));
}
