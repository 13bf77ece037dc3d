import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { CiliumConfig, CiliumPool } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Labels } from '../../../datamodel/kubernetes/objectMeta.ts';
import { familyOf, type IpPrefix, networkOf, parseIpPrefix } from '../../../wire/address.ts';

const NODE_LENGTH = 24;
const SHORTEST = 30;
/** The allocator keeps a bit per block and refuses more than 2^16 of them. */
const MAX_BLOCK_BITS = 16;
const LOWEST_MTU = 576;
const HIGHEST_MTU = 65535;

/** How Cilium is set up, by its agent's ConfigMap; undefined where there is none. */
export function completeCilium(objects: readonly DeclaredObject[]): CiliumConfig | undefined {
  for (const object of objects) {
    if (object.kind !== 'ConfigMap' || object.metadata.name !== 'cilium-config') continue;
    return read(object.data ?? new Map());
  }
  return undefined;
}

function read(data: Labels): CiliumConfig {
  const isOn = (key: string, byDefault: boolean): boolean => (data.get(key) ?? String(byDefault)) === 'true';
  const mtu = Number(data.get('mtu') ?? 0);
  return {
    tunnel: tunnelOf(data),
    replacesKubeProxy: ['true', 'strict'].includes(data.get('kube-proxy-replacement') ?? ''),
    pool: poolOf(data),
    ipv4Masquerade: isOn('enable-ipv4-masquerade', isOn('masquerade', true)),
    bpfMasquerade: isOn('enable-bpf-masquerade', false),
    hostLegacyRouting: isOn('enable-host-legacy-routing', false),
    endpointRoutes: isOn('enable-endpoint-routes', false),
    autoDirectNodeRoutes: isOn('auto-direct-node-routes', false),
    nativeRoutingCidr: prefixesIn(data.get('ipv4-native-routing-cidr') ?? data.get('native-routing-cidr'))[0],
    mtu: Number.isInteger(mtu) && mtu >= LOWEST_MTU && mtu <= HIGHEST_MTU ? mtu : undefined,
  };
}

/** routing-mode and tunnel-protocol, or before 1.14 `tunnel`. */
function tunnelOf(data: Labels): CiliumConfig['tunnel'] {
  const former = data.get('tunnel');
  if (data.get('routing-mode') === 'native' || former === 'disabled') return undefined;
  return (data.get('tunnel-protocol') ?? former) === 'geneve' ? 'geneve' : 'vxlan';
}

function poolOf(data: Labels): CiliumPool | undefined {
  if ((data.get('ipam') ?? 'cluster-pool') !== 'cluster-pool') return undefined;
  const cidrs = prefixesIn(data.get('cluster-pool-ipv4-cidr'));
  const [first] = cidrs;
  if (first === undefined) return undefined;
  const said = Number(data.get('cluster-pool-ipv4-mask-size') ?? NODE_LENGTH);
  const wanted = Number.isInteger(said) && said <= SHORTEST ? said : NODE_LENGTH;
  const longest = Math.max(...cidrs.map(({ length }) => length));
  return { cidrs, nodeLength: Math.min(Math.max(wanted, longest), first.length + MAX_BLOCK_BITS) };
}

/** The IPv4 ones of a list. */
function prefixesIn(text = ''): readonly IpPrefix[] {
  return text
    .split(/[\s,]+/)
    .map(parseIpPrefix)
    .filter((prefix): prefix is IpPrefix => prefix !== undefined && familyOf(prefix.address) === 'IPv4')
    .map(networkOf);
}
