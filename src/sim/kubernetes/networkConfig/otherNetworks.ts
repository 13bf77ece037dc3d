import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { CiliumConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Labels } from '../../../datamodel/kubernetes/objectMeta.ts';
import { familyOf, networkOf, parseIpPrefix } from '../../../wire/address.ts';

const NODE_LENGTH = 24;
const SHORTEST = 30;
/** The allocator keeps a bit per block and refuses more than 2^16 of them. */
const MAX_BLOCK_BITS = 16;

/** How Cilium is set up, by its agent's ConfigMap; undefined where there is none. */
export function completeCilium(objects: readonly DeclaredObject[]): CiliumConfig | undefined {
  for (const object of objects) {
    if (object.kind !== 'ConfigMap' || object.metadata.name !== 'cilium-config') continue;
    const data: Labels = object.data ?? new Map();
    return {
      tunnel: tunnelOf(data),
      replacesKubeProxy: ['true', 'strict'].includes(data.get('kube-proxy-replacement') ?? ''),
      pool: poolOf(data),
    };
  }
  return undefined;
}

/** routing-mode and tunnel-protocol, or before 1.14 `tunnel`. */
function tunnelOf(data: Labels): CiliumConfig['tunnel'] {
  const former = data.get('tunnel');
  if (data.get('routing-mode') === 'native' || former === 'disabled') return undefined;
  return (data.get('tunnel-protocol') ?? former) === 'geneve' ? 'geneve' : 'vxlan';
}

function poolOf(data: Labels): CiliumConfig['pool'] {
  if ((data.get('ipam') ?? 'cluster-pool') !== 'cluster-pool') return undefined;
  const cidr = (data.get('cluster-pool-ipv4-cidr') ?? '')
    .split(/[\s,]+/)
    .map(parseIpPrefix)
    .find((prefix) => prefix !== undefined && familyOf(prefix.address) === 'IPv4');
  if (cidr === undefined) return undefined;
  const said = Number(data.get('cluster-pool-ipv4-mask-size') ?? NODE_LENGTH);
  const wanted = Number.isInteger(said) && said <= SHORTEST ? said : NODE_LENGTH;
  const nodeLength = Math.min(Math.max(wanted, cidr.length), cidr.length + MAX_BLOCK_BITS);
  return { cidr: networkOf(cidr), nodeLength };
}
