import type { AwsVpcConfig, CustomNetworking } from '../../../../datamodel/kubernetes/awsVpcConfig.ts';
import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import { addressAt, hostPrefix, type IpPrefix, networkOf, prefixContains } from '../../../../wire/address.ts';
import { commonPrefix, defaultOutsideHost, firstFree } from '../../host/underlay/subnetPlan.ts';
import { podAddressLimit } from '../../ipam/aws/instanceLimits.ts';
import { VpcSubnet } from '../../ipam/aws/vpcSubnet.ts';
import { nodeAddress } from '../../ipam/podAddresses.ts';
import type { NetworkObjects } from '../provider.ts';
import { limitsOf } from './instance.ts';

/** AWS has no larger subnets. */
const WIDEST = 16;
/** What subnets are laid out for: more Pods a node are not recommended, whatever its type could have. */
const MOST_PER_NODE = 256;
/** The network's address, the router's, two more and the broadcast address are AWS's; one host beside the cluster. */
const KEPT = 6;
/** Set out of the way of what people number by hand. */
const EXTERNAL = 'vpc.amazonaws.com/externalEniConfig';
const DEFAULT_CONFIG = 'default';

/** The subnets of the VPC that a cluster is in. */
export interface VpcSubnets {
  /** The nodes', wide enough for what their interfaces can have. */
  readonly nodes: VpcSubnet;
  /** Where a node's further interfaces are; undefined: no ENIConfig is there for it. */
  podsOf(node: Node): VpcSubnet | undefined;
}

/**
 * Manifests do not say what subnets a VPC has. The nodes' is taken to be as wide as their interfaces may need it. Subnets that
 * ENIConfigs name share the Pod network, which is a secondary range of the VPC then.
 */
export function vpcSubnets({ nodes, network }: NetworkObjects, config: AwsVpcConfig): VpcSubnets {
  const addresses = nodes.flatMap((node) => nodeAddress(node) ?? []);
  const needed = nodes.reduce((sum, node) => sum + mostOf(node, config), KEPT);
  const prefix = widened(commonPrefix(addresses), needed, network.serviceCidr);
  const own = new VpcSubnet(prefix, 1n << BigInt(31 - prefix.length));
  const gateway = firstFree(prefix, new Set(addresses));
  const outside = defaultOutsideHost(prefix, gateway, addresses);
  for (const address of [...nodes.flatMap(({ internalIps }) => internalIps), gateway, outside]) {
    own.hold(hostPrefix(address));
  }
  const { customNetworking } = config;
  if (customNetworking === undefined) return { nodes: own, podsOf: () => own };
  const subnets = customSubnets(customNetworking, network.podCidr);
  return { nodes: own, podsOf: (node) => subnets.get(eniConfigOf(node, customNetworking)) };
}

function mostOf(node: Node, config: AwsVpcConfig): number {
  const limits = limitsOf(node, config);
  return Math.min(limits.enis + podAddressLimit(limits, { prefixes: limits.prefixes }), MOST_PER_NODE);
}

function widened(prefix: IpPrefix, needed: number, services: IpPrefix): IpPrefix {
  let wide = prefix;
  while (wide.length > WIDEST && 2 ** (32 - wide.length) < needed) {
    const wider = networkOf({ address: wide.address, length: wide.length - 1 });
    if (prefixContains(wider, services.address) || prefixContains(services, wider.address)) break;
    wide = wider;
  }
  return wide;
}

/** The subnets that ENIConfigs name, each an equal part of a range, by the ENIConfigs' names. */
function customSubnets({ subnets }: CustomNetworking, range: IpPrefix): ReadonlyMap<string, VpcSubnet> {
  const names = [...new Set(subnets.values())];
  const bits = Math.ceil(Math.log2(Math.max(1, names.length)));
  const length = Math.min(PREFIXES_FIT, range.length + bits);
  const size = 1n << BigInt(32 - length);
  const made = new Map(
    names.map((name, i) => [name, new VpcSubnet({ address: addressAt(range, BigInt(i) * size), length })]),
  );
  return new Map(
    [...subnets].flatMap(([config, name]) => (made.has(name) ? [[config, made.get(name)!] as const] : [])),
  );
}

/** AWS's smallest subnet. */
const PREFIXES_FIT = 28;

/** The name of the ENIConfig that holds for a node (pkg/eniconfig/eniconfig.go, GetNodeSpecificENIConfigName). */
function eniConfigOf({ metadata: { labels, annotations } }: Node, { annotation, label }: CustomNetworking): string {
  return labels.get(EXTERNAL) ?? annotations.get(annotation) ?? labels.get(label) ?? DEFAULT_CONFIG;
}
