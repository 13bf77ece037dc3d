import type {
  DeclaredBgpPeer,
  DeclaredIpamConfiguration,
  DeclaredIpPool,
} from '../../../datamodel/kubernetes/declared/declaredCalico.ts';
import {
  familyOf,
  formatPrefix,
  type IpPrefix,
  ipPrefix,
  networkOf,
  parseIpPrefix,
  prefixContains,
} from '../../../wire/address.ts';
import type { FieldErrors } from './fieldErrors.ts';

const MODES = ['Always', 'CrossSubnet', 'Never'];
const USES = ['Workload', 'Tunnel', 'LoadBalancer'];
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map(ipPrefix);

/** validateIPPoolSpec (libcalico-go/lib/validator/v3/validator.go), in its words. */
export function admitIpPool({ spec = {} }: DeclaredIpPool, errors: FieldErrors): void {
  const { cidr = '', blockSize, ipipMode = 'Never', vxlanMode = 'Never', allowedUses = [] } = spec;
  const prefix = parseIpPrefix(cidr);
  if (cidr === '') errors.required('spec.cidr', 'IPPool CIDR must be specified');
  else if (prefix === undefined) errors.invalid('spec.cidr', cidr, 'IPPool CIDR must be a valid subnet');
  if (prefix === undefined) return;
  const isIpv6 = familyOf(prefix.address) === 'IPv6';
  if (!['', ...MODES].includes(ipipMode)) errors.notSupported('spec.ipipMode', ipipMode, MODES);
  if (!['', ...MODES].includes(vxlanMode)) errors.notSupported('spec.vxlanMode', vxlanMode, MODES);
  const [ipip, vxlan] = [isOn(ipipMode), isOn(vxlanMode)];
  if (isIpv6 && ipip) {
    errors.invalid('spec.ipipMode', ipipMode, "IPIPMode other than 'Never' is not supported on an IPv6 IP pool");
  }
  if (ipip && vxlan) {
    errors.invalid('spec.ipipMode', ipipMode, 'IPIPMode and VXLANMode cannot both be enabled on the same IP pool');
  }
  const [least, most] = isIpv6 ? [116, 128] : [20, 32];
  const size = blockSize || (isIpv6 ? 122 : 26);
  if (size < least || size > most) {
    errors.invalid('spec.blockSize', blockSize, `block size must be between ${least} and ${most}`);
  } else if (prefix.length > size && spec.disabled !== true) {
    const reason =
      'IP pool size is too small for use with Calico IPAM. It must be equal to or greater than the block size.';
    errors.invalid('spec.cidr', cidr, reason);
  }
  if (networkOf(prefix).address !== prefix.address) {
    errors.invalid(
      'spec.cidr',
      cidr,
      `IP pool CIDR is not strictly masked: ${formatPrefix(networkOf(prefix))} is meant`,
    );
  }
  if (LINK_LOCAL.some((local) => overlaps(local, prefix))) {
    errors.invalid('spec.cidr', cidr, 'IP pool range overlaps with the link local range');
  }
  for (const use of allowedUses)
    if (!USES.includes(use)) errors.invalid('spec.allowedUses', use, `unknown use: ${use}`);
}

/** validateBGPPeerSpec. */
export function admitBgpPeer({ spec = {} }: DeclaredBgpPeer, errors: FieldErrors): void {
  const { node = '', nodeSelector = '', peerIP = '', peerSelector = '', asNumber } = spec;
  if (node !== '' && nodeSelector !== '') {
    errors.invalid('spec.node', node, 'Node field must be empty when NodeSelector is specified');
  }
  if (peerIP !== '' && peerSelector !== '') {
    errors.invalid('spec.peerIP', peerIP, 'PeerIP field must be empty when PeerSelector is specified');
  }
  if (Number(asNumber ?? 0) !== 0 && peerSelector !== '') {
    errors.invalid('spec.asNumber', asNumber, 'ASNumber field must be empty when PeerSelector is specified');
  }
}

/** SetIPAMConfig (libcalico-go/lib/ipam/ipam.go). */
export function admitIpamConfiguration({ spec = {} }: DeclaredIpamConfiguration, errors: FieldErrors): void {
  const { strictAffinity = false, maxBlocksPerHost = 0, autoAllocateBlocks = true } = spec;
  if (!strictAffinity && !autoAllocateBlocks) {
    errors.whole("Cannot disable 'StrictAffinity' and 'AutoAllocateBlocks' at the same time");
  }
  if (!strictAffinity && maxBlocksPerHost > 0) {
    errors.invalid('spec.maxBlocksPerHost', maxBlocksPerHost, 'MaxBlocksPerHost requires StrictAffinity to be enabled');
  }
}

function isOn(mode: string): boolean {
  return mode === 'Always' || mode === 'CrossSubnet';
}

function overlaps(a: IpPrefix, b: IpPrefix): boolean {
  return familyOf(a.address) === familyOf(b.address) && (prefixContains(a, b.address) || prefixContains(b, a.address));
}
