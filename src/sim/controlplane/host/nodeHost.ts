import type { InterfaceAddress } from '../../../datamodel/network/tables.ts';
import { familyOf, ipPrefix, macFromIpv4, prefixContains } from '../../../wire/address.ts';
import { interfaceAddress, loopback, mainRoute, type NetnsParts } from '../netnsParts.ts';
import type { NodePlan } from '../nodePlan.ts';

/** Bits of a subnet that nothing tells: its other hosts are behind the router, and IPv6 has a /64 on every link. */
const ELSEWHERE = { IPv4: 32, IPv6: 64 } as const;
const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');

/** What a machine has before Kubernetes comes: its NIC with an address, and the way out. */
export function nodeHost(nicMtu: number, node: NodePlan): NetnsParts {
  const lo = loopback('host');
  return {
    links: [
      ...(lo.links ?? []),
      {
        kind: 'physical',
        name: 'eth0',
        index: 2,
        owner: 'host',
        mac: macFromIpv4('02:42', node.address),
        mtu: nicMtu,
        up: true,
        peer: node.plugged,
      },
    ],
    addresses: [...(lo.addresses ?? []), ...nodeAddresses(node)],
    routes: [mainRoute('host', DEFAULT_ROUTE, { via: node.gateway, dev: 'eth0' })],
    // kubeadm's preflight checks insist on both.
    sysctls: { 'net.ipv4.ip_forward': '1', 'net.bridge.bridge-nf-call-iptables': '1' },
  };
}

/** Its InternalIPs: the one that everybody knows it by first, the others beside it. */
function nodeAddresses({ node, address: own, subnet }: NodePlan): readonly InterfaceAddress[] {
  const others = node.internalIps.filter((address) => address !== own);
  return [own, ...others].map((address) => {
    const length = prefixContains(subnet, address) ? subnet.length : ELSEWHERE[familyOf(address)];
    return interfaceAddress('host', 'eth0', { address, length });
  });
}
