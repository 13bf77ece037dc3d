import type { DeviceView } from '../../datamodel/cluster/view.ts';
import { deviceOf, type Participant, podDevice } from './participants.ts';
import type { CommandLine } from './surprise.ts';

/** A Pod whose path is narrower than its node's own device, because of a tunnel. */
export interface Narrow {
  readonly tunnel: DeviceView;
  /** The node's MTU, which people expect Pods to have. */
  readonly wide: number;
  /** What fits the tunnel. */
  readonly fits: number;
}

export function narrowPath(pod: Participant): Narrow | undefined {
  const tunnel = deviceOf(pod.on, 'vxlan');
  const wide = deviceOf(pod.on, 'physical')?.mtu;
  return tunnel && wide !== undefined && tunnel.mtu < wide ? { tunnel, wide, fits: tunnel.mtu } : undefined;
}

/** The Pod's own end alone; what the Pod has learned of its paths is forgotten. */
export function raisePod(pod: Participant, mtu: number): readonly CommandLine[] {
  return [
    { netns: pod.netns, line: `ip link set ${podDevice(pod)?.name ?? 'eth0'} mtu ${mtu}` },
    { netns: pod.netns, line: 'ip route flush cache' },
  ];
}

/** All that lies before the tunnel: the Pod's end, its node's end, the bridge. */
export function raiseAll(pod: Participant, mtu: number): readonly CommandLine[] {
  const bridge = deviceOf(pod.on, 'bridge');
  return [
    ...raisePod(pod, mtu),
    { netns: pod.on.netns, line: `ip link set ${pod.hostDevice} mtu ${mtu}` },
    ...(bridge ? [{ netns: pod.on.netns, line: `ip link set ${bridge.name} mtu ${mtu}` }] : []),
  ];
}
