import type { Chain, NetfilterTable, Rule } from '../../../../datamodel/network/netfilter.ts';
import type { Sysctls } from '../../../../datamodel/network/netns.ts';
import { addressAt } from '../../../../wire/address.ts';
import { addressMac } from '../../cni/bridge.ts';
import { SUBNET_ENV } from '../../cni/clusterNode.ts';
import { CniNode, type Entropy } from '../../cni/node/cniNode.ts';
import { Namespace } from '../../cni/node/namespace.ts';
import { PLUGINS } from '../../cni/plugins/plugins.ts';
import { subnetEnvText } from '../../cni/plugins/subnetEnv.ts';
import { hostVethName } from '../../cni/sandbox.ts';
import { nodeHost } from '../../host/nodeHost.ts';
import type { Jump, TableChanges } from '../../netfilter/tableChanges.ts';
import { makeRule } from '../../netfilter/tableChanges.ts';
import { bridgeMacs, joinNetns, loopback, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan, PlannedNodes, PodPlan } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';
import type { ClusterNetwork } from '../provider.ts';
import { directoryOf, isListed, listProblem } from './directories.ts';
import type { NetworkLists } from './networkLists.ts';
import { makeByList, writeDown } from './workplace.ts';

/** What the plugins have made of one node. */
interface Worked {
  readonly devices: readonly NetnsParts[];
  readonly rules: readonly NetnsParts[];
  readonly pods: ReadonlyMap<PodPlan, NetnsParts>;
}

/** What agents and plugins write where some Pods are made by running the plugins of other lists than the one that is compiled. */
export function listedNetwork(
  planned: PlannedNodes,
  inner: ClusterNetwork,
  lists: NetworkLists | undefined,
): ClusterNetwork {
  const { network } = planned.objects;
  const known = new Map<NodePlan, Worked | undefined>();
  const workedOn = (node: NodePlan): Worked | undefined => {
    if (!known.has(node)) known.set(node, work(planned, inner, lists, node));
    return known.get(node);
  };
  const warnings = [...planned.nodes.keys()].flatMap((name) => {
    const problem = listProblem(network, lists, name);
    if (problem === undefined) return [];
    const what =
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';
    return [
      `Node ${name} is NotReady (${what}). containerd: ${problem}. Pods that run there go on; no new one is made, and after five minutes they would be evicted.`,
    ];
  });
  return {
    ...inner,
    warnings: [...inner.warnings, ...warnings],
    devices: (node) => workedOn(node)?.devices ?? inner.devices(node),
    rules: (node) => workedOn(node)?.rules ?? inner.rules(node),
    pod: (node, pod) => workedOn(node)?.pods.get(pod) ?? inner.pod(node, pod),
  };
}

function work(
  planned: PlannedNodes,
  inner: ClusterNetwork,
  lists: NetworkLists | undefined,
  node: NodePlan,
): Worked | undefined {
  const { network } = planned.objects;
  const own = node.pods.filter(({ pod }) => isListed(network, lists, pod));
  const bridged = lists?.bridged.has(node.node.metadata.name) === true;
  if (own.length === 0) return undefined;
  const others = { ...node, pods: node.pods.filter((pod) => !own.includes(pod)) };
  const agents = withoutPods(inner.devices(node), own, others.pods.length > 0 || bridged);
  const rules = inner.rules(others);
  const before = joinNetns(node.netns, [nodeHost(inner.nicMtu ?? planned.nicMtu, node), ...agents, ...rules]);
  const host = new Namespace({ ...before, netfilter: before.netfilter.map(withSeam) });
  // the bridge plugin has set its bridge's MAC: whatever ports come, it stays
  for (const { kind, name } of before.links) if (kind === 'bridge') host.fixedMacs.add(name);
  const machine = new CniNode(host, new Map(), filesOf(inner, node), new Set(PLUGINS.keys()));
  for (const { pod, address } of others.pods) writeDown(machine, network.flannel.cni.name, address, pod);
  const make = (pod: PodPlan): NetnsParts => {
    const directory = directoryOf(network, lists, pod.pod, planned.settings.podMtu);
    return podParts(makeByList(machine, pod.pod, directory, drawnFor(planned, node, pod), pod.address).sandbox);
  };
  const pods = new Map(own.map((pod) => [pod, make(pod)] as const));
  return {
    devices: [...agents.map(withoutPlugins), writtenTo(host, before.sysctls)],
    rules: [...rules, { tables: host.netfilter.map((table) => changesOf(table, before.netfilter)) }],
    pods,
  };
}

function filesOf(inner: ClusterNetwork, node: NodePlan): ReadonlyMap<string, string> {
  const env = inner.subnetEnv?.(node);
  if (env === undefined) return new Map();
  const first = { address: addressAt(env.subnet, 1), length: env.subnet.length };
  return new Map([[SUBNET_ENV, subnetEnvText(env.network, first, env.mtu, env.ipMasq)]]);
}

