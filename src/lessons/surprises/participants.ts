import type { ClusterView, DeviceView, NodeView, PodView, ServiceView } from '../../datamodel/cluster/view.ts';
import type { IpAddress } from '../../wire/address.ts';
import { parseIpPrefix } from '../../wire/address.ts';

/** A Pod that can take part: it runs in a namespace of its own, on a node that is known. */
export interface Participant extends PodView {
  readonly address: IpAddress;
  readonly hostDevice: string;
  readonly on: NodeView;
}

/** Pods that can take part, people's own before the system's. */
export function participants(view: ClusterView): readonly Participant[] {
  const nodes = new Map(view.nodes.map((node) => [node.name, node]));
  const found = view.pods.flatMap((pod): Participant[] => {
    const on = pod.node === undefined ? undefined : nodes.get(pod.node);
    const { address, hostDevice } = pod;
    if (!on || address === undefined || hostDevice === undefined || pod.phase !== 'Running') return [];
    return [{ ...pod, address, hostDevice, on }];
  });
  return [...found.filter((pod) => !isSystem(pod)), ...found.filter(isSystem)];
}

/** Two Pods of one node. */
export function neighbours(view: ClusterView): readonly [Participant, Participant] | undefined {
  return pair(view, (a, b) => a.on === b.on);
}

/** Two Pods of different nodes. */
export function apart(view: ClusterView): readonly [Participant, Participant] | undefined {
  return pair(view, (a, b) => a.on !== b.on);
}

function pair(
  view: ClusterView,
  fits: (a: Participant, b: Participant) => boolean,
): readonly [Participant, Participant] | undefined {
  const pods = participants(view);
  for (const from of pods) {
    const to = pods.find((pod) => pod !== from && fits(from, pod));
    if (to) return [from, to];
  }
  return undefined;
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

/** Every TCP port of a Service with every running Pod behind it. */
export function behindServices(view: ClusterView): readonly Behind[] {
  const pods = participants(view);
  const services = [...view.services.filter((each) => !isSystem(each)), ...view.services.filter(isSystem)];
  return services.flatMap((service) => {
    const { clusterIp } = service;
    if (clusterIp === undefined) return [];
    return service.ports
      .filter((port) => port.protocol === 'TCP')
      .flatMap((port) =>
        service.endpoints
          .filter((each) => each.ready && (each.portName ?? '') === (port.name ?? ''))
          .flatMap((each): Behind[] => {
            const server = pods.find((pod) => pod.address === each.address);
            const endpoint = `${each.address}:${each.port}`;
            return server ? [{ service, clusterIp, port: port.port, nodePort: port.nodePort, endpoint, server }] : [];
          }),
      );
  });
}

/** A Pod and a Service whose endpoint is on the same node or on another one; the Pod is not behind the Service. */
export function clientOf(
  view: ClusterView,
  where: 'same node' | 'other node',
): (Behind & { client: Participant }) | undefined {
  const pods = participants(view);
  for (const behind of behindServices(view)) {
    const { server, service } = behind;
    const client = pods.find(
      (pod) =>
        (pod.on === server.on) === (where === 'same node') &&
        !service.endpoints.some((each) => each.address === pod.address),
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
