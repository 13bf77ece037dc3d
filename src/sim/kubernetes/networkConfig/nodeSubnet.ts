import type { NetworkConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import { type IpPrefix, ipPrefix, prefixContains } from '../../../wire/address.ts';

/** As in the picture everybody draws, else as kind and many clouds have it. */
const SUBNETS = ['192.168.1.0/24', '172.18.0.0/24', '10.0.0.0/24'].map(ipPrefix);

/** The subnet of nodes that nothing is said about: one that the Pods' and Services' addresses leave alone. */
export function nodeSubnet({ podCidr, serviceCidr, calico }: NetworkConfig): IpPrefix {
  const taken = [podCidr, serviceCidr, ...(calico?.pools ?? []).map(({ cidr }) => cidr)];
  const free = SUBNETS.find(
    (subnet) => !taken.some((each) => prefixContains(each, subnet.address) || prefixContains(subnet, each.address)),
  );
  return free ?? (SUBNETS[0] as IpPrefix);
}
