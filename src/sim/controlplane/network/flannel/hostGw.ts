import type { Route } from '../../../../datamodel/network/tables.ts';
import { mainRoute } from '../../netnsParts.ts';
import { sharesSubnet } from '../sameSubnet.ts';
import type { StartBackend } from './backend.ts';
import type { FlannelLease } from './lease.ts';

const NIC = 'eth0';

/**
 * Plain routes by way of the nodes, which have to be on one subnet: the kernel takes no gateway that it cannot reach directly
 * (pkg/backend/hostgw).
 */
export const hostGw: StartBackend<'host-gw'> = ({ nicMtu, nodes }, _, warnings) => {
  const all = [...nodes.values()];
  for (const node of all) {
    const far = all.filter((other) => !sharesSubnet(node, other)).map((other) => other.node.metadata.name);
    if (far.length > 0) {
      warnings.push(
        `flanneld on ${node.node.metadata.name} cannot add its routes to ${far.join(', ')}: network is unreachable ` +
          '(host-gw needs all nodes on one subnet).',
      );
    }
  }
  return {
    mtu: nicMtu,
    tunnelDevice: undefined,
    ways: (node, _own, leases) => ({
      routes: [...leases].flatMap(([other, lease]) =>
        other !== node && sharesSubnet(node, other) ? [directRoute(lease)] : [],
      ),
    }),
  };
};

/** To another node's Pods by way of that node itself. */
export function directRoute(other: FlannelLease): Route {
  return mainRoute('flanneld', other.subnet, { via: other.publicIp, dev: NIC });
}
