import type { DeclaredContainer, DeclaredPodStatus } from '../../datamodel/kubernetes/declared/declaredPod.ts';
import type { Node } from '../../datamodel/kubernetes/node.ts';
import type { Protocol } from '../../datamodel/kubernetes/objectMeta.ts';
import type { ContainerPort, DnsPolicy, Pod, PodListener, PodPhase } from '../../datamodel/kubernetes/pod.ts';
import type { Service } from '../../datamodel/kubernetes/service.ts';
import { parseSloppyIpAddress } from '../../wire/address.ts';
import { labelsInclude } from './labelSelector.ts';
import type { PodDraft } from './podDraft.ts';
import { type Placement, schedule } from './scheduler/schedule.ts';

/** Binds Pods to nodes and says what each of them is: running or why not, its ports, what its programs listen on. */
export function completePods(
  drafts: readonly PodDraft[],
  nodes: readonly Node[],
  services: readonly Service[],
): readonly Pod[] {
  const placements = schedule(drafts, nodes);
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const selecting = bySelectorNamespace(services);
  return drafts.map((draft, index) => {
    const placement = placements[index] ?? { nodeName: undefined, reason: 'Unschedulable', message: '' };
    const node = placement.nodeName === undefined ? undefined : byName.get(placement.nodeName);
    return completePod(draft, placement, node, selecting.get(draft.metadata.namespace) ?? []);
  });
}

function completePod(draft: PodDraft, placement: Placement, node: Node | undefined, services: readonly Service[]): Pod {
  const { metadata, spec, status, terminating, owner } = draft;
  const hostNetwork = spec.hostNetwork ?? false;
  const ports = portsOf(draft);
  const state = stateOf(status, placement);
  return {
    metadata,
    nodeName: placement.nodeName,
    ...state,
    terminating,
    hostNetwork,
    podIps: hostNetwork ? (node?.internalIps ?? []) : givenIps(status),
    ports,
    listens: listenersOf(draft, ports, services),
    hostname: spec.hostname || undefined,
    subdomain: spec.subdomain || undefined,
    dnsPolicy: (spec.dnsPolicy || 'ClusterFirst') as DnsPolicy,
    owner,
    serviceAccountName: spec.serviceAccountName || spec.serviceAccount || 'default',
  };
}

interface PodState {
  readonly phase: PodPhase;
  readonly ready: boolean;
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** As the dump has it; a Pod without status is one that its kubelet has started and found ready. */
function stateOf(status: DeclaredPodStatus | undefined, placement: Placement): PodState {
  if (placement.nodeName === undefined) {
    return { phase: 'Pending', ready: false, reason: placement.reason, message: placement.message };
  }
  const phase = (status?.phase || 'Running') as PodPhase;
  const conditions = status?.conditions;
  const condition = conditions?.find(({ type }) => type === 'Ready');
  const ready = conditions === undefined ? true : condition?.status === 'True';
  return {
    phase,
    ready: phase === 'Running' && ready,
    reason: status?.reason || (ready ? undefined : condition?.reason),
    message: status?.message || (ready ? undefined : condition?.message),
  };
}

function givenIps(status: DeclaredPodStatus | undefined): Pod['podIps'] {
  const texts = status?.podIPs?.length ? status.podIPs.map(({ ip }) => ip) : [status?.podIP];
  return texts.map((text) => parseSloppyIpAddress(text ?? '')).filter((address) => address !== undefined);
}

/** Containers whose ports are open while the Pod runs: sidecars and the containers proper. */
function runningContainers({ spec }: PodDraft): readonly DeclaredContainer[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...(spec.containers ?? [])];
}

function portsOf(draft: PodDraft): readonly ContainerPort[] {
  return runningContainers(draft).flatMap(({ ports = [] }) =>
    ports.map(({ name, protocol, containerPort = 0, hostPort, hostIP }) => {
      const address = parseSloppyIpAddress(hostIP ?? '');
      return {
        name: name ?? '',
        protocol: (protocol || 'TCP') as Protocol,
        containerPort,
        hostPort: hostPort || (draft.spec.hostNetwork === true ? containerPort : undefined),
        hostIp: address,
      };
    }),
  );
}

/** The declared ports, and those that probes and Services prove: programs may listen on ports that nobody declared. */
function listenersOf(
  draft: PodDraft,
  ports: readonly ContainerPort[],
  services: readonly Service[],
): readonly PodListener[] {
  const listeners = new Map<string, PodListener>();
  const add = (protocol: Protocol, port: number | string | undefined): void => {
    if (typeof port === 'number' && port > 0) listeners.set(`${protocol}/${port}`, { protocol, port });
  };
  for (const { protocol, containerPort } of ports) add(protocol, containerPort);
  for (const container of runningContainers(draft)) {
    for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
      add('TCP', probe?.httpGet?.port);
      add('TCP', probe?.tcpSocket?.port);
      add('TCP', probe?.grpc?.port);
    }
  }
  for (const service of services) {
    if (!labelsInclude(draft.metadata.labels, service.selector ?? new Map())) continue;
    for (const { protocol, targetPort } of service.ports) add(protocol, targetPort);
  }
  return [...listeners.values()].sort((a, b) => a.protocol.localeCompare(b.protocol) || a.port - b.port);
}

/** Services that select Pods, by the namespace they select them in. */
function bySelectorNamespace(services: readonly Service[]): ReadonlyMap<string, readonly Service[]> {
  const byNamespace = new Map<string, Service[]>();
  for (const service of services) {
    if (service.selector === undefined || service.selector.size === 0 || service.type === 'ExternalName') continue;
    const list = byNamespace.get(service.metadata.namespace) ?? [];
    list.push(service);
    byNamespace.set(service.metadata.namespace, list);
  }
  return byNamespace;
}
