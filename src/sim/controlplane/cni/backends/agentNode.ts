import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { prefixContains } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { nodeHost } from '../../host/nodeHost.ts';
import { nodePodCidr, podKey } from '../../ipam/podAddresses.ts';
import { joinNetns, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan, PodPlan } from '../../nodePlan.ts';
import { CniNode } from '../node/cniNode.ts';
import { Namespace } from '../node/namespace.ts';
import { PLUGINS } from '../plugins/plugins.ts';
import { sandboxId } from '../sandbox.ts';
import type { AgentAnswer } from './agentAnswer.ts';
import { AGENT_PLUGINS } from './agentPlugins.ts';

/** What a plugin wraps around the words of a failure. */
const WRAPPED = / failed \(add\): (.*)$/s;

/** A node as a Pod finds it whose plugin asks an agent: the agents and the plugins of earlier Pods have been there. */
export function agentNode(plan: ClusterPlan, node: NodePlan, pod: Pod): CniNode {
  const devices = plan.network.devices(node);
  const place = node.pods.findIndex((each) => each.pod === pod);
  const later = new Set((place < 0 ? [] : node.pods.slice(place)).map(({ hostVeth }) => hostVeth));
  const before = devices.map((part) => partOf(part, (device) => !later.has(device)));
  const host = new Namespace(joinNetns(node.netns, [nodeHost(plan.nicMtu, node), ...before]));
  const machine = new CniNode(host, new Map(), new Map(), new Set([...PLUGINS.keys(), ...AGENT_PLUGINS.keys()]));
  machine.answers.set(sandboxId(pod), answerFor(plan, node, pod, devices));
  return machine;
}

function answerFor(plan: ClusterPlan, node: NodePlan, pod: Pod, devices: readonly NetnsParts[]): AgentAnswer {
  const given = plan.addresses.get(podKey(pod.metadata));
  const planned = plan.pods.get(podKey(pod.metadata));
  if (given === undefined || planned === undefined) {
    const message = given?.ok === false ? given.message : 'no address';
    return { ok: false, error: WRAPPED.exec(message)?.[1] ?? message };
  }
  const own = plan.network.pod(node, planned);
  const gateway = own.routes?.find(({ via }) => via !== undefined)?.via ?? planned.address;
  return {
    ok: true,
    address: planned.address,
    blockLength: blockLength(plan, node, planned),
    gateway,
    hostVeth: { name: planned.hostVeth, mac: planned.hostVethMac },
    podMac: own.links?.find(({ kind }) => kind === 'veth')?.mac ?? planned.hostVethMac,
    host: joined(devices.map((part) => partOf(part, (device) => device === planned.hostVeth))),
    pod: own,
  };
}

/** Of the block that the node has, or that another node has lent it. */
function blockLength({ ipam, network }: ClusterPlan, node: NodePlan, { address }: PodPlan): number {
  const blocks = [...(network.blocksOf?.(node) ?? []), ...(ipam.blocks ?? []).map(({ cidr }) => cidr)];
  const own = nodePodCidr(node.node);
  return [...blocks, ...(own ? [own] : [])].find((block) => prefixContains(block, address))?.length ?? 32;
}

/** What of a part is about some devices. */
function partOf(part: NetnsParts, isMeant: (device: string) => boolean): NetnsParts {
  const { links = [], addresses = [], routes = [], sysctls = {} } = part;
  return {
    links: links.filter(({ name }) => isMeant(name)),
    addresses: addresses.filter(({ link }) => isMeant(link)),
    routes: routes.filter(({ dev = '' }) => isMeant(dev)),
    sysctls: Object.fromEntries(Object.entries(sysctls).filter(([key]) => isMeant(key.split('.')[3] ?? ''))),
  };
}

function joined(parts: readonly NetnsParts[]): NetnsParts {
  return {
    links: parts.flatMap(({ links = [] }) => links),
    addresses: parts.flatMap(({ addresses = [] }) => addresses),
    routes: parts.flatMap(({ routes = [] }) => routes),
    sysctls: Object.assign({}, ...parts.map(({ sysctls = {} }) => sysctls)),
  };
}
