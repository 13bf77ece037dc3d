import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { addressAt, type IpAddress, type IpPrefix, ipv4ToNumber, lastAddress } from '../../../../wire/address.ts';
import { type InstanceLimits, instanceLimits } from '../../ipam/aws/instanceLimits.ts';
import { VpcSubnet } from '../../ipam/aws/vpcSubnet.ts';
import {
  type AssignedAddresses,
  addressesBy,
  givenAddress,
  hasSandbox,
  sandboxFailure,
} from '../../ipam/podAddresses.ts';

/** An instance whose type nothing says: m5.4xlarge. */
const UNKNOWN: InstanceLimits = { enis: 8, ipv4PerEni: 30, prefixes: true };
const TYPE = 'node.kubernetes.io/instance-type';
/** Interfaces that any instance can have: the addresses of each node's are kept apart. */
const MOST_ENIS = 15;
const EXHAUSTED = 'add cmd: failed to assign an IP address to container';

/** A secondary interface of a node: `eth1`, with the addresses that Pods have of it. */
export interface PodEni {
  /** From 1; 0 is the node's own. */
  readonly deviceNumber: number;
  readonly address: IpAddress;
  readonly pods: readonly IpAddress[];
}

export interface EniAddresses extends AssignedAddresses {
  readonly enis: ReadonlyMap<string, readonly PodEni[]>;
}

/**
 * Addresses of the VPC for Pods, with custom networking (AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG): all ENIConfigs name one subnet, which is
 * the Pod network as a secondary range of the VPC. A node's own interface has no Pods; each further one as many as its instance
 * type lets it have, and is attached once it is needed.
 */
export function assignFromEnis(nodes: readonly Node[], pods: readonly Pod[], subnet: IpPrefix): EniAddresses {
  const vpc = new VpcSubnet(subnet);
  const own = new Map(nodes.map((node, n) => [node.metadata.name, interfaceAddresses(subnet, n)]));
  for (const addresses of own.values()) for (const address of addresses) vpc.hold(address);
  const used = new Map<string, IpAddress[]>(nodes.map(({ metadata }) => [metadata.name, []]));
  for (const pod of pods.filter(hasSandbox)) {
    const given = givenAddress(pod);
    if (given === undefined || pod.hostNetwork) continue;
    vpc.hold(given);
    used.get(pod.nodeName ?? '')?.push(given);
  }
  const addresses = addressesBy(nodes, pods, (pod, node) => {
    const list = used.get(node.metadata.name) ?? [];
    const limits = limitsOf(node);
    const most = (limits.enis - 1) * (limits.ipv4PerEni - 1);
    const address = list.length < most ? vpc.takeAddress() : undefined;
    if (address === undefined) return sandboxFailure(pod, 'aws-cni', EXHAUSTED);
    list.push(address);
    return { ok: true, address };
  });
  const enis = new Map(
    nodes.map((node) => {
      const { name } = node.metadata;
      return [name, split(used.get(name) ?? [], own.get(name) ?? [], limitsOf(node).ipv4PerEni - 1)];
    }),
  );
  return { addresses, memory: { lastHandedOut: new Map() }, enis };
}

function split(pods: readonly IpAddress[], own: readonly IpAddress[], each: number): readonly PodEni[] {
  return own.flatMap((address, i) => {
    const isLast = i === own.length - 1;
    const chosen = pods.slice(i * each, isLast ? undefined : (i + 1) * each);
    return chosen.length > 0 ? [{ deviceNumber: i + 1, address, pods: chosen }] : [];
  });
}

/** Which addresses EC2 picks is its secret: here those of the n-th node's interfaces are at the end of the subnet. */
function interfaceAddresses(subnet: IpPrefix, n: number): readonly IpAddress[] {
  const size = ipv4ToNumber(lastAddress(subnet)) - ipv4ToNumber(subnet.address);
  return Array.from({ length: MOST_ENIS - 1 }, (_, i) => size - 1 - n * (MOST_ENIS - 1) - i)
    .filter((number) => number > MOST_ENIS)
    .map((number) => addressAt(subnet, number));
}

function limitsOf(node: Node): Pick<InstanceLimits, 'enis' | 'ipv4PerEni'> {
  return instanceLimits(node.metadata.labels.get(TYPE) ?? '') ?? UNKNOWN;
}
