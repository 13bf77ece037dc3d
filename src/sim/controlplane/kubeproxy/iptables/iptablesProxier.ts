import { familyOf } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../plan.ts';
import { type Proxier, podPrefix } from '../proxier.ts';
import { serviceMap } from '../serviceMap.ts';
import { iptablesProxy, isLargeCluster } from './compileIptables.ts';

/** kube-proxy in iptables mode. */
export function iptablesProxier(plan: ClusterPlan): Proxier {
  const { objects, settings } = plan;
  const config = objects.network.kubeProxy;
  const services = serviceMap(objects.services, objects.endpointSlices, 'IPv4');
  const compile = iptablesProxy(services, {
    family: 'IPv4',
    masqueradeAll: config.masqueradeAll,
    masqueradeMark: (1 << config.masqueradeBit) >>> 0,
    randomFully: settings.randomFully,
    localhostNodePorts: config.localhostNodePorts,
    nodePortAddresses: config.nodePortAddresses,
    largeCluster: isLargeCluster(services),
  });
  return (node, localAddresses) => ({
    tables: compile({
      nodeName: node.node.metadata.name,
      zone: node.node.zone,
      nodeIp: node.address,
      localAddresses: localAddresses.filter((address) => familyOf(address) === 'IPv4'),
      podPrefix: podPrefix(plan, node.node, 'IPv4'),
    }),
    sysctls: config.localhostNodePorts ? { 'net.ipv4.conf.all.route_localnet': '1' } : {},
  });
}
