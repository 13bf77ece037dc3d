import { err, ok, type Result } from '../base/result.ts';
import type { BgpDeed } from '../datamodel/bgp/operation.ts';
import type { Edit } from '../datamodel/network/edit.ts';
import type { PhysicalLink } from '../datamodel/network/link.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Topology, TopologyEnd, TopologyLink } from '../datamodel/network/topology.ts';
import { printBgpDeed } from '../print/bgpTimeline.ts';
import type { Configuration } from './configuration.ts';
import { clusterBgpPlan } from './controlplane/routing/bgp/clusterBgpPlan.ts';
import { namesOf } from './controlplane/routing/bgp/topologySite.ts';
import { undoing } from './controlplane/routing/bgp/undoing.ts';
import type { Found } from './course.ts';
import { type ApplyEdits, type EditRecord, idsOf } from './edits.ts';
import type { LearnedChange } from './linux/change.ts';

/** What people do to the network that routers speak over. A part of its own: a page can open before it has loaded it. */
export interface Cuts {
  /** What a deed does to the machines and cables that it is done to. @returns why it cannot be done, where it cannot. */
  cut(id: number, does: BgpDeed, found: Found, apply: ApplyEdits): Result<EditRecord, string>;
  /** What has been done to the network from one state of the cluster to another, in the control plane's terms. */
  between(former: Configuration, next: Configuration): readonly BgpDeed[];
}

export const cuts: Cuts = {
  cut(id, does, { configuration, learned: known }, apply) {
    const { topology } = configuration.cluster.plan.underlay;
    const named = 'link' in does ? cutLink(does, topology) : cutMachine(does, configuration);
    if (!named.ok) return named;
    const { netns, ends, edits } = named.value;
    const parts = new Map<NetnsId, readonly Edit[]>(edits ? [[netns, edits]] : []);
    for (const [end, dev] of ends.flatMap((end) => bothEnds(end, configuration))) {
      const state = does.kind === 'drop' ? 'silent' : 'pulled';
      const own = parts.get(end) ?? [];
      if (!own.some((edit) => edit.type === 'cable' && edit.dev === dev))
        parts.set(end, [...own, { type: 'cable', dev, state }]);
    }
    const learned = new Map<NetnsId, LearnedChange>();
    for (const [each, made] of parts) {
      const [kernel, before] = [configuration.netns(each), known(each)];
      const after = kernel && apply({ netns: kernel, runtime: before }, made, idsOf(id))?.runtime;
      if (after && after !== before) learned.set(each, { before, after });
    }
    return ok({ id, netns, line: printBgpDeed(does), parts, learned, does });
  },
  between(former, next) {
    const [before, after] = [faultsOf(former), faultsOf(next)];
    const gone = [...before].filter(([key]) => !after.has(key)).map(([, deed]) => undoing(deed));
    return [...gone, ...[...after].filter(([key]) => !before.has(key)).map(([, deed]) => deed)];
  },
};

interface Named {
  readonly netns: NetnsId;
  /** Ends of the cables that are touched. */
  readonly ends: readonly TopologyEnd[];
  /** What is done to the machine itself. */
  readonly edits?: readonly Edit[];
}

function cutLink(does: Extract<BgpDeed, { readonly link: string }>, topology: Topology): Result<Named, string> {
  if (does.kind !== 'link-down' && does.kind !== 'drop') return err('A cut is mended by taking it back');
  const link = topology.links.find(({ name }) => name === does.link);
  if (!link) return err(`There is no link "${does.link}": there are ${namesOfLinks(topology.links)}`);
  const towards = 'speaker' in does ? does.speaker : undefined;
  const names = namesOf(topology);
  const ends = link.ends.filter(({ netns }) => towards === undefined || names.get(netns) === towards);
  const [first] = ends;
  return first ? ok({ netns: first.netns, ends }) : err(`${towards} is not on link ${does.link}`);
}

function cutMachine(
  does: Exclude<BgpDeed, { readonly link: string }>,
  configuration: Configuration,
): Result<Named, string> {
  const { plan } = configuration.cluster;
  const names = namesOf(plan.underlay.topology);
  const netns = [...names].find(([, name]) => name === does.speaker)?.[0];
  const kernel = netns === undefined ? undefined : configuration.netns(netns);
  if (netns === undefined || kernel === undefined) return err(`There is no machine "${does.speaker}"`);
  switch (does.kind) {
    case 'power-off':
      return ok({
        netns,
        ends: [],
        edits: kernel.links.filter(({ up }) => up).map(({ name: dev }) => ({ type: 'linkSet', dev, up: false })),
      });
    case 'interface-down':
      if (!kernel.links.some(({ name }) => name === does.interface))
        return err(`${does.speaker} has no device "${does.interface}"`);
      return ok({ netns, ends: [], edits: [{ type: 'linkSet', dev: does.interface, up: false }] });
    case 'shutdown':
    case 'crash': {
      const speaker = clusterBgpPlan(plan)?.speakers.find(({ name }) => name === does.speaker);
      return speaker?.peers.length ? ok({ netns, ends: [] }) : err(`No BIRD runs on ${does.speaker}`);
    }
    default:
      return err('A cut is mended by taking it back');
  }
}

const MOST_NAMED = 40;

function namesOfLinks(links: readonly TopologyLink[]): string {
  const names = links.slice(0, MOST_NAMED).map(({ name }) => name);
  return links.length > MOST_NAMED ? `${names.join(', ')} and ${links.length - MOST_NAMED} more` : names.join(', ');
}

/** A cable's two ends, by the one that is named; nothing where that is no card. */
function bothEnds(
  { netns, device }: TopologyEnd,
  configuration: Configuration,
): readonly (readonly [NetnsId, string])[] {
  const links = configuration.netns(netns)?.links ?? [];
  const card = links.find((link): link is PhysicalLink => link.kind === 'physical' && link.name === device);
  if (!card) return [];
  return [
    [netns, device],
    [card.peer.netns, card.peer.link],
  ];
}

/** All that is the matter with the network of a cluster, as the deeds that made it so. */
function faultsOf({ cluster, edits }: Configuration): ReadonlyMap<string, BgpDeed> {
  const faults = new Map<string, BgpDeed>();
  const { topology } = cluster.plan.underlay;
  const off = new Set<string>();
  for (const { does } of edits.records) {
    if (does === undefined || does.kind === 'interface-down') continue;
    faults.set(JSON.stringify(does), does);
    if (does.kind === 'power-off') off.add(does.speaker);
  }
  const names = namesOf(topology);
  for (const { netns, device } of topology.links.flatMap(({ ends }) => ends)) {
    const speaker = names.get(netns);
    if (speaker === undefined || off.has(speaker) || !edits.touches(netns)) continue;
    const own = cluster.netns(netns);
    if (!own || edits.over(own).links.some((link) => link.name === device && link.up)) continue;
    const does: BgpDeed = { kind: 'interface-down', speaker, interface: device };
    faults.set(JSON.stringify(does), does);
  }
  return faults;
}
