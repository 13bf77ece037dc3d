import type { ManifestProblem } from '../../../datamodel/cluster/problem.ts';
import type { CniConfig, FlannelBackend, FlannelConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { IpPrefix } from '../../../wire/address.ts';
import { FieldErrors } from '../admission/fieldErrors.ts';
import type { Found } from './findConfig.ts';
import { isUsualList } from './usualList.ts';

const FIELD = 'data[net-conf.json]';

/** kube-flannel-cfg with flanneld's defaults; where it is missing, what its published manifest would have said. */
export function completeFlannel(
  found: Found<'flannel'> | undefined,
  network: IpPrefix,
  problems: ManifestProblem[],
  warnings: string[],
): FlannelConfig {
  const net = found?.config.net;
  const errors = found && new FieldErrors(found.configMap, problems);
  if (found !== undefined && net !== undefined && !net.Network && net.EnableIPv4 !== false) {
    errors?.required(FIELD, 'Network: please define a correct Network parameter in the flannel config');
  }
  return {
    backend: backendOf(found, errors, warnings),
    network,
    enableNftables: net?.EnableNFTables ?? false,
    ipMasq: true,
    cni: cniOf(found),
  };
}

function backendOf(
  found: Found<'flannel'> | undefined,
  errors: FieldErrors | undefined,
  warnings: string[],
): FlannelBackend {
  const backend = found?.config.net?.Backend;
  const { Type = 'vxlan', VNI = 1, Port = 0, MTU, DirectRouting = false } = backend ?? {};
  if (Type === 'host-gw') return { type: 'host-gw' };
  if (Type === 'ipip') return { type: 'ipip', directRouting: DirectRouting };
  if (Type === 'wireguard') return wireguardOf(backend ?? {}, errors);
  if (VNI < 0 || VNI > 0xffffff) errors?.invalid(FIELD, VNI, 'Backend.VNI: must be between 0 and 16777215, inclusive');
  if (Port < 0 || Port > 65535) errors?.invalid(FIELD, Port, 'Backend.Port: must be between 0 and 65535, inclusive');
  if (MTU !== undefined && (MTU < 0 || MTU > 65535)) {
    errors?.invalid(FIELD, MTU, 'Backend.MTU: must be between 0 and 65535, inclusive');
  }
  if (Type !== 'vxlan') {
    if (['udp', 'ipsec', 'alloc', 'extension'].includes(Type)) {
      warnings.push(`flannel's backend "${Type}" is not simulated: vxlan stands in for it`);
    } else errors?.invalid(FIELD, Type, 'Backend.Type: unknown backend type');
  }
  return { type: 'vxlan', vni: VNI, port: Port, directRouting: DirectRouting, mtu: MTU || undefined };
}

const WIREGUARD_MODES = ['separate', 'auto', 'ipv4', 'ipv6'];

function wireguardOf(
  { ListenPort = 51820, PersistentKeepaliveInterval = 0, Mode = 'separate' }: WireguardFields,
  errors: FieldErrors | undefined,
): FlannelBackend {
  if (ListenPort < 1 || ListenPort > 65535) {
    errors?.invalid(FIELD, ListenPort, 'Backend.ListenPort: must be between 1 and 65535, inclusive');
  }
  if (!WIREGUARD_MODES.includes(Mode)) errors?.invalid(FIELD, Mode, 'Backend.Mode: No valid Mode configured');
  return { type: 'wireguard', port: ListenPort, persistentKeepalive: PersistentKeepaliveInterval };
}

type WireguardFields = Pick<
  NonNullable<NonNullable<Found<'flannel'>['config']['net']>['Backend']>,
  'ListenPort' | 'PersistentKeepaliveInterval' | 'Mode'
>;

function cniOf(found: Found<'flannel'> | undefined): CniConfig {
  const list = found?.config.cni;
  const plugins = list?.plugins ?? [];
  const delegate = plugins.find(({ type }) => type === 'flannel')?.delegate;
  const published = list === undefined;
  const text = found?.config.cniText;
  return {
    name: list?.name ?? 'cbr0',
    cniVersion: list?.cniVersion ?? '0.3.1',
    bridge: delegate?.bridge ?? 'cni0',
    hairpinMode: delegate?.hairpinMode ?? published,
    isDefaultGateway: delegate?.isDefaultGateway ?? published,
    mtu: delegate?.mtu || undefined,
    ipMasq: delegate?.ipMasq ?? false,
    portmap:
      published || plugins.some(({ type, capabilities }) => type === 'portmap' && capabilities?.portMappings === true),
    ...(text !== undefined && { text }),
    ...(text !== undefined && !isUsualList(text) && { unusual: true }),
  };
}
