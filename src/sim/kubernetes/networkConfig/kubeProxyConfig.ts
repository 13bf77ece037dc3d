import type { ProxyMode } from '../../../datamodel/cluster/command.ts';
import type { ManifestProblem } from '../../../datamodel/cluster/problem.ts';
import type { KubeProxyConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import { familyOf, type IpPrefix, parseIpPrefix } from '../../../wire/address.ts';
import { FieldErrors } from '../admission/fieldErrors.ts';
import type { Found } from './findConfig.ts';

const FIELD = 'data[config.conf]';
const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs'];
const LOCAL_MODES = ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix'] as const;

/** kube-proxy's ConfigMap with the defaults of pkg/proxy/apis/config/v1alpha1/defaults.go. */
export function completeKubeProxy(
  found: Found<'kube-proxy'> | undefined,
  clusterCidr: IpPrefix | undefined,
  problems: ManifestProblem[],
  warnings: string[],
): KubeProxyConfig {
  const config = found?.config.proxy ?? {};
  const errors = found && new FieldErrors(found.configMap, problems);
  const mode = MODES.find((candidate) => candidate === (config.mode || 'iptables'));
  if (mode === undefined) {
    errors?.invalid(
      FIELD,
      config.mode,
      'mode: must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])',
    );
  }
  const detectLocalMode = LOCAL_MODES.find((candidate) => candidate === (config.detectLocalMode || 'ClusterCIDR'));
  if (detectLocalMode === undefined) {
    errors?.notSupported(FIELD, config.detectLocalMode ?? '', [...LOCAL_MODES, '']);
  } else if (detectLocalMode === 'BridgeInterface' || detectLocalMode === 'InterfaceNamePrefix') {
    warnings.push(`kube-proxy's detectLocalMode ${detectLocalMode} is not simulated: ClusterCIDR stands in for it`);
  }
  const bit = config.iptables?.masqueradeBit ?? 14;
  if (bit < 0 || bit > 31) errors?.invalid(FIELD, bit, 'iptables.masqueradeBit: must be within the range [0, 31]');
  const nftablesBit = config.nftables?.masqueradeBit ?? 14;
  if (nftablesBit < 0 || nftablesBit > 31) {
    errors?.invalid(FIELD, nftablesBit, 'nftables.masqueradeBit: must be within the range [0, 31]');
  }
  const cidrs = (config.clusterCIDR ?? '').split(',').map((text) => parseIpPrefix(text.trim()));
  return {
    mode: mode ?? 'iptables',
    clusterCidr,
    clusterCidr6: cidrs.find((prefix) => prefix !== undefined && familyOf(prefix.address) === 'IPv6'),
    detectLocalMode: detectLocalMode ?? 'ClusterCIDR',
    masqueradeAll: config.iptables?.masqueradeAll ?? false,
    masqueradeBit: bit,
    localhostNodePorts: config.iptables?.localhostNodePorts ?? true,
    nftables: { masqueradeAll: config.nftables?.masqueradeAll ?? false, masqueradeBit: nftablesBit },
    ipvs: {
      scheduler: scheduler(config.ipvs?.scheduler ?? '', errors),
      strictArp: config.ipvs?.strictARP ?? false,
    },
    nodePortAddresses: nodePortAddresses(config.nodePortAddresses ?? [], errors),
    nodePortPrimary: config.nodePortAddresses?.includes('primary') ?? false,
  };
}

/** pkg/proxy/apis/config/types.go */
const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'dh', 'sed', 'nq', 'mh'];

function scheduler(name: string, errors: FieldErrors | undefined): string {
  if (name === '') return 'rr';
  if (!SCHEDULERS.includes(name))
    errors?.invalid(FIELD, name, `ipvs.scheduler: must be in ${SCHEDULERS.join(', ')} (blank means rr)`);
  return name;
}

function nodePortAddresses(texts: readonly string[], errors: FieldErrors | undefined): readonly IpPrefix[] {
  const prefixes: IpPrefix[] = [];
  for (const text of texts) {
    const prefix = parseIpPrefix(text);
    if (prefix !== undefined) prefixes.push(prefix);
    else if (text === 'primary' && texts.length > 1) {
      errors?.invalid(FIELD, texts, "nodePortAddresses: may not contain both 'primary' and other values");
    } else if (text !== 'primary') errors?.invalid(FIELD, text, 'nodePortAddresses: must be a valid CIDR block');
  }
  return prefixes;
}
