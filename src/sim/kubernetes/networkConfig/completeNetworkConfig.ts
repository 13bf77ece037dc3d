import type { ManifestProblem } from '../../../datamodel/cluster/problem.ts';
import type { DeclaredConfigMap } from '../../../datamodel/kubernetes/declared/declaredConfig.ts';
import type { DeclaredNode } from '../../../datamodel/kubernetes/declared/declaredNode.ts';
import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredService } from '../../../datamodel/kubernetes/declared/declaredService.ts';
import type { NetworkConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import {
  familyOf,
  type IpPrefix,
  ipPrefix,
  networkOf,
  parseIpAddress,
  parseIpPrefix,
  prefixContains,
} from '../../../wire/address.ts';
import { clusterIpsOf } from '../admission/admitService.ts';
import { FieldErrors } from '../admission/fieldErrors.ts';
import { completeAwsVpc } from './awsVpcConfig.ts';
import { completeCalico } from './calicoConfig.ts';
import { completeCilium } from './ciliumConfig.ts';
import { componentFlags } from './componentFlags.ts';
import { coveringPrefix } from './coveringPrefix.ts';
import { type Found, findConfig } from './findConfig.ts';
import { completeFlannel } from './flannelConfig.ts';
import { completeKubeProxy } from './kubeProxyConfig.ts';

/** kubeadm's defaults, and the Pod network that flannel's published manifest names. */
const POD_CIDR = ipPrefix('10.244.0.0/16');
const SERVICE_CIDR = ipPrefix('10.96.0.0/12');
const NODE_PORTS = [30000, 32767] as const;
const NODE_CIDR_LENGTH = 24;
/** The node CIDR allocator keeps a bit per block and refuses more than 2^16 of them. */
const MAX_BLOCK_BITS = 16;

/**
 * How the cluster's network is set up: kubeadm-config first, then what kube-proxy and flannel were told, then what the
 * control plane's flags and the addresses in a dump give away, then upstream's defaults.
 */
export function completeNetworkConfig(
  objects: readonly DeclaredObject[],
  problems: ManifestProblem[],
  warnings: string[],
): NetworkConfig {
  const kubeadm = findConfig(objects, 'kubeadm');
  const proxy = findConfig(objects, 'kube-proxy');
  const flannel = findConfig(objects, 'flannel');
  const cluster = kubeadm?.config.cluster;

  const read = (
    found: { readonly configMap: DeclaredConfigMap } | undefined,
    key: string,
    name: string,
    text: string | undefined,
  ): IpPrefix | undefined => {
    if (found === undefined || !text) return undefined;
    // Dual-stack clusters list one prefix of each family.
    const prefixes = text.split(',').map((part) => parseIpPrefix(part.trim()));
    const prefix = prefixes.find((candidate) => candidate !== undefined && familyOf(candidate.address) === 'IPv4');
    const errors = new FieldErrors(found.configMap, problems);
    if (prefixes.includes(undefined)) errors.invalid(`data[${key}]`, text, `${name}: must be a valid CIDR value`);
    else if (prefix === undefined)
      errors.invalid(`data[${key}]`, text, `${name}: IPv6-only clusters are not simulated`);
    return prefix && networkOf(prefix);
  };
  const podSubnet = read(kubeadm, 'ClusterConfiguration', 'networking.podSubnet', cluster?.networking?.podSubnet);
  const serviceSubnet = read(
    kubeadm,
    'ClusterConfiguration',
    'networking.serviceSubnet',
    cluster?.networking?.serviceSubnet,
  );
  const clusterCidr = read(proxy, 'config.conf', 'clusterCIDR', proxy?.config.proxy?.clusterCIDR);
  const network = read(flannel, 'net-conf.json', 'Network', flannel?.config.net?.Network);

  const assumed = podSubnet ?? clusterCidr ?? network ?? podCidrOfNodes(objects) ?? POD_CIDR;
  const calico = completeCalico(objects, { podSubnet, podCidr: assumed }, problems, warnings);
  const cilium = completeCilium(objects);
  const awsVpc = completeAwsVpc(objects);
  const apiServer = componentFlags(objects, 'kube-apiserver');
  const controllers = componentFlags(objects, 'kube-controller-manager');
  const podCidr =
    podSubnet ??
    clusterCidr ??
    network ??
    cilium?.pool?.cidrs[0] ??
    calico?.pools.find(({ disabled }) => !disabled)?.cidr ??
    ipv4Prefix(controllers.get('cluster-cidr')) ??
    podCidrOfNodes(objects) ??
    POD_CIDR;
  const pooled = podCidr === cilium?.pool?.cidrs[0] ? cilium.pool.nodeLength : undefined;
  const nodeCidrLength = pooled ?? nodeMask(kubeadm, podCidr, problems);
  return {
    podCidr,
    nodeCidrLength,
    serviceCidr:
      serviceSubnet ??
      ipv4Prefix(apiServer.get('service-cluster-ip-range')) ??
      serviceCidrOfServices(objects) ??
      SERVICE_CIDR,
    serviceCidr6:
      ipv6Prefix(cluster?.networking?.serviceSubnet) ?? ipv6Prefix(apiServer.get('service-cluster-ip-range')),
    dnsDomain: (cluster?.networking?.dnsDomain || 'cluster.local').toLowerCase().replace(/\.$/, ''),
    nodePortRange: nodePortRange(kubeadm, problems),
    ...(calico && { calico }),
    ...(cilium && { cilium }),
    ...(awsVpc && { awsVpc }),
    flannel: completeFlannel(flannel, network ?? podCidr, problems, warnings),
    kubeProxy: {
      ...completeKubeProxy(
        proxy,
        clusterCidr ?? (proxy?.config.proxy === undefined ? podCidr : undefined),
        problems,
        warnings,
      ),
      ...(cilium?.replacesKubeProxy && { mode: 'ebpf' }),
    },
  };
}

/** The IPv4 one of a flag's prefixes; a running component has had them checked. */
function ipv4Prefix(text = ''): IpPrefix | undefined {
  const prefixes = text.split(',').map(parseIpPrefix);
  const prefix = prefixes.find((candidate) => candidate !== undefined && familyOf(candidate.address) === 'IPv4');
  return prefix && networkOf(prefix);
}

function ipv6Prefix(text = ''): IpPrefix | undefined {
  const prefixes = text.split(',').map((part) => parseIpPrefix(part.trim()));
  const prefix = prefixes.find((candidate) => candidate !== undefined && familyOf(candidate.address) === 'IPv6');
  return prefix && networkOf(prefix);
}

function podCidrOfNodes(objects: readonly DeclaredObject[]): IpPrefix | undefined {
  const given = objects
    .filter((object): object is DeclaredNode => object.kind === 'Node')
    .flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []))
    .map(parseIpPrefix)
    .filter((prefix) => prefix !== undefined && familyOf(prefix.address) === 'IPv4') as IpPrefix[];
  if (given.every(({ address }) => prefixContains(POD_CIDR, address))) return undefined;
  return coveringPrefix(given, NODE_CIDR_LENGTH - 8);
}

