import type { ClusterSettings, CniBackend } from '../../datamodel/cluster/command.ts';
import type { UnderlayName } from '../../datamodel/cluster/underlay.ts';
import type { ClusterView, PodView } from '../../datamodel/cluster/view.ts';
import type { Weighing } from '../../datamodel/cluster/weighing.ts';
import type { Flow } from '../../datamodel/flow/flow.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import { formatPrefix, type IpAddress, type IpPrefix, prefixContains } from '../../wire/address.ts';
import type { Cluster } from '../cluster.ts';
import { Configuration } from '../configuration.ts';
import { Edits } from '../edits.ts';
import { run } from '../linux/run.ts';
import type { Readdress } from '../readdress.ts';
import { headersOf, natOf, passOf, type ReadRequest, readRequest, sourceAtEnd } from './readRequest.ts';

/** As many nodes are tried in pairs: more would only say the same again. */
const NODES = 4;
/** Ethernet's, a cloud's and a data centre's. */
const NICS = [1500, 9001, 9000] as const;
/** Agents that hold Pods' traffic to NetworkPolicies. */
const ENFORCERS: ReadonlySet<string> = new Set(['felix', 'cilium', 'cilium-agent', 'network-policy-agent']);
const NO_EDITS = Edits.none((state) => state);

type Sender = PodView & { readonly address: IpAddress };

/**
 * Builds the cluster with a backend on an underlay and lets Pods of different nodes ping each other; everything is read off the
 * packets and tables that this gives. Nothing is left behind.
 *
 * @throws Error when the cluster cannot be built so.
 */
