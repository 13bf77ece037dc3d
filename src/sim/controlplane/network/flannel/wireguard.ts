import type { Link } from '../../../../datamodel/network/link.ts';
import { hostPrefix } from '../../../../wire/address.ts';
import { ZERO_MAC } from '../../../../wire/ethernet.ts';
import { interfaceAddress, mainRoute } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import type { StartBackend } from './backend.ts';
import { nodeKey } from './nodeKey.ts';

const DEVICE = 'flannel-wg';
/** The headers of WireGuard over IPv6, whatever the underlay is. */
const OVERHEAD = 80;

/**
 * One WireGuard device whose peers are the other nodes, each with its subnet as allowed addresses, and one route into it for
 * all of the Pod network (pkg/backend/wireguard).
 */
export const wireguard: StartBackend<'wireguard'> = ({ nicMtu, settings }, backend) => {
  const mtu = nicMtu - OVERHEAD;
  return {
    mtu,
    tunnelDevice: DEVICE,
    ways: (node, own, leases, network) => {
      const link: Link = {
        kind: 'wireguard',
        name: DEVICE,
        index: indexBehindPods(node),
        owner: 'flanneld',
        mac: ZERO_MAC,
        mtu,
        up: true,
        listenPort: backend.port,
        publicKey: nodeKey(node, own, settings.seed),
        peers: [...leases]
          .filter(([other]) => other !== node)
          .map(([other, lease]) => ({
            publicKey: nodeKey(other, lease, settings.seed),
            endpoint: { address: lease.publicIp, port: backend.port },
            allowedIps: [lease.subnet],
            persistentKeepalive: backend.persistentKeepalive,
          })),
      };
      return {
        links: [link],
        addresses: [interfaceAddress('flanneld', DEVICE, hostPrefix(own.subnet.address))],
        routes: [{ ...mainRoute('flanneld', network, { dev: DEVICE }), scope: 'link' }],
      };
    },
  };
};

/** Where the tunnel's device stands: it is made after the Pods' veths. */
export function indexBehindPods(node: NodePlan): number {
  return Math.max(3, ...node.pods.map((pod) => pod.hostVethIndex)) + 1;
}
