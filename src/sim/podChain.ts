import { err, ok, type Result } from '../base/result.ts';
import type { ChainCall, ChainOperation, PodChain, PodChainQuestion } from '../datamodel/cluster/podChain.ts';
import type { Pod } from '../datamodel/kubernetes/pod.ts';
import { familyOf, networkOf } from '../wire/address.ts';
import { chainFiles, withoutList } from './chainFiles.ts';
import { ChainWatch } from './chainWatch.ts';
import type { ClusterPlan } from './controlplane/clusterPlan.ts';
import { agentNode } from './controlplane/cni/backends/agentNode.ts';
import {
  comeTo,
  entropyOf,
  newSandbox,
  nodeBeforePods,
  podsInOrder,
  runtimeConf,
  sandboxPath,
} from './controlplane/cni/clusterNode.ts';
import { loadedList } from './controlplane/cni/confDirectory.ts';
import { remarksOn } from './controlplane/cni/networkListFile.ts';
import type { CniNode } from './controlplane/cni/node/cniNode.ts';
import type { Execution } from './controlplane/cni/runtime/execute.ts';
import {
  addNetworkList,
  checkNetworkList,
  delNetworkList,
  gcNetworkList,
  type NetworkAnswer,
  resultText,
  statusNetworkList,
} from './controlplane/cni/runtime/libcni.ts';
import { type NetworkList, readNetworkList } from './controlplane/cni/runtime/networkList.ts';
import { failedSandbox, NOT_INITIALIZED, sandboxId } from './controlplane/cni/sandbox.ts';
import { type CniRelease, DEBIAN_RELEASE, faultShown, RELEASES } from './controlplane/cni/spec/release.ts';
import { nodePodCidr, podKey } from './controlplane/ipam/podAddresses.ts';
import { isListed } from './controlplane/network/lists/directories.ts';
import type { NodePlan } from './controlplane/nodePlan.ts';

/** The network that containerd has for lo alone, as it is built in. */
const LOOPBACK_LIST = JSON.stringify({ cniVersion: '0.3.1', name: 'cni-loopback', plugins: [{ type: 'loopback' }] });

/**
 * Makes a Pod's network as containerd does, by calling the plugins one after another on its node, as that was when the Pod
 * was created. Leaves nothing behind; no part of the simulation itself, which has computed what comes of it.
 *
 * @returns an error when there is no such Pod, it has no network of its own, or another CNI makes it.
 */
export function podChain(plan: ClusterPlan, question: PodChainQuestion): Result<PodChain, string> {
  const release = RELEASES.get(question.release ?? '1.1.1');
  if (release === undefined)
    return err(`There is no release ${question.release}: one of ${[...RELEASES.keys()].join(', ')}`);
  const found = findPod(plan, question);
  if (!found.ok) return found;
  const { pod, node } = found.value;
  const files = chainFiles(plan, node, pod);
  if (files === undefined) return err(withoutList(plan.cni));
  const { made, picked, path, ...shown } = files;
  const directory = question.list === undefined ? made : new Map([...made, [picked, question.list]]);
  const list = loadedList(directory, release);
  const frame = {
    node: node.node.metadata.name,
    pod: podKey(pod.metadata),
    containerId: sandboxId(pod),
    netns: sandboxPath(pod),
    listPath: path,
    list: directory.get(picked) ?? '',
    ...shown,
  };
  if (!list.ok)
    return ok({ ...frame, remarks: [], refusal: { kubelet: NOT_INITIALIZED, runtime: list.error }, operations: [] });
  const machine = machineFor(plan, node, pod, release);
  for (const [name, text] of directory) machine.files.set(path.replace(picked, name), text);
  const afterwards = question.afterwards ?? [];
  const operations = operate(machine, { plan, node, pod, release, list: list.value, afterwards });
  return ok({ ...frame, remarks: remarksOn(list.value), operations });
}

/** The node as a Pod finds it. */
function machineFor(plan: ClusterPlan, node: NodePlan, pod: Pod, release: CniRelease): CniNode {
  if (plan.network.subnetEnv !== undefined || plan.cni === 'kubenet')
    return nodeWithEarlierPods(plan, node, pod, release);
  const machine = agentNode(plan, node, pod);
  machine.sandboxes.set(sandboxPath(pod), newSandbox(pod));
  return machine;
}

function findPod(
  plan: ClusterPlan,
  { namespace, name }: PodChainQuestion,
): Result<{ readonly pod: Pod; readonly node: NodePlan }, string> {
  const pod = plan.objects.pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (pod === undefined) return err(`There is no Pod ${namespace}/${name}`);
  if (pod.hostNetwork) return err(`Pod ${namespace}/${name} is in its node's network: no plugin is called for it`);
  const node = plan.nodes.get(pod.nodeName ?? '');
  if (node === undefined) return err(`Pod ${namespace}/${name} is on no node: nobody makes a sandbox for it`);
  if (!podsInOrder(plan, node).includes(pod)) return err(`Pod ${namespace}/${name} has no sandbox`);
  return ok({ pod, node });
}

