import type { IpPrefix } from '../../wire/address.ts';

/** aws-node's environment, as far as ipamd and the plugin go by it, and the ENIConfigs beside it. */
export interface AwsVpcConfig {
  readonly warm: WarmTargets;
  /** ENABLE_PREFIX_DELEGATION: interfaces have /28 prefixes in place of addresses. */
  readonly prefixDelegation: boolean;
  /** MAX_ENI, where it is less than the instance's own limit. */
  readonly maxEnis: number | undefined;
  /** IP_COOLDOWN_PERIOD, in seconds. */
  readonly cooldown: number;
  /** AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG; undefined: Pods have addresses of their node's own subnet. */
  readonly customNetworking: CustomNetworking | undefined;
  /** AWS_VPC_ENI_MTU */
  readonly eniMtu: number;
  /** POD_MTU; undefined: as the interfaces'. */
  readonly podMtu: number | undefined;
  /** AWS_VPC_K8S_CNI_EXTERNALSNAT: a NAT gateway sees to what leaves the VPC. */
  readonly externalSnat: boolean;
  /** AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS */
  readonly excludedFromSnat: readonly IpPrefix[];
  /** AWS_VPC_K8S_CNI_RANDOMIZESNAT is not `none`. */
  readonly randomizeSnat: boolean;
  /** AWS_EXTERNAL_SERVICE_CIDRS: always by the main table. */
  readonly externalServices: readonly IpPrefix[];
  /** AWS_VPC_CNI_NODE_PORT_SUPPORT */
  readonly nodePorts: boolean;
}

/** How many addresses to keep ready. 0 is a target that is not set. */
export interface WarmTargets {
  /** WARM_ENI_TARGET */
  readonly enis: number;
  /** WARM_IP_TARGET */
  readonly addresses: number;
  /** MINIMUM_IP_TARGET */
  readonly minimum: number;
  /** WARM_PREFIX_TARGET */
  readonly prefixes: number;
}

/** Which subnet a node's further interfaces are on: an ENIConfig says it, which an annotation or a label of the node names. */
export interface CustomNetworking {
  /** The subnets' names, by ENIConfig. */
  readonly subnets: ReadonlyMap<string, string>;
  /** ENI_CONFIG_ANNOTATION_DEF */
  readonly annotation: string;
  /** ENI_CONFIG_LABEL_DEF */
  readonly label: string;
}
