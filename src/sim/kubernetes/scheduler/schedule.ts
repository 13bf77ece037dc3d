import type { Node } from '../../../datamodel/kubernetes/node.ts';
import { isActive, type PodDraft } from '../podDraft.ts';
import { collides, type HostPort, hostPortsOf } from './hostPorts.ts';
import { matchesNodeAffinity } from './nodeAffinity.ts';
import { isGuard, type PlacedPod, podAffinityRefusal } from './podAffinity.ts';
import { untoleratedTaint } from './tolerations.ts';

/** kubelet's --max-pods, where the node does not say another. */
const MAX_PODS_PER_NODE = 110;

/** What a cordoned node's taint is taken for. */
const CORDON = [{ key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' }] as const;

/** Where a Pod goes, or why it goes nowhere. */
export type Placement =
  | { readonly nodeName: string }
  | { readonly nodeName: undefined; readonly reason: string; readonly message: string };

interface Seat {
  readonly node: Node;
  pods: number;
  readonly groups: Map<string, number>;
  readonly hostPorts: HostPort[];
}

interface Refusal {
  readonly reason: string;
  /** Whether fewer Pods on the node could change it. */
  readonly resolvable: boolean;
}

/**
 * Binds Pods to nodes in order. Filters are kube-scheduler's, in its order, but for resource requests, volumes and
 * topology spread constraints, which are not simulated; of the nodes left, the one with the fewest Pods of the same
 * owner, then of all, then the first takes it.
 */
export function schedule(pods: readonly PodDraft[], nodes: readonly Node[]): readonly Placement[] {
  const seats = new Map(nodes.map((node) => [node.metadata.name, newSeat(node)]));
  const placed: PlacedPod[] = [];
  const guards: PlacedPod[] = [];
  const sit = (pod: PodDraft, seat: Seat): void => {
    if (!isActive(pod)) return;
    seat.pods++;
    seat.groups.set(pod.group, (seat.groups.get(pod.group) ?? 0) + 1);
    seat.hostPorts.push(...hostPortsOf(pod));
    placed.push({ pod, node: seat.node });
    if (isGuard(pod)) guards.push({ pod, node: seat.node });
  };
  // Who names a node is there already, before anybody looks for a place.
  for (const pod of pods) {
    const seat = pod.spec.nodeName ? seats.get(pod.spec.nodeName) : undefined;
    if (seat !== undefined) sit(pod, seat);
  }
  return pods.map((pod) => {
    const { nodeName } = pod.spec;
    if (nodeName) return seats.has(nodeName) ? { nodeName } : unknownNode(nodeName);
    const refusals: Refusal[] = [];
    const ports = hostPortsOf(pod);
    let best: Seat | undefined;
    for (const seat of seats.values()) {
      const refusal = refuse(pod, ports, seat, placed, guards);
      if (refusal !== undefined) refusals.push(refusal);
      else if (best === undefined || isBetter(seat, best, pod)) best = seat;
    }
    if (best === undefined) return unschedulable(nodes.length, refusals);
    sit(pod, best);
    return { nodeName: best.node.metadata.name };
  });
}

function newSeat(node: Node): Seat {
  return { node, pods: 0, groups: new Map(), hostPorts: [] };
}

function refuse(
  pod: PodDraft,
  ports: readonly HostPort[],
  { node, pods, hostPorts }: Seat,
  placed: readonly PlacedPod[],
  guards: readonly PlacedPod[],
): Refusal | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  if (node.unschedulable && untoleratedTaint(tolerations, CORDON) !== undefined) {
    return { reason: 'node(s) were unschedulable', resolvable: false };
  }
  if (untoleratedTaint(tolerations, node.taints) !== undefined) {
    return { reason: 'node(s) had untolerated taint(s)', resolvable: false };
  }
  const elsewhere = pod.targetNode !== undefined && pod.targetNode !== node.metadata.name;
  if (elsewhere || !matchesNodeAffinity(pod.spec, node)) {
    return { reason: "node(s) didn't match Pod's node affinity/selector", resolvable: false };
  }
  if (ports.some((port) => hostPorts.some((taken) => collides(port, taken)))) {
    return { reason: "node(s) didn't have free ports for the requested pod ports", resolvable: true };
  }
  if (pods >= (node.maxPods ?? MAX_PODS_PER_NODE)) return { reason: 'Too many pods', resolvable: true };
  const reason = podAffinityRefusal(pod, node, placed, guards);
  if (reason === undefined) return undefined;
  return { reason, resolvable: reason !== "node(s) didn't match pod affinity rules" };
}

function isBetter(seat: Seat, best: Seat, pod: PodDraft): boolean {
  const own = (seat.groups.get(pod.group) ?? 0) - (best.groups.get(pod.group) ?? 0);
  return pod.group !== '' && own !== 0 ? own < 0 : seat.pods < best.pods;
}

function unknownNode(name: string): Placement {
  return { nodeName: undefined, reason: 'NodeNotFound', message: `nodes "${name}" not found` };
}

/** The words of framework.FitError and of the preemption that is tried next. */
function unschedulable(count: number, refusals: readonly Refusal[]): Placement {
  const reason = 'Unschedulable';
  if (count === 0) return { nodeName: undefined, reason, message: 'no nodes available to schedule pods' };
  const available = `0/${count} nodes are available`;
  const why = histogram(refusals.map((refusal) => refusal.reason));
  const preemption = histogram(
    refusals.map(({ resolvable }) =>
      resolvable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
    ),
  );
  const message = `${available}: ${why}. no new claims to deallocate, preemption: ${available}: ${preemption}.`;
  return { nodeName: undefined, reason, message };
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