/** The node as it was when a Pod was created. One without an address was tried when all the others had theirs. */
function nodeWithEarlierPods(plan: ClusterPlan, node: NodePlan, pod: Pod, release: CniRelease): CniNode {
  const machine = nodeBeforePods(plan, node);
  makePods(machine, plan, node, pod, release);
  prepare(machine, plan, node, pod, release);
  return machine;
}

/** Makes a node's Pods, one after another: all that have an address, or those before one of them. */
export function makePods(
  machine: CniNode,
  plan: ClusterPlan,
  node: NodePlan,
  before?: Pod,
  release: CniRelease = DEBIAN_RELEASE,
): void {
  for (const { pod } of node.pods) {
    if (pod === before) return;
    const list = loadedList(chainFiles(plan, node, pod)?.made ?? new Map(), release);
    if (!list.ok) continue;
    prepare(machine, plan, node, pod, release);
    const execution: Execution = { node: machine, release, entropy: entropyOf(plan, node, pod), runs: [] };
    addLoopback(execution, pod);
    addNetworkList(execution, list.value, runtimeConf(pod));
  }
}

function addLoopback(execution: Execution, pod: Pod): NetworkAnswer {
  const list = readNetworkList(LOOPBACK_LIST, execution.release);
  if (!list.ok) return list;
  return addNetworkList(execution, list.value, { ...runtimeConf(pod), ifName: 'lo', capabilityArgs: {} });
}

/** Makes its sandbox, and lets the node's IPAM be such that it comes to the Pod's address next. */
function prepare(machine: CniNode, plan: ClusterPlan, node: NodePlan, pod: Pod, release: CniRelease): void {
  machine.sandboxes.set(sandboxPath(pod), newSandbox(pod));
  const address = plan.pods.get(podKey(pod.metadata))?.address;
  if (address === undefined) return;
  const { network } = plan.objects;
  if (!isListed(network, plan.lists, pod)) {
    const own = plan.cni === 'kubenet' ? nodePodCidr(node.node) : plan.network.subnetEnv?.(node)?.subnet;
    const name = plan.cni === 'kubenet' ? 'kubenet' : network.flannel.cni.name;
    if (own !== undefined) comeTo(machine, address, name, own);
    return;
  }
  const list = loadedList(chainFiles(plan, node, pod)?.made ?? new Map(), release);
  if (!list.ok) return;
  const execution: Execution = { node: machine.clone(), release, entropy: entropyOf(plan, node, pod), runs: [] };
  const trial = addNetworkList(execution, list.value, runtimeConf(pod));
  const come = trial.ok && trial.result?.ips.find((ip) => familyOf(ip.address.address) === 'IPv4')?.address;
  if (come && come.address !== address) comeTo(machine, address, list.value.name, networkOf(come));
}

interface Making {
  readonly plan: ClusterPlan;
  readonly node: NodePlan;
  readonly pod: Pod;
  readonly release: CniRelease;
  readonly list: NetworkList;
  readonly afterwards: NonNullable<PodChainQuestion['afterwards']>;
}

function operate(machine: CniNode, making: Making): readonly ChainOperation[] {
  const { pod, list, afterwards } = making;
  const conf = runtimeConf(pod);
  const operations: ChainOperation[] = [watched(machine, making, 'cni-loopback', 'ADD', (to) => addLoopback(to, pod))];
  operations.push(watched(machine, making, list.name, 'ADD', (to) => addNetworkList(to, list, conf)));
  for (const command of afterwards) {
    operations.push(
      watched(machine, making, list.name, command, (to) => {
        if (command === 'CHECK') return checkNetworkList(to, list, conf);
        if (command === 'DEL') return delNetworkList(to, list, conf);
        return command === 'STATUS' ? statusNetworkList(to, list) : gcNetworkList(to, list, [conf]);
      }),
    );
  }
  return operations;
}

function watched(
  machine: CniNode,
  { plan, node, pod, release }: Making,
  network: string,
  command: ChainOperation['command'],
  run: (execution: Execution) => NetworkAnswer,
): ChainOperation {
  const watch = new ChainWatch(machine, sandboxPath(pod));
  const entropy = entropyOf(plan, node, pod);
  const execution: Execution = { node: machine, release, entropy, runs: [], settle: (place) => watch.settle(place) };
  const answer = run(execution);
  const calls = execution.runs.map((each, place): ChainCall => ({ ...each, changes: watch.changesOf(place) }));
  const told = { command, network, calls };
  if (answer.ok)
    return { ...told, ...(answer.result && { result: resultText(answer.result, answer.result.cniVersion) }) };
  const last = execution.runs.findLast(({ exitCode }) => exitCode !== 0);
  const fault = last && faultShown(release, last.plugin, errorIn(last.stdout));
  return {
    ...told,
    error: answer.error,
    ...(command === 'ADD' && { event: failedSandbox(sandboxId(pod), answer.error) }),
    ...(fault && { fault: fault.explanation }),
  };
}

function errorIn(stdout: string): string {
  const parsed: unknown = stdout === '' ? {} : JSON.parse(stdout);
  return typeof parsed === 'object' && parsed !== null && 'msg' in parsed ? String(parsed.msg) : '';
}
