import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Capture, Conversation } from '../datamodel/flow/trace.ts';
import { emitPcapng, LinkType } from '../wire/pcapng.ts';
import { interfaceName, interfacesOf } from './captureInterfaces.ts';

/** Which of a conversation's frames are written; what is left out does not choose. */
export interface CaptureSelection {
  /** Names as {@link interfaceName} gives them. Each is described in the file, also when it saw nothing. */
  readonly interfaces?: readonly string[];
  /** Ids of the first and the last step whose frames are written. */
  readonly fromStep?: number;
  readonly toStep?: number;
}

/** The frames that a selection chooses, in the order in which they were seen. */
export function chosenFrames({ captures }: Conversation, selection: CaptureSelection): readonly Capture[] {
  const { fromStep = Number.NEGATIVE_INFINITY, toStep = Number.POSITIVE_INFINITY } = selection;
  const chosen = selection.interfaces && new Set(selection.interfaces);
  return captures.filter(
    (capture) => capture.step >= fromStep && capture.step <= toStep && (!chosen || chosen.has(interfaceName(capture))),
  );
}

/**
 * The frames of a conversation as one pcapng: an interface per device, named `netns/device`, in order of first frame; frames in
 * the order in which they were seen.
 */
export function conversationPcapng(
  conversation: Conversation,
  cluster: ClusterView,
  selection: CaptureSelection = {},
): Uint8Array {
  const known = new Map(interfacesOf(cluster).map((each) => [each.name, each]));
  const interfaces: { name: string; linkType: number; mtu?: number }[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (name: string): number => {
    const given = indexes.get(name);
    if (given !== undefined) return given;
    const device = known.get(name);
    const linkType = device?.headerless ? LinkType.rawIp : LinkType.ethernet;
    const index = interfaces.push({ name, linkType, ...(device && { mtu: device.mtu }) }) - 1;
    indexes.set(name, index);
    return index;
  };
  const packets = chosenFrames(conversation, selection).map((capture) => ({
    interface: indexOf(interfaceName(capture)),
    timeNanoseconds: capture.time,
    bytes: capture.bytes,
    direction: capture.direction,
  }));
  for (const name of selection.interfaces ?? []) indexOf(name);
  return emitPcapng({ interfaces, packets });
}
