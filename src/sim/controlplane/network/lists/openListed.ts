import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { addressAt, type IpAddress } from '../../../../wire/address.ts';
import { bareNode } from '../../cni/bareNode.ts';
import { addressMac, BRIDGE_INDEX, bridgeAddress } from '../../cni/bridge.ts';
import { newBridge } from '../../cni/bridgeLinks.ts';
import { SUBNET_ENV } from '../../cni/clusterNode.ts';
import type { CniNode, Entropy } from '../../cni/node/cniNode.ts';
import { subnetEnvText } from '../../cni/plugins/subnetEnv.ts';
import { hostVethName } from '../../cni/sandbox.ts';
import {
  givenAddress,
  hasSandbox,
  nodePodCidr,
  type PodAddress,
  type PodKey,
  podKey,
} from '../../ipam/podAddresses.ts';
import { interfaceAddress } from '../../netnsParts.ts';
import { randomMac } from '../../randomMac.ts';
import type { NetworkInput, OpenListed } from '../provider.ts';
import { directoryOf, isListed } from './directories.ts';
import { listedNetwork } from './listedNetwork.ts';
import { type NetworkLists, overlayOf } from './networkLists.ts';
import { lastReserved, lastReservedFiles, makeByList, setLastReserved, writeDown } from './workplace.ts';

/** What no address depends on: the MTU of a subnet.env that is only read for its ranges. */
const ANY_MTU = 1450;

/**
 * A network with flannel some of whose Pods are made by network configuration lists that nobody has compiled: those that people
 * wrote, or a manifest's that has more in it than flannel publishes. Their plugins are run, one Pod after another, and what they
 * answer and leave behind is what the Pods have; all others are as the agent's list makes them.
 */
export const openListed: OpenListed = (open, input, lists) => {
  const { objects, memory } = input;
  const listed = (pod: Pod): boolean => isListed(objects.network, lists, pod);
  const isOthers = (pod: Pod): boolean => pod.hostNetwork || !listed(pod) || givenAddress(pod) !== undefined;
  const inner = open({ ...input, objects: { ...objects, pods: objects.pods.filter(isOthers) } });
  const addresses = new Map<PodKey, PodAddress>();
  const lastHandedOut = new Map(inner.memory.lastHandedOut);
  const stores = new Map(memory?.stores);
  for (const node of objects.nodes) {
    const { name } = node.metadata;
    const own = objects.pods.filter((pod) => pod.nodeName === name && !pod.hostNetwork && hasSandbox(pod));
    if (!own.some(listed)) continue;
    const made = makeAddresses(node, own, { input, lists, last: inner.memory.lastHandedOut.get(name) });
    for (const [key, address] of made.addresses) addresses.set(key, address);
    if (made.last !== undefined) lastHandedOut.set(name, made.last);
    stores.set(name, made.store);
  }
  const inOrder = objects.pods.flatMap((pod) => {
    const key = podKey(pod.metadata);
    const address = addresses.get(key) ?? inner.addresses.get(key);
    return address ? [[key, address] as const] : [];
  });
  return {
    ...inner,
    addresses: new Map(inOrder),
    memory: { ...inner.memory, lastHandedOut, ...(stores.size > 0 && { stores }) },
    start: (planned) => listedNetwork(planned, inner.start(planned), lists),
  };
};

interface Making {
  readonly input: NetworkInput;
  readonly lists: NetworkLists | undefined;
  /** What the agent's host-local has handed out last. */
  readonly last: IpAddress | undefined;
}

/** The addresses that a node's listed Pods come to: those that they have, and for whoever has none yet what the plugins answer. */
function makeAddresses(node: Node, pods: readonly Pod[], { input, lists, last }: Making) {
  const { objects, memory, seed } = input;
  const { cni } = objects.network.flannel;
  const { name } = node.metadata;
  const own = pods.filter((pod) => isListed(objects.network, lists, pod));
  const others = pods.filter((pod) => !own.includes(pod));
  const machine = sketch(node, input, others.length > 0 || lists?.bridged.has(name) === true);
  for (const pod of others) {
    const address = givenAddress(pod);
    if (address !== undefined) writeDown(machine, cni.name, address, pod);
  }
  const addresses = new Map<PodKey, PodAddress>();
  const make = (pod: Pod): void => {
    const directory = directoryOf(objects.network, lists, pod);
    addresses.set(podKey(pod.metadata), makeByList(machine, pod, directory, drawnFor(pod, seed)).address);
  };
  const isGiven = (pod: Pod): boolean => givenAddress(pod) !== undefined;
  for (const pod of own.filter(isGiven)) {
    make(pod);
    // whatever a replay comes to: who was made by it has its address
    const address = overlayOf(lists, pod).size > 0 ? givenAddress(pod) : undefined;
    if (address !== undefined) addresses.set(podKey(pod.metadata), { ok: true, address });
  }
  for (const [path, text] of memory?.stores?.get(name) ?? []) machine.files.set(path, text);
  if (last !== undefined) setLastReserved(machine, cni.name, last);
  for (const pod of own.filter((each) => !isGiven(each))) make(pod);
  return { addresses, last: lastReserved(machine, cni.name), store: lastReservedFiles(machine) };
}

/** A node with what decides whether plugins succeed, and with which address: its devices' names, and its range. */
function sketch(node: Node, { objects }: NetworkInput, bridged: boolean): CniNode {
  const machine = bareNode();
  const { cni, network, ipMasq } = objects.network.flannel;
  const subnet = nodePodCidr(node);
  if (subnet === undefined) return machine;
  const first = { address: addressAt(subnet, 1), length: subnet.length };
  machine.files.set(SUBNET_ENV, subnetEnvText(network, first, ANY_MTU, ipMasq));
  if (!bridged) return machine;
  const gateway = bridgeAddress(subnet);
  const { host } = machine;
  host.links = [...host.links, newBridge(cni.bridge, BRIDGE_INDEX + 1, addressMac(gateway), ANY_MTU)];
  host.addresses = [
    ...host.addresses,
    interfaceAddress('cni', cni.bridge, { address: gateway, length: subnet.length }),
  ];
  host.nextIndex = BRIDGE_INDEX + 2;
  return machine;
}

function drawnFor(pod: Pod, seed: number): Entropy {
  const { namespace, name } = pod.metadata;
  return {
    mac: (device) => randomMac(seed, device, namespace, name),
    vethName: (attempt) => hostVethName(pod, attempt),
  };
}
