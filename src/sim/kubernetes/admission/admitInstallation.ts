import type {
  DeclaredInstallation,
  DeclaredOperatorPool,
} from '../../../datamodel/kubernetes/declared/declaredCalico.ts';
import { familyOf, parseIpPrefix } from '../../../wire/address.ts';
import type { FieldErrors } from './fieldErrors.ts';

const ENCAPSULATIONS = ['IPIP', 'IPIPCrossSubnet', 'VXLAN', 'VXLANCrossSubnet', 'None'];
const SWITCH = ['Enabled', 'Disabled'];
const FIELD = 'spec.calicoNetwork';

/** The operator's validateCustomResource (pkg/controller/installation/validation.go), in its words. */
export function admitInstallation({ spec = {} }: DeclaredInstallation, errors: FieldErrors): void {
  const { cni, calicoNetwork = {} } = spec;
  const { bgp = 'Enabled', ipPools = [], mtu } = calicoNetwork;
  const plugin = cni?.type ?? 'Calico';
  const ipam = cni?.ipam?.type ?? 'Calico';
  if (plugin === 'Calico' && !['Calico', 'HostLocal'].includes(ipam)) {
    const reason = `spec.cni.ipam.type ${ipam} is not compatible with spec.cni.type Calico, valid IPAM values Calico,HostLocal`;
    errors.invalid('spec.cni.ipam.type', ipam, reason);
  }
  if (!SWITCH.includes(bgp)) errors.notSupported(`${FIELD}.bgp`, bgp, SWITCH);
  if (mtu !== undefined && mtu < 0) errors.invalid(`${FIELD}.mtu`, mtu, 'must not be negative');
  const families = ipPools.map(({ cidr = '' }) => {
    const prefix = parseIpPrefix(cidr);
    return prefix && familyOf(prefix.address);
  });
  if (ipPools.length > 2) errors.tooMany(`${FIELD}.ipPools`, ipPools.length, 2);
  else if (families.filter((family) => family === 'IPv4').length > 1) {
    errors.invalid(
      `${FIELD}.ipPools`,
      ipPools.length,
      'multiple IPv4 IPPools detected: only one IPPool per version is allowed',
    );
  }
  for (const [i, pool] of ipPools.entries()) admitPool(pool, `${FIELD}.ipPools[${i}]`, { plugin, ipam, bgp }, errors);
}

function admitPool(
  pool: DeclaredOperatorPool,
  field: string,
  { plugin, ipam, bgp }: { readonly plugin: string; readonly ipam: string; readonly bgp: string },
  errors: FieldErrors,
): void {
  const { cidr = '', blockSize, natOutgoing = 'Enabled' } = pool;
  const prefix = parseIpPrefix(cidr);
  if (prefix === undefined) {
    errors.invalid(`${field}.cidr`, cidr, `ipPool.CIDR(${cidr}) is invalid`);
    return;
  }
  const isIpv6 = familyOf(prefix.address) === 'IPv6';
  const encapsulation = pool.encapsulation ?? (isIpv6 ? 'None' : 'IPIP');
  if (!ENCAPSULATIONS.includes(encapsulation)) {
    const reason = `${encapsulation} is invalid for ipPool.encapsulation, should be one of ${ENCAPSULATIONS.join(',')}`;
    errors.invalid(`${field}.encapsulation`, encapsulation, reason);
    return;
  }
  const refuse = (reason: string): void => errors.invalid(`${field}.encapsulation`, encapsulation, reason);
  if (plugin !== 'Calico' && encapsulation !== 'None') {
    refuse(`${encapsulation} is invalid for ipPool.encapsulation when using non-Calico CNI, should be None`);
  } else if (isIpv6 && encapsulation.startsWith('IPIP')) {
    refuse(`IPIP encapsulation is not supported by IPv6 pools, but it is set for ${cidr}`);
  } else if (ipam === 'HostLocal' && encapsulation.startsWith('VXLAN')) {
    refuse(`${encapsulation} is invalid for ipPool.encapsulation with Calico CNI and HostLocal IPAM`);
  } else if (bgp === 'Disabled' && encapsulation.startsWith('IPIP')) {
    refuse('IPIP encapsulation requires that BGP is enabled');
  } else if (bgp === 'Disabled' && encapsulation === 'None' && plugin === 'Calico') {
    refuse('Unencapsulated IP pools require that BGP is enabled');
  }
  if (!SWITCH.includes(natOutgoing)) {
    const reason = `${natOutgoing} is invalid for ipPool.natOutgoing, should be one of ${SWITCH.join(',')}`;
    errors.invalid(`${field}.natOutgoing`, natOutgoing, reason);
  }
  if (pool.nodeSelector === '') errors.invalid(`${field}.nodeSelector`, '', 'ipPool.nodeSelector should not be empty');
  admitBlockSize(blockSize, prefix.length, isIpv6, field, errors);
}

function admitBlockSize(
  blockSize: number | undefined,
  length: number,
  isIpv6: boolean,
  field: string,
  errors: FieldErrors,
): void {
  if (blockSize === undefined) return;
  const [least, most] = isIpv6 ? [116, 128] : [20, 32];
  if (blockSize < least || blockSize > most) {
    const reason = `ipPool.blockSize must be greater than ${least - 1} and less than or equal to ${most}`;
    errors.invalid(`${field}.blockSize`, blockSize, reason);
  } else if (length > blockSize) {
    const reason = 'IP pool size is too small. It must be equal to or greater than the block size.';
    errors.invalid(`${field}.blockSize`, blockSize, reason);
  }
}
