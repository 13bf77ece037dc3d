import type { ClusterView, DeviceView } from '../datamodel/cluster/view.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';

/**
 * A conversation as JSON: `flow`, `outcomes`, `traces` (each with `hops` of `steps`), `captures` (every frame at every
 * interface in order: `netns`, `device`, `dir`, `hex`; with `link` "ip" where that begins with the IP header), and `interfaces` with their MACs, MTUs and peers.
 *
 * Bytes are lower-case hex without separators, times are virtual nanoseconds.
 */
export function conversationJson(conversation: Conversation, cluster: ClusterView): string {
  const { captures, traces, before: _before, ...rest } = conversation;
  const document = {
    ...rest,
    traces: traces.map((trace) => ({
      ...trace,
      hops: trace.hops.map((hop) => ({
        ...hop,
        steps: hop.steps.map(({ bytes, ...step }) => ({ ...step, hex: hex(bytes) })),
      })),
    })),
    captures: captures.map(({ bytes, direction, ...capture }) => ({ ...capture, dir: direction, hex: hex(bytes) })),
    interfaces: interfaces(cluster),
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

function interfaces(cluster: ClusterView): readonly ({ readonly netns: string } & DeviceView)[] {
  const of = (netns: string, devices: readonly DeviceView[]) => devices.map((device) => ({ netns, ...device }));
  return [
    ...cluster.nodes.flatMap((node) => of(node.netns, node.devices)),
    ...cluster.pods.filter((pod) => !pod.hostNetwork).flatMap((pod) => of(pod.netns, pod.devices)),
    ...cluster.underlay.routers.flatMap((router) => of(router.netns, router.devices)),
    ...cluster.outside.flatMap((host) => of(host.netns, host.devices)),
  ];
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte] ?? '';
  return text;
}
