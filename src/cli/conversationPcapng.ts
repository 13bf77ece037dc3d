import type { ClusterView, DeviceView } from '../datamodel/cluster/view.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { emitPcapng } from '../wire/pcapng.ts';

/** All captures as one pcapng: an interface per device, named `netns/device`, in order of first frame. */
export function conversationPcapng(conversation: Conversation, cluster: ClusterView): Uint8Array {
  const mtus = deviceMtus(cluster);
  const interfaces: { name: string; linkType: number; mtu?: number }[] = [];
  const indexes = new Map<string, number>();
  const packets = conversation.captures.map((capture) => {
    const name = `${capture.netns}/${capture.device}`;
    let index = indexes.get(name);
    if (index === undefined) {
      const mtu = mtus.get(name);
      index = interfaces.push({ name, linkType: 1, ...(mtu !== undefined && { mtu }) }) - 1;
      indexes.set(name, index);
    }
    return { interface: index, timeNanoseconds: capture.time, bytes: capture.bytes, direction: capture.direction };
  });
  return emitPcapng({ interfaces, packets });
}

function deviceMtus(cluster: ClusterView): Map<string, number> {
  const mtus = new Map<string, number>();
  const add = (netns: string, devices: readonly DeviceView[]): void => {
    for (const device of devices) mtus.set(`${netns}/${device.name}`, device.mtu);
  };
  for (const node of cluster.nodes) add(node.netns, node.devices);
  for (const pod of cluster.pods) if (!pod.hostNetwork) add(pod.netns, pod.devices);
  for (const host of cluster.outside) add(host.netns, host.devices);
  return mtus;
}
