import type { AwsVpcConfig, CustomNetworking } from '../../../datamodel/kubernetes/awsVpcConfig.ts';
import type { DeclaredEniConfig } from '../../../datamodel/kubernetes/declared/declaredEniConfig.ts';
import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredDaemonSet } from '../../../datamodel/kubernetes/declared/declaredWorkload.ts';
import type { Labels } from '../../../datamodel/kubernetes/objectMeta.ts';
import { familyOf, type IpPrefix, networkOf, parseIpPrefix } from '../../../wire/address.ts';
import { containerEnvironment } from './containerEnvironment.ts';

const LEAST_MTU = 576;
const MOST_MTU = 9001;
const MOST = 10_000;
const COOLDOWN = 30;
const ENI_CONFIG = 'k8s.amazonaws.com/eniConfig';

/**
 * How the AWS VPC CNI is set up, by the environment of its DaemonSet and by the ENIConfigs; undefined where aws-node is not there.
 * What cannot be read counts as not set (pkg/ipamd/ipamd.go and pkg/networkutils/network.go).
 */
export function completeAwsVpc(objects: readonly DeclaredObject[]): AwsVpcConfig | undefined {
  const daemon = objects.find(
    (object): object is DeclaredDaemonSet =>
      object.kind === 'DaemonSet' && object.metadata.name === 'aws-node' && object.metadata.namespace === 'kube-system',
  );
  if (daemon === undefined) return undefined;
  const env = containerEnvironment(daemon, 'aws-node');
  const maxEnis = count(env.get('MAX_ENI'), 0);
  return {
    warm: {
      enis: count(env.get('WARM_ENI_TARGET'), 1),
      addresses: count(env.get('WARM_IP_TARGET'), 0),
      minimum: count(env.get('MINIMUM_IP_TARGET'), 0),
      prefixes: count(env.get('WARM_PREFIX_TARGET'), 0),
    },
    prefixDelegation: flag(env.get('ENABLE_PREFIX_DELEGATION'), false),
    maxEnis: maxEnis > 0 ? maxEnis : undefined,
    cooldown: count(env.get('IP_COOLDOWN_PERIOD'), COOLDOWN),
    customNetworking: flag(env.get('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG'), false)
      ? customNetworking(objects, env)
      : undefined,
    eniMtu: mtu(env.get('AWS_VPC_ENI_MTU')) ?? MOST_MTU,
    podMtu: mtu(env.get('POD_MTU')),
    externalSnat: flag(env.get('AWS_VPC_K8S_CNI_EXTERNALSNAT'), false),
    excludedFromSnat: prefixes(env.get('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS')),
    randomizeSnat: env.get('AWS_VPC_K8S_CNI_RANDOMIZESNAT') !== 'none',
    externalServices: prefixes(env.get('AWS_EXTERNAL_SERVICE_CIDRS')),
    nodePorts: flag(env.get('AWS_VPC_CNI_NODE_PORT_SUPPORT'), true),
  };
}

function customNetworking(objects: readonly DeclaredObject[], env: Labels): CustomNetworking {
  const configs = objects.filter((object): object is DeclaredEniConfig => object.kind === 'ENIConfig');
  return {
    subnets: new Map(configs.map(({ metadata, spec }) => [metadata.name ?? '', spec?.subnet ?? ''])),
    annotation: env.get('ENI_CONFIG_ANNOTATION_DEF') || ENI_CONFIG,
    label: env.get('ENI_CONFIG_LABEL_DEF') || ENI_CONFIG,
  };
}

/** strconv.ParseBool. */
function flag(text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined) return otherwise;
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(text) ? false : otherwise;
}

function count(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(Number(text), MOST) : otherwise;
}

function mtu(text: string | undefined): number | undefined {
  const bytes = count(text, 0);
  return bytes >= LEAST_MTU && bytes <= MOST_MTU ? bytes : undefined;
}

function prefixes(text = ''): readonly IpPrefix[] {
  return text.split(',').flatMap((part) => {
    const prefix = parseIpPrefix(part.trim());
    return prefix && familyOf(prefix.address) === 'IPv4' ? [networkOf(prefix)] : [];
  });
}
