import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Flip } from './appState.ts';
import { CNI_NAMES } from './cniNames.ts';
import { sameUnderlay, underlayNews } from './underlayNews.ts';

/** A toast has no room for more. */
const MOST_WARNINGS = 2;

/** What a rebuild is told by that had another CNI or underlay as its reason. */
export function flipOf(before: ClusterView | undefined, after: ClusterView): Flip | undefined {
  const same = before?.cni === after.cni && sameUnderlay(before, after);
  return before && !same ? { before, after, inPlace: false } : undefined;
}

/** What a flip did, as title and text: it is a rebuild, and what a person should know is that nothing survived it. */
export function clusterNews(before: ClusterView | undefined, after: ClusterView): readonly [string, string] {
  const own = after.pods.filter((pod) => !pod.hostNetwork && pod.phase === 'Running').length;
  const mtu =
    before && before.podMtu !== after.podMtu ? `${after.podMtu} instead of ${before.podMtu}` : `${after.podMtu}`;
  const flipped = before && before.cni !== after.cni;
  const why = flipped ? ' A running cluster cannot change its CNI backend in place.' : '';
  return [
    `Cluster rebuilt with ${CNI_NAMES[after.cni]}`,
    `${own} ${own === 1 ? 'Pod was' : 'Pods were'} recreated, Pod MTU ${mtu}; connections and learned entries are gone.${why}${before ? underlayNews(before, after) : ''}${warned(after)}`,
  ];
}

/** What loading manifests made. */
export function loadedNews(view: ClusterView): readonly [string, string] {
  const parts = [
    count(view.nodes.length, 'node'),
    count(view.pods.length, 'Pod'),
    count(view.services.length, 'Service'),
  ];
  const ignored =
    view.ignored.length === 0 ? '' : ` ${count(view.ignored.length, 'object')} ignored, listed under Manifests.`;
  return ['Manifests loaded', `${parts.join(', ')}.${ignored}${warned(view)}`];
}

/** What else went when something was changed at an earlier moment, or taken back. */
export function takenBackNews(lines: readonly string[]): readonly [string, string] {
  return [
    lines.length === 1 ? 'Another change was taken back' : `${lines.length} other changes were taken back`,
    `Made after the moment that is shown, or resting on what is gone: ${lines.join('; ')}`,
  ];
}

/** The first warnings, in a sentence's place: a message is no list. */
function warned({ warnings }: ClusterView): string {
  const first = warnings.slice(0, MOST_WARNINGS).map((each) => ` ${each}`);
  const rest = warnings.length - first.length;
  return `${first.join('')}${rest > 0 ? ` And ${count(rest, 'warning')} more, listed under Manifests.` : ''}`;
}

function count(value: number, one: string): string {
  return `${value} ${one}${value === 1 ? '' : 's'}`;
}
