import { UNDERLAY } from '../../../datamodel/network/netnsId.ts';
import { ipPrefix, macFromIpv4 } from '../../../wire/address.ts';
import { interfaceAddress, loopback, mainRoute, type NetnsParts } from '../netnsParts.ts';
import type { ClusterPlan, NodePlan } from '../plan.ts';
import { underlayPort } from './underlayPort.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');

/** What a machine has before Kubernetes comes: its NIC with an address, and the way out. */
export function nodeHost(plan: ClusterPlan, node: NodePlan): NetnsParts {
  const { prefix, gateway } = plan.underlay;
  const lo = loopback('host');
  const address = { address: node.address, length: prefix.length };
  return {
    links: [
      ...(lo.links ?? []),
      {
        kind: 'physical',
        name: 'eth0',
        index: 2,
        owner: 'host',
        mac: macFromIpv4('02:42', node.address),
        mtu: plan.nicMtu,
        up: true,
        peer: { netns: UNDERLAY, link: underlayPort(node.node.metadata.name) },
      },
    ],
    addresses: [...(lo.addresses ?? []), interfaceAddress('host', 'eth0', address)],
    routes: [mainRoute('host', DEFAULT_ROUTE, { via: gateway, dev: 'eth0' })],
    // kubeadm's preflight checks insist on both.
    sysctls: { 'net.ipv4.ip_forward': '1', 'net.bridge.bridge-nf-call-iptables': '1' },
  };
}
