import { formatPrefix, type IpPrefix, networkOf, parseIpPrefix } from '../../../../wire/address.ts';
import { PluginFailure } from '../spec/cniError.ts';
import { quote } from '../spec/quote.ts';

/** What flanneld tells the plugin of the node. */
export interface SubnetEnv {
  /** The cluster's networks, IPv4's before IPv6's. */
  readonly networks: readonly IpPrefix[];
  /** The node's parts of them. */
  readonly subnets: readonly IpPrefix[];
  readonly mtu: number;
  /** Whether flanneld masquerades. */
  readonly ipMasq: boolean;
}

const MAXIMUM_MTU = 0xffffffff;

/** Reads subnet.env (loadFlannelSubnetEnv). @throws PluginFailure in the plugin's words. */
export function readSubnetEnv(path: string, text: string): SubnetEnv {
  const values = new Map(
    text.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
      const equals = line.indexOf('=');
      return equals < 0 ? [] : [[line.slice(0, equals), line.slice(equals + 1)]];
    }),
  );
  const networks = [...listOf(values.get('FLANNEL_NETWORK')), ...listOf(values.get('FLANNEL_IPV6_NETWORK'))];
  const subnets = [...oneOf(values.get('FLANNEL_SUBNET')), ...oneOf(values.get('FLANNEL_IPV6_SUBNET'))];
  const mtu = mtuOf(values.get('FLANNEL_MTU'));
  const ipMasq = values.get('FLANNEL_IPMASQ');
  const missing = [
    ...(networks.length === 0 ? ['FLANNEL_NETWORK', 'FLANNEL_IPV6_NETWORK'] : []),
    ...(subnets.length === 0 ? ['FLANNEL_SUBNET', 'FLANNEL_IPV6_SUBNET'] : []),
    ...(mtu === undefined ? ['FLANNEL_MTU'] : []),
    ...(ipMasq === undefined ? ['FLANNEL_IPMASQ'] : []),
  ];
  if (mtu === undefined || missing.length > 0) throw new PluginFailure(`${path} is missing ${missing.join(', ')}`);
  return { networks, subnets, mtu, ipMasq: ipMasq === 'true' };
}

/** What flanneld writes (pkg/subnet, WriteSubnetFile). @param subnet by its first address, the bridge's. */
export function subnetEnvText(network: IpPrefix, subnet: IpPrefix, mtu: number, ipMasq: boolean): string {
  return [
    `FLANNEL_NETWORK=${formatPrefix(network)}`,
    `FLANNEL_SUBNET=${formatPrefix(subnet)}`,
    `FLANNEL_MTU=${mtu}`,
    `FLANNEL_IPMASQ=${ipMasq}`,
    '',
  ].join('\n');
}

function listOf(value: string | undefined): readonly IpPrefix[] {
  if (value === undefined) return [];
  const prefixes = value.split(',').map(prefixOf);
  return prefixes.filter(
    (prefix, i) => prefixes.findIndex((other) => formatPrefix(other) === formatPrefix(prefix)) === i,
  );
}

function oneOf(value: string | undefined): readonly IpPrefix[] {
  return value === undefined ? [] : [prefixOf(value)];
}

function prefixOf(text: string): IpPrefix {
  const prefix = parseIpPrefix(text);
  if (prefix === undefined) throw new PluginFailure(`invalid CIDR address: ${text}`);
  return networkOf(prefix);
}

function mtuOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const problem = (reason: string): PluginFailure =>
    new PluginFailure(`strconv.ParseUint: parsing ${quote(text)}: ${reason}`);
  if (!/^\d+$/.test(text)) throw problem('invalid syntax');
  if (Number(text) > MAXIMUM_MTU) throw problem('value out of range');
  return Number(text);
}
