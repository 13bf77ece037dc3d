import type { ClusterView, PodView, ServiceView } from '../datamodel/cluster/view.ts';
import type { TrafficKind } from '../datamodel/flow/flow.ts';
import { compareAddresses } from '../wire/address.ts';
import { type Draft, EMPTY_DRAFT } from './draft.ts';

/** A destination or sender that can be chosen, and what to say about it. */
export interface Suggestion {
  readonly value: string;
  readonly hint: string;
}

/** `pod/web` in the namespace `default`, else `pod/NAMESPACE/web`. */
export function reference(kind: 'pod' | 'svc', object: { readonly namespace: string; readonly name: string }): string {
  return object.namespace === 'default' ? `${kind}/${object.name}` : `${kind}/${object.namespace}/${object.name}`;
}

export function senders(view: ClusterView): readonly Suggestion[] {
  return [
    ...userFirst(view.pods)
      .filter((pod) => pod.phase === 'Running')
      .map((pod) => ({ value: reference('pod', pod), hint: podHint(pod) })),
    ...view.nodes.map((node) => ({ value: `node/${node.name}`, hint: node.address })),
    ...view.outside.map((host) => ({
      value: host.address,
      hint: host.kind === 'load-balancer' ? 'load balancer' : 'host outside the cluster',
    })),
  ];
}

export function destinations(view: ClusterView): readonly Suggestion[] {
  return distinct([...services(view), ...senders(view), ...nodePorts(view), ...names(view)]);
}

/** A Service may offer one port for several protocols: it is one destination. */
function distinct(suggestions: readonly Suggestion[]): readonly Suggestion[] {
  const found = new Map<string, Suggestion>();
  for (const { value, hint } of suggestions) {
    const known = found.get(value);
    found.set(value, known ? { value, hint: `${known.hint}, ${hint.split(' · ').at(-1)}` } : { value, hint });
  }
  return [...found.values()];
}

function services(view: ClusterView): Suggestion[] {
  return userFirst(view.services).flatMap((service) =>
    service.ports.map((port) => ({
      value: `${reference('svc', service)}:${port.port}`,
      hint: `${service.clusterIp ?? (service.type === 'ExternalName' ? 'ExternalName' : 'headless')} · ${port.protocol}`,
    })),
  );
}

function nodePorts(view: ClusterView): Suggestion[] {
  const first = view.nodes.find((node) => !node.controlPlane) ?? view.nodes[0];
  if (first === undefined) return [];
  return view.services.flatMap((service) =>
    service.ports.flatMap((port) =>
      port.nodePort === undefined
        ? []
        : [{ value: `${first.address}:${port.nodePort}`, hint: `node port of ${reference('svc', service)}` }],
    ),
  );
}

function names(view: ClusterView): Suggestion[] {
  return view.names.map((name) => ({ value: name, hint: 'name, asked of DNS first' }));
}

function podHint(pod: PodView): string {
  return [pod.address, pod.node].filter((part) => part !== undefined).join(' · ');
}

function userFirst<T extends { readonly namespace: string }>(objects: readonly T[]): readonly T[] {
  const isSystem = (object: T): boolean => object.namespace.startsWith('kube-');
  return [...objects.filter((object) => !isSystem(object)), ...objects.filter(isSystem)];
}

/** An endpoint that a Service's coin can choose. */
export interface Choice {
  /** `10.244.2.47:8080` */
  readonly value: string;
  readonly hint: string;
  readonly node: string | undefined;
}

/** The endpoints behind what a flow goes to, when it goes to a Service; fewer than two leave nothing to choose. */
export function choicesBehind(view: ClusterView, to: string, port: number | undefined): readonly Choice[] {
  const found = serviceBehind(view, to, port);
  if (!found) return [];
  const { service, portName } = found;
  const endpoints = service.endpoints.filter(
    (endpoint) => endpoint.ready && (portName === undefined || (endpoint.portName ?? '') === portName),
  );
  const pods = new Map(view.pods.flatMap((pod) => (pod.address === undefined ? [] : [[pod.address, pod] as const])));
  return endpoints
    .toSorted((a, b) => compareAddresses(a.address, b.address))
    .map(({ address, port: target }) => {
      const pod = pods.get(address);
      return {
        value: address.includes(':') ? `[${address}]:${target}` : `${address}:${target}`,
        hint: pod ? [pod.name, pod.node].filter((part) => part !== undefined).join(' · ') : '',
        node: pod?.node,
      };
    });
}