function drawnFor({ settings: { seed } }: PlannedNodes, node: NodePlan, pod: PodPlan): Entropy {
  const { namespace, name } = pod.pod.metadata;
  return {
    mac: (device) => {
      if (device === 'host veth') return pod.hostVethMac;
      if (device === 'container veth') return addressMac(pod.address);
      return randomMac(seed, device, node.node.metadata.name, device === 'bridge' ? '' : `${namespace}/${name}`);
    },
    vethName: (attempt) => (attempt === 0 ? pod.hostVeth : hostVethName(pod.pod, attempt)),
  };
}

/** The agent's devices and the Pods' that its list made. @param bridged whether it has made its bridge. */
function withoutPods(parts: readonly NetnsParts[], pods: readonly PodPlan[], bridged: boolean): readonly NetnsParts[] {
  const veths = new Set(pods.map(({ hostVeth }) => hostVeth));
  return parts.map((part) => {
    const gone = new Set(veths);
    for (const { kind, name, owner } of part.links ?? [])
      if (kind === 'bridge' && owner === 'cni' && !bridged) gone.add(name);
    return {
      ...part,
      links: part.links?.filter(({ name }) => !gone.has(name)) ?? [],
      addresses: part.addresses?.filter(({ link }) => !gone.has(link)) ?? [],
      fdb: part.fdb?.filter(({ dev }) => !gone.has(dev)) ?? [],
    };
  });
}

/** What plugins have written is told anew, all of it. */
function withoutPlugins(part: NetnsParts): NetnsParts {
  const isAgents = ({ owner }: { readonly owner: string }): boolean => owner !== 'cni';
  return {
    ...part,
    links: part.links?.filter(isAgents) ?? [],
    addresses: part.addresses?.filter(isAgents) ?? [],
    routes: part.routes?.filter(isAgents) ?? [],
    fdb: part.fdb?.filter(({ owner, master }) => owner !== 'kernel' || master === undefined) ?? [],
  };
}

function writtenTo(host: Namespace, before: Sysctls): NetnsParts {
  const isPlugins = ({ owner }: { readonly owner: string }): boolean => owner === 'cni';
  const links = host.links.filter(isPlugins);
  return {
    links,
    addresses: host.addresses.filter(isPlugins),
    routes: host.routes.filter(isPlugins),
    fdb: bridgeMacs(links),
    sysctls: changed(host.sysctls, before),
  };
}

function podParts(sandbox: Namespace): NetnsParts {
  const { links, addresses, routes, sysctls } = sandbox;
  return {
    links,
    addresses: addresses.filter(({ address }) => address !== '::1'),
    routes,
    sysctls: changed(sysctls, joinNetns('', [loopback('cni')]).sysctls),
  };
}

function changed(now: Sysctls, before: Sysctls): Sysctls {
  return Object.fromEntries(Object.entries(now).filter(([key, value]) => before[key] !== value));
}

const SEAM = 'seam between what was inserted and what was appended';

/** Marks the end of each built-in chain: what comes to stand behind it was appended, what is new before it was inserted. */
function withSeam(table: NetfilterTable): NetfilterTable {
  const chains = [...table.chains].map((chain): Chain => {
    if (chain.policy === undefined) return chain;
    const seam: Rule = { ...makeRule('cni', table.name, chain.name, [], { type: 'RETURN' }, table.family), id: SEAM };
    return { ...chain, rules: [...chain.rules, seam] };
  });
  return { family: table.family, name: table.name, chains };
}

/** What plugins did to a table: their chains as they are now, and their rules in the built-in ones. */
function changesOf(table: NetfilterTable, before: readonly NetfilterTable[]): TableChanges {
  const { family, name } = table;
  const old = before.find((each) => each.family === family && each.name === name);
  const known = new Map([...(old?.chains ?? [])].map((chain) => [chain.name, chain]));
  const own = [...table.chains].filter((chain) => chain.policy === undefined);
  return {
    family,
    table: name,
    chains: own.filter((chain) => known.get(chain.name)?.rules !== chain.rules),
    jumps: [...table.chains].flatMap((chain) => jumpsOf(chain, known.get(chain.name))),
  };
}

function jumpsOf(chain: Chain, before: Chain | undefined): readonly Jump[] {
  if (chain.policy === undefined) return [];
  const old = new Set(before?.rules.map(({ id }) => id));
  const seam = chain.rules.findIndex(({ id }) => id === SEAM);
  const fresh = chain.rules.flatMap((rule, i) => (rule.id === SEAM || old.has(rule.id) ? [] : [{ rule, i }]));
  const hook = chain.name as Jump['hook'];
  const inserted = fresh.filter(({ i }) => i < seam).reverse();
  const appended = fresh.filter(({ i }) => i > seam);
  return [
    ...inserted.map(({ rule }): Jump => ({ hook, place: 'insert', rule })),
    ...appended.map(({ rule }): Jump => ({ hook, place: 'append', rule })),
  ];
}
