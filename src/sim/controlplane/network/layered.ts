import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { IpamMemory } from '../ipam/podAddresses.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { NodePlan, PlannedNodes } from '../nodePlan.ts';
import { layeredParts } from './layeredParts.ts';
import { layeredRules } from './layeredRules.ts';
import { generationOf, generationOn, type NetworkGeneration, type NetworkHistory } from './networkHistory.ts';
import type {
  ClusterNetwork,
  NetworkBgp,
  NetworkInput,
  NetworkProvider,
  OpenNetwork,
  ServiceProxy,
} from './provider.ts';

export type OpenLayered = (
  input: Omit<NetworkInput, 'cni'>,
  history: NetworkHistory,
  providerOf: (cni: NetworkGeneration['cni']) => NetworkProvider,
) => OpenNetwork;

/**
 * Networks that were put one over the other on a running cluster. Each hands out the addresses of the Pods that its plugins
 * made, and its agents know the nodes that they were rolled out on; what earlier ones wrote is still there.
 *
 * @param providerOf what makes each of them.
 */
export const openLayered: OpenLayered = (input, history, providerOf) => {
  const { generations } = history;
  const { objects, seed, memory, now } = input;
  const opened = generations.map(({ cni, nodes }, i) => {
    const knows = (pod: Pod): boolean => {
      const other = generationOf(history, pod);
      return other <= i && sharesStore(generations[other]?.cni ?? cni, cni);
    };
    const known = {
      network: objects.network,
      nodes: nodes ? objects.nodes.filter(({ metadata }) => heeds(history, i, metadata.name)) : objects.nodes,
      pods: objects.pods.filter((pod) => pod.hostNetwork || knows(pod)),
    };
    const over = generations[i - 1]?.cni;
    return providerOf(cni).open({
      cni,
      ...(over && { over }),
      seed,
      objects: known,
      ...(memory && { memory }),
      ...(now !== undefined && { now }),
    });
  });
  const newest = opened.at(-1)!;
  const ofPod = (pod: Pod): OpenNetwork => opened[generationOf(history, pod)] ?? newest;
  const addresses = new Map(
    objects.pods.flatMap((pod) => {
      const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
      const given = ofPod(pod).addresses.get(key) ?? newest.addresses.get(key);
      return given ? [[key, given] as const] : [];
    }),
  );
  const blocks = opened.flatMap((each) => each.blocks ?? []);
  return {
    addresses,
    memory: joinedMemory(opened.map((each) => each.memory)),
    podRanges: [...new Set(opened.flatMap(({ podRanges }) => podRanges))],
    ...(newest.blocks && { blocks }),
    ...(newest.nodeRanges && { nodeRanges: newest.nodeRanges }),
    ...(newest.interfaces && { interfaces: newest.interfaces }),
    // nobody moves the nodes
    ...(opened[0]?.nodeSubnet && { nodeSubnet: opened[0].nodeSubnet }),
    firstVethIndex: Math.max(...opened.map(({ firstVethIndex }) => firstVethIndex)),
    hostVeth: (pod, attempt) => ofPod(pod).hostVeth(pod, attempt),
    start: (planned) => startLayered(planned, history, opened),
  };
};

/** A plugin finds what the same project's plugin wrote down before: host-local's files, Calico's datastore. */
function sharesStore(a: string, b: string): boolean {
  return a.split('-')[0] === b.split('-')[0];
}

/**
 * Whether the agents of a generation do something about a node: it is one of theirs, or tells others of itself in the same manner.
 * flanneld passes over leases of another backend type (pkg/backend/route_network.go); all calico-nodes read one datastore.
 */
function heeds(history: NetworkHistory, generation: number, node: string): boolean {
  const { cni, nodes } = history.generations[generation]!;
  const other = history.generations[generationOn(history, node)]?.cni ?? cni;
  return nodes === undefined || nodes.has(node) || leaseType(other) === leaseType(cni);
}

function leaseType(cni: string): string {
  return cni.startsWith('flannel') ? cni.replace('-directrouting', '') : (cni.split('-')[0] ?? cni);
}

function joinedMemory(memories: readonly IpamMemory[]): IpamMemory {
  const lastHandedOut = new Map<string, IpAddress>(memories.flatMap((memory) => [...memory.lastHandedOut]));
  return Object.assign({}, ...memories, { lastHandedOut });
}

