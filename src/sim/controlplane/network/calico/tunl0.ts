import type { Link } from '../../../../datamodel/network/link.ts';
import { hostPrefix, type IpAddress, macAddress } from '../../../../wire/address.ts';
import { interfaceAddress, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';

const OWNER = 'felix';

/** The device that the kernel makes when the ipip module comes; Felix brings it up and gives it an address. */
export const TUNL0 = 'tunl0';

/**
 * Felix's IPIP device (felix/dataplane/linux/ipip_mgr.go): one for all nodes, since each packet's route says where the other end is.
 * The module is loaded when Felix starts, which is after the node's NIC and the Pods' veths got their numbers.
 */
export function tunl0(node: NodePlan, mtu: number, address: IpAddress | undefined): NetnsParts {
  const link: Link = {
    kind: 'ipip',
    name: TUNL0,
    index: Math.max(2, ...node.pods.map((pod) => pod.hostVethIndex)) + 1,
    owner: OWNER,
    mac: macAddress('00:00:00:00:00:00'),
    mtu,
    up: true,
    ttl: 0,
    pathMtuDiscovery: false,
  };
  return {
    links: [link],
    addresses: address === undefined ? [] : [interfaceAddress(OWNER, TUNL0, hostPrefix(address))],
  };
}