function serviceBehind(
  view: ClusterView,
  to: string,
  port: number | undefined,
): { readonly service: ServiceView; readonly portName: string | undefined } | undefined {
  const bare = to.trim().replace(/:\d+$/, '');
  const wanted = /:(\d+)$/.exec(to.trim())?.[1];
  const number = wanted === undefined ? port : Number(wanted);
  const node = view.nodes.some((each) => each.address === bare || `node/${each.name}` === bare);
  for (const service of view.services) {
    if (node ? false : !answersTo(service, bare)) continue;
    const match = service.ports.find((each) =>
      node ? each.nodePort === number : number === undefined || each.port === number,
    );
    if (match) return { service, portName: service.ports.length > 1 ? (match.name ?? '') : undefined };
  }
  return undefined;
}

function answersTo(service: ServiceView, bare: string): boolean {
  const { namespace, name, clusterIp } = service;
  const forms = [`svc/${namespace}/${name}`, `service/${namespace}/${name}`, clusterIp];
  if (namespace === 'default') forms.push(`svc/${name}`, `service/${name}`, name);
  forms.push(`${name}.${namespace}`, `${name}.${namespace}.svc`);
  return forms.includes(bare as never) || bare.startsWith(`${name}.${namespace}.svc.`);
}

/**
 * The request that a freshly opened cluster is ready to send: from a Pod to a Service with several endpoints, to one of them
 * on another node, so that there is something to see. A cluster without such a pair gets the next best.
 */
export function firstDraft(view: ClusterView): Draft {
  const running = view.pods.filter((pod) => pod.phase === 'Running' && !pod.hostNetwork);
  const candidates = view.services
    .filter((service) => service.endpoints.length > 0 && service.ports.length > 0 && service.type !== 'ExternalName')
    .toSorted((a, b) => rank(b) - rank(a));
  const service = candidates[0];
  const port = service?.ports[0];
  if (!service || !port) return between(running, view);
  const addresses = new Set(service.endpoints.map((endpoint) => endpoint.address));
  const isBehind = (pod: PodView): boolean => pod.address !== undefined && addresses.has(pod.address);
  const sender =
    running.find((pod) => pod.namespace === service.namespace && !isBehind(pod)) ??
    running.find((pod) => !isBehind(pod)) ??
    running[0];
  const from = sender ? reference('pod', sender) : (senders(view)[0]?.value ?? '');
  const to = `${reference('svc', service)}:${port.port}`;
  const choices = choicesBehind(view, to, port.port);
  const elsewhere = choices.find((choice) => sender?.node !== undefined && choice.node !== sender.node);
  const pick = choices.length > 1 ? (elsewhere?.value ?? '') : '';
  return { ...EMPTY_DRAFT, from, to, as: kindFor(port), pick };
}

function rank(service: ServiceView): number {
  const system = service.namespace.startsWith('kube-') || service.name === 'kubernetes';
  return (system ? 0 : 1000) + (service.clusterIp ? 100 : 0) + Math.min(50, service.endpoints.length);
}

function between(running: readonly PodView[], view: ClusterView): Draft {
  const [sender] = running;
  const target = running.find((pod) => pod.node !== sender?.node) ?? running[1];
  if (sender && target) {
    return { ...EMPTY_DRAFT, from: reference('pod', sender), to: reference('pod', target), as: 'ping' };
  }
  const [a, b] = senders(view);
  return { ...EMPTY_DRAFT, from: a?.value ?? '', to: b?.value ?? '', as: 'ping' };
}

const WEB_PORTS = new Set([80, 443, 3000, 5000, 8000, 8080, 8081, 8888, 9090]);

function kindFor(port: ServiceView['ports'][number]): TrafficKind {
  if (port.protocol === 'UDP') return 'udp';
  if (port.protocol === 'SCTP') return 'sctp';
  return WEB_PORTS.has(port.port) || port.name?.startsWith('http') ? 'http' : 'tcp';
}
