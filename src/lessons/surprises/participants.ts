import type { ClusterView, DeviceView, NodeView, PodView, ServiceView } from '../../datamodel/cluster/view.ts';
import type { IpAddress } from '../../wire/address.ts';
import { parseIpPrefix } from '../../wire/address.ts';

/** A Pod that can take part: it runs in a namespace of its own, on a node that is known. */
export interface Participant extends PodView {
  readonly address: IpAddress;
  readonly hostDevice: string;
  readonly on: NodeView;
}

const known = new WeakMap<ClusterView, readonly Participant[]>();

/** Pods that can take part, people's own before the system's. */
export function participants(view: ClusterView): readonly Participant[] {
  const before = known.get(view);
  if (before) return before;
  const nodes = new Map(view.nodes.map((node) => [node.name, node]));
  const found = view.pods.flatMap((pod): Participant[] => {
    const on = pod.node === undefined ? undefined : nodes.get(pod.node);
    const { address, hostDevice } = pod;
    if (!on || address === undefined || hostDevice === undefined || pod.phase !== 'Running') return [];
    return [{ ...pod, address, hostDevice, on }];
  });
  const pods = [...found.filter((pod) => !isSystem(pod)), ...found.filter(isSystem)];
  known.set(view, pods);
  return pods;
}

/** Two Pods of one node. */
export function neighbours(view: ClusterView): readonly [Participant, Participant] | undefined {
  const pods = participants(view);
  const perNode = new Map<NodeView, number>();
  for (const { on } of pods) perNode.set(on, (perNode.get(on) ?? 0) + 1);
  const from = pods.find(({ on }) => (perNode.get(on) ?? 0) > 1);
  const to = from && pods.find((pod) => pod !== from && pod.on === from.on);
  return to && [from, to];
}

/** Two Pods of different nodes. */
export function apart(view: ClusterView): readonly [Participant, Participant] | undefined {
  const pods = participants(view);
  const [from] = pods;
  const to = from && pods.find(({ on }) => on !== from.on);
  return to && [from, to];
}

/** A Service's port and one of the Pods behind it. */
export interface Behind {
  readonly service: ServiceView;
  readonly clusterIp: IpAddress;
  readonly port: number;
  readonly nodePort: number | undefined;
  /** `10.244.2.47:8080` */
  readonly endpoint: string;
  readonly server: Participant;
}

/** Every TCP port of a Service with every running Pod behind it, one after the other: mostly the first will do. */
export function* behindServices(view: ClusterView): Generator<Behind> {
  const pods = new Map(participants(view).map((pod) => [pod.address, pod]));
  const services = [...view.services.filter((each) => !isSystem(each)), ...view.services.filter(isSystem)];
  for (const service of services) {
    const { clusterIp } = service;
    if (clusterIp === undefined) continue;
    for (const { name = '', protocol, port, nodePort } of service.ports) {
      if (protocol !== 'TCP') continue;
      for (const each of service.endpoints) {
        const server = pods.get(each.address);
        if (!server || !each.ready || (each.portName ?? '') !== name) continue;
        yield { service, clusterIp, port, nodePort, endpoint: `${each.address}:${each.port}`, server };
      }
    }
  }
}

/** A Pod and a Service whose endpoint is on the same node or on another one; the Pod is not behind the Service. */
export function clientOf(
  view: ClusterView,
  where: 'same node' | 'other node',
): (Behind & { readonly client: Participant }) | undefined {
  const pods = participants(view);
  const tried = new Map<ServiceView, Set<NodeView>>();
  for (const behind of behindServices(view)) {
    const { server, service } = behind;
    const nodes = tried.get(service) ?? new Set();
    tried.set(service, nodes);
    // another endpoint on the same node has the same clients
    if (nodes.has(server.on)) continue;
    nodes.add(server.on);
    const addresses = new Set(service.endpoints.map(({ address }) => address));
    const client = pods.find(
      (pod) => (pod.on === server.on) === (where === 'same node') && !addresses.has(pod.address),
    );
    if (client) return { ...behind, client };
  }
  return undefined;
}

/** `pod/web` in the namespace `default`, else `pod/NAMESPACE/web`. */
export function podRef({ namespace, name }: PodView): string {
  return namespace === 'default' ? `pod/${name}` : `pod/${namespace}/${name}`;
}

/** `svc/backend:80` */
export function serviceRef({ service: { namespace, name } }: Behind, port: number): string {
  return `svc/${namespace === 'default' ? '' : `${namespace}/`}${name}:${port}`;
}

export function deviceOf(node: NodeView, kind: DeviceView['kind']): DeviceView | undefined {
  return node.devices.find((device) => device.kind === kind);
}

/** The first address of a device, without its length. */
export function addressOf(device: DeviceView | undefined): IpAddress | undefined {
  return parseIpPrefix(device?.addresses[0] ?? '')?.address;
}

/** The Pod's own end of its veth. */
export function podDevice(pod: PodView): DeviceView | undefined {
  return pod.devices.find((device) => device.kind === 'veth');
}

function isSystem({ namespace }: { readonly namespace: string }): boolean {
  return namespace.startsWith('kube-');
}
