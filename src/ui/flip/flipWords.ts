import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { Flip } from '../../store/appState.ts';
import { CNI_NAMES } from '../../store/cniNames.ts';
import { UNDERLAY_NAMES } from '../../store/underlayNames.ts';

/** `Flannel VXLAN → Calico BGP: rebuilt` */
export function flipTitle({ before, after, inPlace }: Flip): string {
  return `${whatFlipped(before, after)}: ${inPlace ? 'changed in place' : 'rebuilt'}`;
}

function whatFlipped(before: ClusterView, after: ClusterView): string {
  if (before.cni !== after.cni) return `${CNI_NAMES[before.cni]} → ${CNI_NAMES[after.cni]}`;
  const [from, to] = [UNDERLAY_NAMES[before.underlay.name], UNDERLAY_NAMES[after.underlay.name]];
  if (from !== to) return `${from} → ${to}`;
  const options = [before, after].map(optionsOf);
  const changed = (options[0] ?? []).flatMap(([option, value], i) => {
    const now = options[1]?.[i]?.[1];
    return value === now ? [] : [`${option} ${value} → ${now}`];
  });
  return `${to}, ${changed.join(', ')}`;
}

/** The same ones in the same order, of clusters on the same underlay. */
function optionsOf({ underlay, settings }: ClusterView): readonly (readonly [option: string, value: string])[] {
  const checks = settings.underlayOptions?.sourceDestinationCheck === false ? 'off' : 'on';
  return [
    ['NIC MTU', String(underlay.mtu)],
    ...(underlay.passes ? [['passes', underlay.passes.join(' ')] as const] : []),
    ...(underlay.name === 'cloud-vpc' ? [['source/destination check', checks] as const] : []),
  ];
}

/** What has become of the Pods, and why. */
export function flipText({ before, after, inPlace }: Flip): string {
  const former = new Map(before.pods.map((pod) => [pod.netns, pod.address]));
  const own = after.pods.filter((pod) => !pod.hostNetwork && pod.address !== undefined);
  const moved = own.filter((pod) => former.get(pod.netns) !== pod.address);
  const [first] = moved;
  const example = first ? ` (${first.name} ${former.get(first.netns) ?? 'had none'} → ${first.address})` : '';
  if (inPlace)
    return `The agents were rolled out again and nothing else: ${own.length - moved.length} Pods keep interface, address, routes and MTU; Pods made from now on get the new CNI’s. What the former agents wrote stays unless the new ones write the same entry. Scale a workload under Objects, and send to its new Pods.`;
  const moves =
    before.underlay.name === after.underlay.name ? 'The network was set up otherwise' : 'Machines were moved';
  const why = before.cni === after.cni ? moves : 'A running cluster cannot change its CNI';
  if (own.length === 0) return `${why}: everything was made anew, and no Pod has a network.`;
  const addresses =
    moved.length === 0 ? 'each with the address that it had' : `${moved.length} with another address${example}`;
  return `${why}: ${own.length} Pods were made anew, ${addresses}.`;
}
