import type { BgpDeed } from '../datamodel/bgp/operation.ts';
import type { BgpLinkEnd } from '../datamodel/bgp/plan.ts';
import type { ClusterPlan } from '../sim/controlplane/clusterPlan.ts';
import { namesOf } from '../sim/controlplane/routing/bgp/topologySite.ts';
import { UsageError } from './usageError.ts';

/** `down` is seen at both ends, `silent` at none; `shutdown` and `crash` end a speaker's BIRD. */
export const CUT_WAYS = ['down', 'silent', 'shutdown', 'crash'] as const;
export type CutWay = (typeof CUT_WAYS)[number];

/** What there is to be cut: links and machines, by their names. */
export interface Cuttable {
  readonly links: readonly { readonly name: string; readonly ends: readonly BgpLinkEnd[] }[];
  readonly speakers: readonly { readonly name: string; readonly interfaces: readonly { readonly name: string }[] }[];
}

/** Everything that lies between a cluster's nodes, whether or not anybody speaks BGP over it. */
export function cuttable({ underlay }: ClusterPlan): Cuttable {
  const names = namesOf(underlay.topology);
  const links = underlay.topology.links.map(({ name, ends }) => ({
    name,
    ends: ends.flatMap(({ netns, device }) => {
      const speaker = names.get(netns);
      return speaker === undefined ? [] : [{ speaker, interface: device }];
    }),
  }));
  const speakers = [...names.values()].map((name) => ({
    name,
    interfaces: links
      .flatMap(({ ends }) => ends)
      .flatMap((end) => (end.speaker === name ? [{ name: end.interface }] : [])),
  }));
  return { links, speakers };
}

/** Reads what `--cut` names. @throws UsageError naming what there is when there is no such thing, or not to be cut so. */
export function readCut(what: string, how: CutWay, plan: Cuttable): BgpDeed {
  const link = plan.links.find(({ name }) => name === what);
  if (link) {
    if (how === 'down') return { kind: 'link-down', link: link.name };
    if (how === 'silent') return { kind: 'drop', link: link.name };
    throw new UsageError(`A link has no BIRD: --how ${how} is for speakers`);
  }
  const [name, device] = split(what);
  const speaker = plan.speakers.find((candidate) => candidate.name === name);
  if (!speaker) throw new UsageError(`--cut ${what}: there is ${things(plan)}`, 1);
  if (device !== undefined) {
    if (!speaker.interfaces.some((own) => own.name === device))
      throw new UsageError(`--cut ${what}: ${name} has ${speaker.interfaces.map((own) => own.name).join(', ')}`, 1);
    if (how === 'down') return { kind: 'interface-down', speaker: name, interface: device };
    const own = plan.links.find(({ ends }) => ends.some((end) => end.speaker === name && end.interface === device));
    if (how === 'silent' && own) return { kind: 'drop', link: own.name, speaker: name };
    throw new UsageError(`--how ${how} is for speakers`);
  }
  if (how === 'silent') throw new UsageError('--how silent is for links and interfaces');
  return how === 'down' ? { kind: 'power-off', speaker: name } : { kind: how, speaker: name };
}

function split(what: string): readonly [speaker: string, device?: string] {
  const slash = what.lastIndexOf('/');
  return slash < 0 ? [what] : [what.slice(0, slash), what.slice(slash + 1)];
}

function things({ links, speakers }: Cuttable): string {
  const names = [...links, ...speakers].map(({ name }) => name);
  return names.length > 40 ? `${names.slice(0, 40).join(', ')} and ${names.length - 40} more` : names.join(', ');
}