function startLayered(planned: PlannedNodes, history: NetworkHistory, opened: readonly OpenNetwork[]): ClusterNetwork {
  const layers = history.generations.map(({ podMtu, nodes }, i) => {
    const plans = new Map<string, NodePlan>();
    for (const [name, node] of planned.nodes) {
      if (!heeds(history, i, name)) continue;
      plans.set(name, { ...node, pods: node.pods.filter(({ pod }) => generationOf(history, pod) === i) });
    }
    const own: PlannedNodes = { ...planned, settings: { ...planned.settings, podMtu }, nodes: plans };
    const network = opened[i]!.start(own);
    const on = ({ node: { metadata } }: NodePlan): NodePlan | undefined =>
      nodes && !nodes.has(metadata.name) ? undefined : plans.get(metadata.name);
    return { network, own, on };
  });
  const newest = layers.at(-1)!;
  const written = (node: NodePlan, what: 'devices' | 'rules'): readonly (readonly NetnsParts[])[] =>
    layers.flatMap(({ network, on }, i) => {
      const own = on(node);
      if (own === undefined) return [];
      const isFollowed = layers.some(({ on: after }, j) => j > i && after(node) && isCalico(history, i, j));
      const parts = network[what](own);
      return [isFollowed ? parts.map((part) => withdrawn(part, own)) : parts];
    });
  const inForce = <T>(node: NodePlan, ask: (network: ClusterNetwork, own: NodePlan) => T): T | undefined => {
    const layer = layers[generationOn(history, node.node.metadata.name)];
    const own = layer?.on(node);
    return layer && own && ask(layer.network, own);
  };
  const { bgp, cloud, tunnelDevice, podMtu, nicMtu } = newest.network;
  // An agent's programs stand at the cables of all Pods that its project's plugin made, whichever generation it was.
  const proxied = (node: NodePlan): NodePlan => {
    const own = history.generations[generationOn(history, node.node.metadata.name)]?.cni ?? '';
    const isOwn = (pod: Pod): boolean => sharesStore(history.generations[generationOf(history, pod)]?.cni ?? own, own);
    return { ...node, pods: node.pods.filter(({ pod }) => isOwn(pod)) };
  };
  const proxyOn = (node: NodePlan): ServiceProxy | undefined => inForce(node, ({ serviceProxy }) => serviceProxy);
  const serviceProxy = layers.find(({ network }) => network.serviceProxy)?.network.serviceProxy;
  return {
    podMtu,
    ...(nicMtu !== undefined && { nicMtu }),
    tunnelDevice,
    ...(cloud && { cloud }),
    ...(bgp && { bgp: bgpOf(bgp, newest.own, newest.on) }),
    warnings: newest.network.warnings,
    ...(serviceProxy && {
      serviceProxy: {
        owner: serviceProxy.owner,
        runsOn: (node) => proxyOn(node) !== undefined,
        node: (node) => proxyOn(node)?.node(proxied(node)) ?? {},
        pod: (node) => proxyOn(node)?.pod(proxied(node)) ?? {},
      },
    }),
    ...(layers.some(({ network }) => network.blocksOf) && {
      blocksOf: (node) => inForce(node, (network, own) => network.blocksOf?.(own)) ?? node.node.podCidrs,
    }),
    ...(layers.some(({ network }) => network.masquerade) && {
      masquerade: (node) => inForce(node, (network, own) => network.masquerade?.(own)),
    }),
    ...(newest.network.hostPorts && { hostPorts: newest.network.hostPorts }),
    ...(layers.some(({ network }) => network.subnetEnv) && {
      subnetEnv: (node) => inForce(node, (network, own) => network.subnetEnv?.(own)),
    }),
    ...(layers.some(({ network }) => network.lease) && {
      // a Node keeps its annotations when its flanneld has gone
      lease: (node) => {
        const layer = layers.findLast(({ network, on }) => network.lease && on(node));
        const own = layer?.on(node);
        return own && layer?.network.lease?.(own);
      },
    }),
    devices: (node) => layeredParts(written(node, 'devices')),
    rules: (node) => layeredRules(written(node, 'rules')),
    pod: (node, pod) => {
      const { network, on } = layers[generationOf(history, pod.pod)] ?? newest;
      return network.pod(on(node) ?? node, pod);
    },
  };
}

function isCalico({ generations }: NetworkHistory, ...which: readonly number[]): boolean {
  return which.every((i) => generations[i]?.cni.startsWith('calico'));
}

/**
 * What a Felix leaves to the next one: it sees to its Pods' routes, and takes down tunnels and routes that its pools do not ask for
 * any more (felix/dataplane/linux/int_dataplane.go). Its rules are written anew.
 */
function withdrawn(
  { links, addresses, routes, neighbors, fdb, tables, ...rest }: NetnsParts,
  node: NodePlan,
): NetnsParts {
  const veths = new Set(node.pods.map(({ hostVeth }) => hostVeth));
  const isLeft = ({ owner }: { readonly owner: string }): boolean => owner !== 'felix' && owner !== 'bird';
  return {
    ...rest,
    tables: tables?.filter(({ jumps }) => jumps.every(({ rule }) => isLeft(rule))) ?? [],
    links: links?.filter(isLeft) ?? [],
    addresses: addresses?.filter(isLeft) ?? [],
    routes: routes?.filter((route) => isLeft(route) || veths.has(route.dev ?? '')) ?? [],
    neighbors: neighbors?.filter(isLeft) ?? [],
    fdb: fdb?.filter(isLeft) ?? [],
  };
}

/** Only nodes that its agents were rolled out on speak. */
function bgpOf(
  { config, announcedBy, routes, inTime }: NetworkBgp,
  own: PlannedNodes,
  on: (node: NodePlan) => NodePlan | undefined,
): NetworkBgp {
  return {
    config,
    routes: (_, topology) => routes(own, topology),
    inTime: (_, topology, deeds) => inTime(own, topology, deeds),
    announcedBy: (node) => {
      const own = on(node);
      return own ? announcedBy(own) : { blocks: [], borrowed: [] };
    },
  };
}
