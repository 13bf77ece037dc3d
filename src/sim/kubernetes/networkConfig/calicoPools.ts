import type {
  DeclaredInstallation,
  DeclaredIpPool,
  DeclaredOperatorPool,
} from '../../../datamodel/kubernetes/declared/declaredCalico.ts';
import type { CalicoPool, Encapsulate } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Labels } from '../../../datamodel/kubernetes/objectMeta.ts';
import { familyOf, type IpPrefix, networkOf, parseIpPrefix } from '../../../wire/address.ts';

type Modes = Pick<CalicoPool, 'ipip' | 'vxlan'>;

const DEFAULT_NAME = 'default-ipv4-ippool';
const BLOCK_SIZE = 26;

/** The operator's words for the two modes. */
const ENCAPSULATION: Readonly<Record<string, Modes>> = {
  None: { ipip: 'Never', vxlan: 'Never' },
  IPIP: { ipip: 'Always', vxlan: 'Never' },
  IPIPCrossSubnet: { ipip: 'CrossSubnet', vxlan: 'Never' },
  VXLAN: { ipip: 'Never', vxlan: 'Always' },
  VXLANCrossSubnet: { ipip: 'Never', vxlan: 'CrossSubnet' },
};

/** A pool as calico-node and the operator make one: NAT for what leaves, every node, blocks of 64. */
export function poolOf(cidr: IpPrefix, rest: Partial<CalicoPool> = {}): CalicoPool {
  return {
    name: DEFAULT_NAME,
    cidr,
    blockSize: Math.max(BLOCK_SIZE, cidr.length),
    ipip: 'Never',
    vxlan: 'Never',
    natOutgoing: true,
    disabled: false,
    nodeSelector: 'all()',
    disableBgpExport: false,
    allowedUses: ['Workload', 'Tunnel'],
    ...rest,
  };
}

/** What an IPPool says, with what its API fills in; undefined for IPv6. */
export function declaredPool({ metadata, spec = {} }: DeclaredIpPool): CalicoPool | undefined {
  const cidr = ipv4(spec.cidr);
  return (
    cidr &&
    poolOf(cidr, {
      name: metadata.name ?? '',
      ...(spec.blockSize && { blockSize: spec.blockSize }),
      ipip: modeOf(spec.ipipMode),
      vxlan: modeOf(spec.vxlanMode),
      natOutgoing: spec.natOutgoing ?? false,
      disabled: spec.disabled ?? false,
      ...(spec.nodeSelector && { nodeSelector: spec.nodeSelector }),
      disableBgpExport: spec.disableBGPExport ?? false,
      ...(spec.allowedUses && { allowedUses: spec.allowedUses as CalicoPool['allowedUses'] }),
    })
  );
}

/** The pools that the operator makes; without any given, one of the whole Pod network. */
export function operatorPools(installation: DeclaredInstallation, podNetwork: IpPrefix): readonly CalicoPool[] {
  const { bgp = 'Enabled', ipPools } = installation.spec?.calicoNetwork ?? {};
  const fallback = bgp === 'Enabled' ? 'IPIP' : 'VXLAN';
  if (ipPools === undefined) return [poolOf(podNetwork, ENCAPSULATION[fallback])];
  return ipPools.flatMap((pool) => operatorPool(pool, fallback) ?? []);
}

function operatorPool(pool: DeclaredOperatorPool, fallback: string): CalicoPool | undefined {
  const cidr = ipv4(pool.cidr);
  return (
    cidr &&
    poolOf(cidr, {
      ...ENCAPSULATION[pool.encapsulation ?? fallback],
      ...(pool.name && { name: pool.name }),
      ...(pool.blockSize && { blockSize: pool.blockSize }),
      natOutgoing: pool.natOutgoing !== 'Disabled',
      ...(pool.nodeSelector && { nodeSelector: pool.nodeSelector }),
      disableBgpExport: pool.disableBGPExport ?? false,
    })
  );
}

/** The pool that calico-node makes when it first starts, by its environment (node/pkg/lifecycle/startup). */
export function startupPools(env: Labels, podNetwork: IpPrefix): readonly CalicoPool[] {
  if (env.get('NO_DEFAULT_POOLS') === 'true') return [];
  const cidr = ipv4(env.get('CALICO_IPV4POOL_CIDR')) ?? podNetwork;
  const blockSize = Number(env.get('CALICO_IPV4POOL_BLOCK_SIZE') ?? BLOCK_SIZE);
  const vxlan = modeOf(env.get('CALICO_IPV4POOL_VXLAN'));
  const pool = poolOf(cidr, {
    vxlan,
    ipip: modeOf(env.get('CALICO_IPV4POOL_IPIP') ?? (vxlan === 'Never' ? 'Always' : 'Never')),
    natOutgoing: env.get('CALICO_IPV4POOL_NAT_OUTGOING') !== 'false',
    disableBgpExport: env.get('CALICO_IPV4POOL_DISABLE_BGP_EXPORT') === 'true',
    nodeSelector: env.get('CALICO_IPV4POOL_NODE_SELECTOR') || 'all()',
  });
  return [blockSize >= 20 && blockSize <= 32 ? { ...pool, blockSize: Math.max(blockSize, cidr.length) } : pool];
}

/** calico-node also takes `off`, `cross-subnet` and the like, in any case. */
function modeOf(text = ''): Encapsulate {
  switch (text.toLowerCase()) {
    case 'always':
      return 'Always';
    case 'crosssubnet':
    case 'cross-subnet':
      return 'CrossSubnet';
    default:
      return 'Never';
  }
}

function ipv4(text = ''): IpPrefix | undefined {
  const prefix = parseIpPrefix(text);
  return prefix && familyOf(prefix.address) === 'IPv4' ? networkOf(prefix) : undefined;
}
