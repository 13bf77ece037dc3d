import type { ManifestProblem } from '../../datamodel/cluster/problem.ts';
import type { DeclaredNode } from '../../datamodel/kubernetes/declared/declaredNode.ts';
import type { NetworkConfig } from '../../datamodel/kubernetes/networkConfig.ts';
import type { Node, Taint, TaintEffect } from '../../datamodel/kubernetes/node.ts';
import type { Labels } from '../../datamodel/kubernetes/objectMeta.ts';
import {
  addressAt,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  ipv4FromNumber,
  ipv4ToNumber,
  parseSloppyIpAddress,
  parseSloppyIpPrefix,
} from '../../wire/address.ts';
import { FieldErrors } from './admission/fieldErrors.ts';
import { NodeCidrAllocator } from './allocation/nodeCidrAllocator.ts';
import { nodeSubnet } from './networkConfig/nodeSubnet.ts';
import { completeMeta } from './objectMeta.ts';

/** Number of the first node in a subnet that nothing says. */
const FIRST_NODE = 11;

export interface NodeOptions {
  readonly network: NetworkConfig;
  readonly seed: number;
  /** Node CIDRs that nodes outside of the simulation hold: a control plane that is not drawn was the first to get one. */
  readonly reservedCidrs: number;
}

/** Nodes as kubelet registers them and the node CIDR allocator completes them, in creation order. */
export function completeNodes(
  declared: readonly DeclaredNode[],
  { network, seed, reservedCidrs }: NodeOptions,
  problems: ManifestProblem[],
  warnings: string[],
): readonly Node[] {
  const clusters = [{ cidr: network.podCidr, nodeLength: network.nodeCidrLength }];
  const allocator = NodeCidrAllocator.create(clusters, [network.serviceCidr]);
  const cidrs = allocator.ok ? allocator.value : undefined;
  for (let i = 0; i < reservedCidrs; i++) cidrs?.allocate();
  for (const node of declared) for (const cidr of givenCidrs(node)) cidrs?.occupy(node.metadata.name ?? '', [cidr]);
  const addresses = new Map<IpAddress, string>();
  const first = addressAt(nodeSubnet(network), FIRST_NODE);
  for (const node of declared) {
    for (const address of givenAddresses(node, 'InternalIP')) {
      const owner = addresses.get(address);
      if (owner !== undefined) {
        new FieldErrors(node, problems).invalid('status.addresses', address, `already the address of node ${owner}`);
      }
      addresses.set(address, node.metadata.name ?? '');
    }
  }
  return declared.map((node) => {
    const metadata = completeMeta(node, seed);
    const name = metadata.name;
    const given = givenAddresses(node, 'InternalIP');
    const internalIps = given.length > 0 ? given : [nextAddress(addresses, name, first)];
    const podCidrs = givenCidrs(node);
    const labels = registeredLabels(metadata.labels, name);
    const ready = conditionOf(node, 'Ready') !== 'False' && conditionOf(node, 'Ready') !== 'Unknown';
    return {
      metadata: { ...metadata, labels },
      internalIps,
      externalIps: givenAddresses(node, 'ExternalIP'),
      podCidrs: podCidrs.length > 0 ? podCidrs : allocateCidr(cidrs, name, network, warnings),
      taints: taintsOf(node),
      unschedulable: node.spec?.unschedulable ?? false,
      ready,
      ...maxPodsOf(node),
      controlPlane: labels.has('node-role.kubernetes.io/control-plane') || labels.has('node-role.kubernetes.io/master'),
      zone: labels.get('topology.kubernetes.io/zone'),
    };
  });
}

function maxPodsOf({ status }: DeclaredNode): { readonly maxPods?: number } {
  const said = status?.allocatable?.pods ?? status?.capacity?.pods;
  return said !== undefined && /^\d{1,5}$/.test(String(said)) ? { maxPods: Number(said) } : {};
}

function givenCidrs(node: DeclaredNode): readonly IpPrefix[] {
  const { podCIDR, podCIDRs } = node.spec ?? {};
  const texts = podCIDRs !== undefined && podCIDRs.length > 0 ? podCIDRs : podCIDR ? [podCIDR] : [];
  return texts.map(parseSloppyIpPrefix).filter((prefix) => prefix !== undefined);
}

function givenAddresses(node: DeclaredNode, type: string): readonly IpAddress[] {
  return (node.status?.addresses ?? [])
    .filter((entry) => entry.type === type)
    .map(({ address }) => parseSloppyIpAddress(address ?? ''))
    .filter((address) => address !== undefined);
}

function nextAddress(taken: Map<IpAddress, string>, name: string, first: IpAddress): IpAddress {
  const v4 = [...taken.keys()].filter((address) => familyOf(address) === 'IPv4');
  let number = v4.length > 0 ? ipv4ToNumber(v4[0] as IpAddress) : ipv4ToNumber(first);
  // .0 and .255 are no hosts' addresses in any /24, and .1 is the gateway's.
  while (taken.has(ipv4FromNumber(number)) || [0, 1, 255].includes(number & 255)) number++;
  const address = ipv4FromNumber(number);
  taken.set(address, name);
  return address;
}

function allocateCidr(
  cidrs: NodeCidrAllocator | undefined,
  name: string,
  network: NetworkConfig,
  warnings: string[],
): readonly IpPrefix[] {
  const allocated = cidrs?.allocate();
  if (allocated?.ok) return allocated.value;
  warnings.push(
    `Node ${name} has no podCIDR: CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted ` +
      `range (${formatPrefix(network.podCidr)}, /${network.nodeCidrLength} a node)`,
  );
  return [];
}

/** The labels that kubelet sees to. */
function registeredLabels(given: Labels, name: string): Labels {
  const own = [
    ['kubernetes.io/hostname', name],
    ['kubernetes.io/os', 'linux'],
    ['kubernetes.io/arch', 'amd64'],
  ] as const;
  return new Map([...own.filter(([key]) => !given.has(key)), ...given]);
}

function conditionOf(node: DeclaredNode, type: string): string | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type)?.status;
}

/** The given taints and those that the node lifecycle controller derives from conditions. */
function taintsOf(node: DeclaredNode): readonly Taint[] {
  const taints: Taint[] = (node.spec?.taints ?? []).map(({ key = '', value = '', effect }) => ({
    key,
    value,
    effect: effect as TaintEffect,
  }));
  const add = (key: string, effects: readonly TaintEffect[]): void => {
    for (const effect of effects) {
      if (!taints.some((taint) => taint.key === key && taint.effect === effect))
        taints.push({ key, value: '', effect });
    }
  };
  const ready = conditionOf(node, 'Ready');
  if (ready === 'False') add('node.kubernetes.io/not-ready', ['NoSchedule', 'NoExecute']);
  if (ready === 'Unknown') add('node.kubernetes.io/unreachable', ['NoSchedule', 'NoExecute']);
  if (conditionOf(node, 'NetworkUnavailable') === 'True') add('node.kubernetes.io/network-unavailable', ['NoSchedule']);
  if (node.spec?.unschedulable === true) add('node.kubernetes.io/unschedulable', ['NoSchedule']);
  return taints;
}