/** A dump without kubeadm-config still has the API server's own Service, at the first address of the range. */
function serviceCidrOfServices(objects: readonly DeclaredObject[]): IpPrefix | undefined {
  const services = objects.filter((object): object is DeclaredService => object.kind === 'Service');
  const own = services.find(
    ({ metadata }) => metadata.name === 'kubernetes' && (metadata.namespace ?? 'default') === 'default',
  );
  const first = parseIpAddress(own === undefined ? '' : (clusterIpsOf(own)[0] ?? ''));
  if (first === undefined || familyOf(first) !== 'IPv4' || prefixContains(SERVICE_CIDR, first)) return undefined;
  const addresses = services
    .flatMap(clusterIpsOf)
    .map(parseIpAddress)
    .filter((address) => address !== undefined && familyOf(address) === 'IPv4')
    .map((address) => ({ address, length: 32 }) as IpPrefix);
  return coveringPrefix(addresses, 16);
}

function nodeMask(kubeadm: Found<'kubeadm'> | undefined, podCidr: IpPrefix, problems: ManifestProblem[]): number {
  const flags = kubeadm?.config.cluster?.controllerManagerFlags;
  const text = flags?.get('node-cidr-mask-size-ipv4') ?? flags?.get('node-cidr-mask-size');
  const length = text === undefined ? Math.max(NODE_CIDR_LENGTH, podCidr.length) : Number(text);
  if (kubeadm === undefined) return length - podCidr.length > MAX_BLOCK_BITS ? podCidr.length + MAX_BLOCK_BITS : length;
  const errors = new FieldErrors(kubeadm.configMap, problems);
  const field = 'data[ClusterConfiguration]';
  if (!Number.isInteger(length) || length < podCidr.length || length > 30) {
    errors.invalid(field, text, "node-cidr-mask-size: must lie between the podSubnet's prefix length and 30");
    return NODE_CIDR_LENGTH;
  }
  if (length - podCidr.length > MAX_BLOCK_BITS) {
    errors.invalid(field, text ?? String(length), 'New CIDR set failed; the node CIDR size is too big');
  }
  return length;
}

function nodePortRange(kubeadm: Found<'kubeadm'> | undefined, problems: ManifestProblem[]): readonly [number, number] {
  const text = kubeadm?.config.cluster?.apiServerFlags?.get('service-node-port-range');
  if (kubeadm === undefined || text === undefined) return NODE_PORTS;
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const low = Number(match?.[1]);
  const high = Number(match?.[2]);
  if (match !== null && low >= 1 && low <= high && high <= 65535) return [low, high];
  new FieldErrors(kubeadm.configMap, problems).invalid(
    'data[ClusterConfiguration]',
    text,
    'service-node-port-range: must be two ports joined by a hyphen',
  );
  return NODE_PORTS;
}
