import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import {
  addressAt,
  type IpAddress,
  type IpPrefix,
  ipv4ToNumber,
  networkOf,
  prefixContains,
} from '../../../wire/address.ts';
import type { ClusterPlan } from '../clusterPlan.ts';
import { nodeHost } from '../host/nodeHost.ts';
import { hasSandbox, nodePodCidr, podKey } from '../ipam/podAddresses.ts';
import { joinNetns, loopback } from '../netnsParts.ts';
import type { NodePlan } from '../nodePlan.ts';
import { podNetns } from '../plan.ts';
import { randomMac } from '../randomMac.ts';
import { addressMac, BRIDGE_INDEX, bridgeAddress } from './bridge.ts';
import { CONF_DIR } from './confDirectory.ts';
import { LIST_NAME, networkListText } from './networkListFile.ts';
import { CniNode, type Entropy } from './node/cniNode.ts';
import { Namespace } from './node/namespace.ts';
import { PLUGINS } from './plugins/plugins.ts';
import { subnetEnvText } from './plugins/subnetEnv.ts';
import { portMappings } from './portmap.ts';
import type { RuntimeConf } from './runtime/runtimeConf.ts';
import { hostVethName, sandboxId } from './sandbox.ts';
import { jsonObject } from './spec/json.ts';

/** What flanneld tells the flannel plugin. */
export const SUBNET_ENV = '/run/flannel/subnet.env';
const STORE = '/var/lib/cni/networks';
/** Of an address within its subnet: the gateway's comes before. */
const FIRST_PLACE = 2;

/** A node of a cluster as the first plugin finds it: the machine and flanneld have been at work, no Pod has been made. */
export function nodeBeforePods(plan: ClusterPlan, node: NodePlan): CniNode {
  const agents = plan.network.devices(node).filter(({ links = [] }) => !links.some(({ owner }) => owner === 'cni'));
  const host = new Namespace(joinNetns(node.netns, [nodeHost(plan.network.nicMtu ?? plan.nicMtu, node), ...agents]));
  // The tunnel's device came later than its number says.
  host.nextIndex = BRIDGE_INDEX;
  const files = new Map([[`${CONF_DIR}/${LIST_NAME}`, networkListText(plan.objects, plan.settings.podMtu)]]);
  const env = plan.network.subnetEnv?.(node);
  if (env) {
    const first = { address: addressAt(env.subnet, 1), length: env.subnet.length };
    files.set(SUBNET_ENV, subnetEnvText(env.network, first, env.mtu, env.ipMasq));
  }
  return new CniNode(host, new Map(), files, new Set(PLUGINS.keys()));
}

/** The Pods of a node that want a sandbox, those that fail to get one included, in the order in which they are made. */
export function podsInOrder({ objects }: ClusterPlan, { node }: NodePlan): readonly Pod[] {
  return objects.pods.filter((pod) => pod.nodeName === node.metadata.name && !pod.hostNetwork && hasSandbox(pod));
}

/** A new sandbox's network namespace: lo is there, and down. */
export function newSandbox(pod: Pod): Namespace {
  const empty: Netns = joinNetns(podNetns(pod.metadata), [loopback('cni')]);
  const links = empty.links.map((link) => ({ ...link, up: false }));
  return new Namespace({ ...empty, links, addresses: [] });
}

/** Path of a sandbox's network namespace, as containerd makes it. */
export function sandboxPath(pod: Pod): string {
  const id = sandboxId(pod);
  const part = (from: number, length: number): string => id.slice(from, from + length);
  return `/var/run/netns/cni-${part(0, 8)}-${part(8, 4)}-${part(12, 4)}-${part(16, 4)}-${part(20, 12)}`;
}

/** What containerd tells libcni of a Pod's interface. */
export function runtimeConf(pod: Pod): RuntimeConf {
  const { namespace, name, uid } = pod.metadata;
  const containerId = sandboxId(pod);
  const ports = portMappings(pod.ports).map(({ hostPort, containerPort, protocol, hostIp }) =>
    jsonObject({ hostPort, containerPort, protocol, hostIP: hostIp }),
  );
  return {
    containerId,
    netns: sandboxPath(pod),
    ifName: 'eth0',
    args: [
      ['IgnoreUnknown', '1'],
      ['K8S_POD_NAMESPACE', namespace],
      ['K8S_POD_NAME', name],
      ['K8S_POD_INFRA_CONTAINER_ID', containerId],
      ['K8S_POD_UID', uid],
    ],
    capabilityArgs: jsonObject({ portMappings: ports.length > 0 ? ports : undefined }),
  };
}

/** Draws for a Pod what it has in the cluster. */
export function entropyOf(plan: ClusterPlan, node: NodePlan, pod: Pod): Entropy {
  const planned = plan.pods.get(podKey(pod.metadata));
  const subnet = plan.network.subnetEnv?.(node)?.subnet ?? nodePodCidr(node.node);
  const { namespace, name } = pod.metadata;
  return {
    mac: (device) => {
      if (device === 'bridge' && subnet) return addressMac(bridgeAddress(subnet));
      if (device === 'container veth' && planned) return addressMac(planned.address);
      if (device === 'host veth' && planned) return planned.hostVethMac;
      return randomMac(plan.settings.seed, device, namespace, name);
    },
    vethName: (attempt) => (planned && attempt === 0 ? planned.hostVeth : hostVethName(pod, attempt)),
  };
}

/**
 * Lets host-local's account of a node be such that it comes to an address next: those before it have been given back. For an
 * address that is none of the node's to give nothing is changed.
 */
export function comeTo(node: CniNode, address: IpAddress, network: string, subnet: IpPrefix): void {
  const place = ipv4ToNumber(address) - ipv4ToNumber(networkOf(subnet).address);
  if (!prefixContains(subnet, address) || place < FIRST_PLACE) return;
  const file = `${STORE}/${network}/last_reserved_ip.0`;
  const last = node.files.get(file) ?? addressAt(subnet, FIRST_PLACE - 1);
  const before = addressAt(subnet, place - 1);
  if (last !== before) node.files.set(file, before);
}