export function weighBackend(
  cluster: Cluster,
  cni: CniBackend,
  underlay: UnderlayName,
  readdress: Readdress,
): Weighing {
  const built = under(cluster, { cni, underlay }, readdress);
  const view = viewOf(built);
  const tries = pairsOf(view).map(([from, to]) => ({ from, to, ...pinged(built, view, from, to) }));
  const isFine = ({ answered, request, from }: (typeof tries)[number]): boolean =>
    answered && sourceAtEnd(request) === from.address;
  const failed = tries.find((each) => !isFine(each));
  const longest = tries.toSorted((a, b) => (b.request.outer?.length ?? 0) - (a.request.outer?.length ?? 0))[0];
  const shown = failed ?? longest;
  const { end, steps = [], outer, inner } = shown?.request ?? {};
  const source = shown && sourceAtEnd(shown.request);
  const podRanges = built.addressingAt().pods;
  const node = view.nodes.find(({ name }) => name === shown?.from.node);
  const outside = shown && pinged(built, view, shown.from, { address: view.outside[0]?.address });
  const across = underlay === 'two-subnets' ? undefined : under(cluster, { cni, underlay: 'two-subnets' }, readdress);
  return {
    cni,
    underlay,
    tried: tries.length,
    answered: tries.filter(isFine).length,
    ...(failed && { failure: failureOf(failed.request, failed.answered) }),
    warnings: built.plan.warnings,
    shown: shown && { from: nameOf(shown.from), to: nameOf(shown.to) },
    overhead: outer && inner && outer.length - inner.length,
    headers: headersOf(outer),
    passes: passOf(outer),
    podMtu: view.podMtu,
    mtus: NICS.map((nic) => {
      const options = { ...cluster.settings.underlayOptions, mtu: nic };
      return { nic, pod: under(cluster, { cni, underlay, underlayOptions: options }, readdress).plan.network.podMtu };
    }),
    source: source === undefined ? undefined : { address: source, isOwn: source === shown?.from.address },
    nat: natOf(steps),
    natOutside: outside ? natOf(outside.request.steps) : [],
    nodeRoutes: node ? routesTo(built.netns(node.netns), podRanges) : 0,
    routerRoutes: view.underlay.routers.map(({ netns }) => ({
      router: netns.replace(/^router\//, ''),
      routes: routesTo(built.netns(netns), podRanges),
    })),
    speaksBgp: view.bgp === true,
    acrossSubnets: across === undefined ? failed === undefined : everybodyAnswers(across),
    hops: end?.type === 'delivered' ? new Set(steps.map(({ netns }) => netns)).size : 0,
    ...effortOf(steps),
    enforcers: [...ENFORCERS].filter((owner) => view.nodes.some(({ netns }) => isOn(built.netns(netns), owner))),
  };
}

function under(cluster: Cluster, settings: Partial<ClusterSettings>, readdress: Readdress): Cluster {
  const built = cluster.under({ podMtu: 'auto', ...settings }, readdress);
  if (!built.ok) throw new Error(built.error);
  return built.value;
}

function viewOf(cluster: Cluster): ClusterView {
  return new Configuration(cluster, NO_EDITS).view(0);
}

/** One Pod a node, each with each. */
function pairsOf({ pods, nodes }: ClusterView): readonly (readonly [Sender, Sender])[] {
  const senders = nodes
    .flatMap(({ name }) => pods.find((pod): pod is Sender => pod.node === name && isSender(pod)) ?? [])
    .slice(0, NODES);
  return senders.flatMap((from, i) => senders.slice(i + 1).map((to) => [from, to] as const));
}

function isSender({ hostNetwork, phase, address }: PodView): boolean {
  return !hostNetwork && phase === 'Running' && address !== undefined;
}

function nameOf({ namespace, name }: PodView): string {
  return `pod/${namespace}/${name}`;
}

function pinged(
  cluster: Cluster,
  { nodes }: ClusterView,
  from: Sender,
  to: { readonly address: IpAddress | undefined },
): { readonly request: ReadRequest; readonly answered: boolean } {
  const own = new Set(
    nodes.flatMap(({ netns, devices }) =>
      devices.flatMap(({ kind, name }) => (kind === 'physical' ? [`${netns} ${name}`] : [])),
    ),
  );
  if (to.address === undefined) return { request: readRequest({ traces: [] }, from.netns, own), answered: false };
  const flow: Flow = {
    from: from.netns,
    to: { type: 'address', address: to.address },
    as: 'ping',
    payload: 56,
    repeat: 1,
    warm: true,
  };
  const conversation = run({ flow, netns: (id) => cluster.netns(id), learned: new Map(), seed: 1, start: 0 });
  return {
    request: readRequest(conversation, from.netns, own),
    answered: conversation.outcomes[0]?.type === 'answered',
  };
}

function everybodyAnswers(cluster: Cluster): boolean {
  const view = viewOf(cluster);
  return pairsOf(view).every(([from, to]) => pinged(cluster, view, from, to).answered);
}

function failureOf({ end }: ReadRequest, answered: boolean): NonNullable<Weighing['failure']> {
  if (end?.type === 'dropped') return { where: end.netns, reason: end.reason, because: end.because };
  if (answered) return { where: '', reason: 'NAT', because: 'The receiver does not see the sender’s own address.' };
  const because = end ? 'The request arrives, but its answer does not come back.' : 'The request was never sent.';
  return { where: end?.netns ?? '', reason: 'NO_ANSWER', because };
}

/** Routes to Pods elsewhere: not to those at hand, and none that the kernel has made by itself. */
function routesTo(netns: Netns | undefined, ranges: readonly IpPrefix[]): number {
  if (netns === undefined) return 0;
  const near = new Set(netns.links.flatMap(({ kind, name }) => (kind === 'veth' || kind === 'bridge' ? [name] : [])));
  const found = netns.routes.filter(
    ({ destination, type, protocol, dev }) =>
      type === 'unicast' &&
      protocol !== 'kernel' &&
      !near.has(dev ?? '') &&
      ranges.some((range) => prefixContains(range, destination.address)),
  );
  return new Set(found.map(({ destination }) => formatPrefix(destination))).size;
}

function effortOf(steps: ReadRequest['steps']): { readonly rules: number; readonly lookups: number } {
  let rules = 0;
  let lookups = 0;
  for (const step of steps) {
    if (step.type === 'hook') {
      rules += step.rulesEvaluated;
      lookups += step.lookups ?? 0;
    } else if (step.type === 'program') lookups += step.lookups;
    else if (step.type === 'route' || step.type === 'neighbor' || step.type === 'bridge') lookups++;
  }
  return { rules, lookups };
}

/** Whether an agent runs on a node: it has written something there. */
function isOn(netns: Netns | undefined, owner: string): boolean {
  if (netns === undefined) return false;
  const rules = netns.netfilter.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  return [...netns.links, ...netns.routes, ...rules, ...(netns.ebpf?.devices ?? [])].some(
    (entry) => entry.owner === owner,
  );
}
