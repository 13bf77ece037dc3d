import type { Link } from '../../../../datamodel/network/link.ts';
import { hostPrefix } from '../../../../wire/address.ts';
import { interfaceAddress, mainRoute, permanentNeighbor } from '../../netnsParts.ts';
import { sharesSubnet } from '../sameSubnet.ts';
import type { StartBackend } from './backend.ts';
import { directRoute } from './hostGw.ts';

const NIC = 'eth0';
const OVERHEAD = 50;
/** Linux's own choice for VXLAN, from before IANA gave it 4789. */
const LINUX_VXLAN_PORT = 8472;

/**
 * One VXLAN device that learns nothing: for each other node a route, its VTEP's MAC as a permanent neighbour, and where that
 * MAC is as a permanent forwarding entry (pkg/backend/vxlan). With DirectRouting nodes on the same subnet have plain routes
 * instead.
 */
export const vxlan: StartBackend<'vxlan'> = ({ nicMtu }, backend, warnings) => {
  const mtu = tunnelMtu(backend.mtu, nicMtu, warnings);
  const dev = `flannel.${backend.vni}`;
  return {
    mtu,
    tunnelDevice: dev,
    ways: (node, own, leases) => {
      const link: Link = {
        kind: 'vxlan',
        name: dev,
        // Behind the Pods' veths.
        index: Math.max(3, ...node.pods.map((pod) => pod.hostVethIndex)) + 1,
        owner: 'flanneld',
        mac: own.vtepMac,
        mtu,
        up: true,
        vni: backend.vni,
        local: node.address,
        lower: NIC,
        destinationPort: backend.port === 0 ? LINUX_VXLAN_PORT : backend.port,
        learning: false,
        udpChecksum: true,
      };
      const others = [...leases]
        .filter(([other]) => other !== node)
        .map(([other, lease]) => ({ lease, isDirect: backend.directRouting && sharesSubnet(node, other) }));
      const tunnelled = others.filter(({ isDirect }) => !isDirect).map(({ lease }) => lease);
      return {
        links: [link],
        addresses: [interfaceAddress('flanneld', dev, hostPrefix(own.subnet.address))],
        routes: others.map(({ lease, isDirect }) =>
          isDirect
            ? directRoute(lease)
            : mainRoute('flanneld', lease.subnet, { via: lease.subnet.address, dev, onlink: true }),
        ),
        neighbors: tunnelled.map((other) => permanentNeighbor('flanneld', dev, other.subnet.address, other.vtepMac)),
        fdb: tunnelled.map((other) => ({
          id: `${dev}/${other.vtepMac}`,
          owner: 'flanneld',
          dev,
          mac: other.vtepMac,
          self: true,
          dst: other.publicIp,
          state: 'permanent',
        })),
      };
    },
  };
};

/** The kernel bounds a VXLAN device by its lower device (vxlan_validate answers EINVAL). */
function tunnelMtu(wanted: number | undefined, nicMtu: number, warnings: string[]): number {
  const most = nicMtu - OVERHEAD;
  if (wanted === undefined || wanted <= most) return wanted ?? most;
  warnings.push(
    `flannel's MTU ${wanted} does not fit into eth0's ${nicMtu} with ${OVERHEAD} bytes of VXLAN: ${most} it is.`,
  );
  return most;
}
