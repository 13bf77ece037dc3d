import type { Link } from '../../../../datamodel/network/link.ts';
import { hostPrefix } from '../../../../wire/address.ts';
import { ZERO_MAC } from '../../../../wire/ethernet.ts';
import { interfaceAddress, mainRoute } from '../../netnsParts.ts';
import { sharesSubnet } from '../sameSubnet.ts';
import type { StartBackend } from './backend.ts';
import { indexBehindPods } from './wireguard.ts';

const DEVICE = 'flannel.ipip';
const NIC = 'eth0';
const OVERHEAD = 20;

/**
 * One IPIP device, told from the module's own tunl0 by its local address, and a route by way of each other node: into the
 * tunnel, or with DirectRouting out of the NIC where the node is on the same subnet (pkg/backend/ipip).
 */
export const ipip: StartBackend<'ipip'> = ({ nicMtu }, { directRouting }) => {
  const mtu = nicMtu - OVERHEAD;
  return {
    mtu,
    tunnelDevice: DEVICE,
    ways: (node, own, leases) => {
      const link: Link = {
        kind: 'ipip',
        name: DEVICE,
        index: indexBehindPods(node),
        owner: 'flanneld',
        mac: ZERO_MAC,
        mtu,
        up: true,
        local: node.address,
        ttl: 0,
        pathMtuDiscovery: false,
      };
      const others = [...leases].filter(([other]) => other !== node);
      return {
        links: [link],
        addresses: [interfaceAddress('flanneld', DEVICE, hostPrefix(own.subnet.address))],
        routes: others.map(([other, { subnet, publicIp }]) => {
          const dev = directRouting && sharesSubnet(node, other) ? NIC : DEVICE;
          return mainRoute('flanneld', subnet, { via: publicIp, dev, onlink: true });
        }),
      };
    },
  };
};
