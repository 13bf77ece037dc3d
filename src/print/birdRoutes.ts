import type { BgpNextHop, BgpSpeakerState, BgpTableRoute } from '../datamodel/bgp/state.ts';
import { formatPrefix } from '../wire/address.ts';
import type { BgpAsSegment, BgpAttributes } from '../wire/bgpAttribute.ts';
import { printBirdTime } from './birdTime.ts';

/** `birdc show route`, or `show route all` with the attributes too, as nest/rt-show.c and proto/bgp lay it out. */
export function printBirdRoutes({ routes }: BgpSpeakerState, all: boolean): readonly string[] {
  return ['Table master4:', ...routes.flatMap((route, i) => printRoute(route, isSameNet(route, routes[i - 1]), all))];
}

function isSameNet(route: BgpTableRoute, before: BgpTableRoute | undefined): boolean {
  return before !== undefined && formatPrefix(before.destination) === formatPrefix(route.destination);
}

function printRoute(route: BgpTableRoute, sameNet: boolean, all: boolean): readonly string[] {
  const net = sameNet ? '' : formatPrefix(route.destination);
  const best = route.best ? ' *' : '';
  const { heardFrom } = route;
  const from = heardFrom && heardFrom !== route.nextHops[0]?.gateway ? ` from ${heardFrom}` : '';
  const head = `${net.padEnd(20)} ${route.type} [${route.from} ${printBirdTime(route.since)}${from}]${best}${printRank(route)}`;
  const hops = route.nextHops.map((hop, _, hops) => `\t${printHop(hop)}${hops.length > 1 ? ' weight 1' : ''}`);
  return [head, ...hops, ...(all ? printAttributes(route) : [])];
}

function printHop({ gateway, device }: BgpNextHop): string {
  return gateway ? `via ${gateway} on ${device}` : `dev ${device}`;
}

/** Preference and, of BGP, the metric to the next hop, and where the route began: `(100) [AS64603i]`. */
function printRank({ preference, igpMetric, attributes, type }: BgpTableRoute): string {
  if (!attributes) return ` (${preference})`;
  const metric =
    igpMetric === 0 ? '' : type === 'unreachable' ? '/-' : Number.isFinite(igpMetric) ? `/${igpMetric}` : '/?';
  const origin = attributes.origin === 'IGP' ? 'i' : attributes.origin === 'EGP' ? 'e' : '?';
  const last = lastAs(attributes.asPath ?? []);
  return ` (${preference}${metric}) [${last === undefined ? '' : `AS${last}`}${origin}]`;
}

function printAttributes({ source, attributes, kernelSource }: BgpTableRoute): readonly string[] {
  const lines = [`Type: ${source} univ`];
  if (kernelSource) lines.push(`Kernel.source: ${kernelSource.protocol}`, `Kernel.metric: ${kernelSource.metric}`);
  if (attributes) lines.push(...printBgp(attributes));
  return lines.map((line) => `\t${line}`);
}

function printBgp(attributes: BgpAttributes): readonly string[] {
  const { origin, asPath, nextHop, med, localPref, communities, originatorId, clusterList } = attributes;
  const lines: (readonly [string, string | number | undefined])[] = [
    ['origin', origin],
    ['as_path', asPath && printAsPath(asPath)],
    ['next_hop', nextHop],
    ['med', med],
    ['local_pref', localPref],
    ['community', communities?.map((value) => `(${value >>> 16},${value & 0xffff})`).join(' ')],
    ['originator_id', originatorId],
    ['cluster_list', clusterList?.join(' ')],
  ];
  return lines.filter(([, value]) => value !== undefined).map(([name, value]) => `BGP.${name}: ${value}`);
}

/** ASes in order, those of a set in braces. */
export function printAsPath(path: readonly BgpAsSegment[]): string {
  return path.map(({ kind, ases }) => (kind === 'set' ? `{${ases.join(' ')}}` : ases.join(' '))).join(' ');
}

/** The AS that a path began in, unless it ends in a set. */
function lastAs(path: readonly BgpAsSegment[]): number | undefined {
  const last = path.at(-1);
  return last?.kind === 'sequence' ? last.ases.at(-1) : undefined;
}
