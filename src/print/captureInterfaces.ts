import type { ClusterView, DeviceView } from '../datamodel/cluster/view.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { isHeaderless } from '../datamodel/network/link.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';

/** A device that frames can be captured at. */
export interface CaptureInterface {
  /** `node/worker-01/eth0`: unique in the cluster. */
  readonly name: string;
  readonly netns: NetnsId;
  readonly device: string;
  readonly mtu: number;
  /** Its frames begin with the IP header. */
  readonly headerless: boolean;
}

/** What a device is called in a capture file. */
export function interfaceName({ netns, device }: { readonly netns: NetnsId; readonly device: string }): string {
  return `${netns}/${device}`;
}

/** Every device of the cluster and of the hosts outside. */
export function interfacesOf(cluster: ClusterView): readonly CaptureInterface[] {
  const of = (netns: NetnsId, devices: readonly DeviceView[]): readonly CaptureInterface[] =>
    devices.map(({ name: device, mtu, kind }) => {
      return { name: interfaceName({ netns, device }), netns, device, mtu, headerless: isHeaderless({ kind }) };
    });
  return [
    ...cluster.nodes.flatMap((node) => of(node.netns, node.devices)),
    ...cluster.pods.filter((pod) => !pod.hostNetwork).flatMap((pod) => of(pod.netns, pod.devices)),
    ...cluster.outside.flatMap((host) => of(host.netns, host.devices)),
  ];
}

/** How many frames every interface saw of a conversation, in order of first frame. */
export function framesAtInterfaces({ captures }: Conversation): ReadonlyMap<string, number> {
  const frames = new Map<string, number>();
  for (const capture of captures) {
    const name = interfaceName(capture);
    frames.set(name, (frames.get(name) ?? 0) + 1);
  }
  return frames;
}
