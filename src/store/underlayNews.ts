import type { ClusterView } from '../datamodel/cluster/view.ts';
import { UNDERLAY_NAMES } from './underlayNames.ts';

const MOST_NAMED = 3;

/** Whether two clusters are on the same underlay, with the same options. */
export function sameUnderlay(before: ClusterView, after: ClusterView): boolean {
  const told = ({ underlay, settings }: ClusterView): string =>
    JSON.stringify([underlay.name, settings.underlayOptions ?? {}]);
  return told(before) === told(after);
}

/** What another underlay has done to the nodes; empty when it is the same one. */
export function underlayNews(before: ClusterView, after: ClusterView): string {
  const { name } = after.underlay;
  if (sameUnderlay(before, after)) return '';
  if (before.underlay.name === name) return ` The underlay has other options; its nodes’ MTU is ${after.underlay.mtu}.`;
  const old = new Map(before.nodes.map((node) => [node.netns, node.address]));
  const moved = after.nodes.filter((node) => old.get(node.netns) !== node.address);
  const named = moved.slice(0, MOST_NAMED).map((node) => `${node.name} ${node.address}`);
  const more = moved.length > MOST_NAMED ? ` and ${moved.length - MOST_NAMED} more` : '';
  const what = moved.length > 0 ? ` Nodes have other addresses there: ${named.join(', ')}${more}.` : '';
  return ` The underlay is now: ${UNDERLAY_NAMES[name]}.${what}`;
}
