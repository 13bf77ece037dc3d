import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { familyOf, type IpAddress, parseIpAddress } from '../../../../wire/address.ts';
import { newSandbox, runtimeConf, sandboxPath } from '../../cni/clusterNode.ts';
import { type ConfDirectory, loadedList } from '../../cni/confDirectory.ts';
import type { CniNode, Entropy } from '../../cni/node/cniNode.ts';
import type { Namespace } from '../../cni/node/namespace.ts';
import { addNetworkList, delNetworkList } from '../../cni/runtime/libcni.ts';
import type { NetworkList } from '../../cni/runtime/networkList.ts';
import { failedSandbox, NOT_INITIALIZED, sandboxId } from '../../cni/sandbox.ts';
import { isArray, isObject, type Json } from '../../cni/spec/json.ts';
import { DEBIAN_RELEASE } from '../../cni/spec/release.ts';
import { givenAddress, type PodAddress } from '../../ipam/podAddresses.ts';
import { loopback } from '../../netnsParts.ts';

const STORE = '/var/lib/cni/networks';

/** Writes an address down as host-local would, which has handed it out to a Pod before. */
export function writeDown(node: CniNode, network: string, address: IpAddress, pod: Pod): void {
  node.files.set(`${STORE}/${network}/${address}`, `${sandboxId(pod)}\r\neth0`);
}

/** What host-local handed out last of the first range of a network. */
export function lastReserved(node: CniNode, network: string): IpAddress | undefined {
  return parseIpAddress(node.files.get(lastReservedPath(network)) ?? '');
}

export function setLastReserved(node: CniNode, network: string, address: IpAddress): void {
  node.files.set(lastReservedPath(network), address);
}

function lastReservedPath(network: string): string {
  return `${STORE}/${network}/last_reserved_ip.0`;
}

/** host-local's last addresses, by their files: what says where it goes on. */
export function lastReservedFiles(node: CniNode): ReadonlyMap<string, string> {
  return new Map(node.filesBelow(STORE).filter(([path]) => path.includes('/last_reserved_ip.')));
}

/** What a Pod comes to by the plugins: its sandbox as they left it, and its address or kubelet's event. */
export interface MadePod {
  readonly sandbox: Namespace;
  readonly address: PodAddress;
}

/**
 * Lets a node's runtime make a Pod's network by the plugins of the list that its directory comes to.
 *
 * @param given the address that the Pod has had before; undefined: the next one.
 */
export function makeByList(
  machine: CniNode,
  pod: Pod,
  directory: ConfDirectory,
  entropy: Entropy,
  given: IpAddress | undefined = givenAddress(pod),
): MadePod {
  const sandbox = newSandbox(pod);
  const list = loadedList(directory, DEBIAN_RELEASE);
  if (!list.ok) return { sandbox, address: { ok: false, message: NOT_INITIALIZED } };
  const path = sandboxPath(pod);
  machine.sandboxes.set(path, sandbox);
  const lo = loopback('cni');
  sandbox.links = lo.links ?? [];
  sandbox.addresses = lo.addresses ?? [];
  const conf = runtimeConf(pod);
  const args = given !== undefined && !asksStatic(list.value) ? [...conf.args, ['IP', given] as const] : conf.args;
  const execution = { node: machine, release: DEBIAN_RELEASE, entropy, runs: [] };
  const answer = addNetworkList(execution, list.value, { ...conf, args });
  const failure = (message: string): MadePod => {
    // containerd tidies up after itself
    delNetworkList(execution, list.value, conf);
    machine.deleteSandbox(path);
    return { sandbox: newSandbox(pod), address: { ok: false, message } };
  };
  if (!answer.ok) return failure(failedSandbox(sandboxId(pod), answer.error));
  const address = answer.result?.ips.find((ip) => familyOf(ip.address.address) === 'IPv4')?.address.address;
  if (address !== undefined) return { sandbox, address: { ok: true, address } };
  return failure('The plugins gave it no IPv4 address, and Pods of IPv6 alone are not simulated.');
}

/** The static plugin takes an address that is asked for with its length only, and has but its own to give. */
function asksStatic({ plugins }: NetworkList): boolean {
  const isStatic = (config: Json | undefined): boolean =>
    isObject(config) && isObject(config.ipam) && config.ipam.type === 'static';
  return plugins.some(({ config }) => isStatic(config) || isStatic(config.delegate) || isArray(config.plugins));
}
