import { familyOf } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { type Proxier, podPrefix } from '../proxier.ts';
import { serviceMap } from '../serviceMap.ts';
import { nftablesProxy } from './compileNftables.ts';

/** kube-proxy in nftables mode: a proxy for each family. */
export function nftablesProxier(plan: ClusterPlan): Proxier {
  const { objects, settings } = plan;
  const { kubeProxy: config, serviceCidr } = objects.network;
  const compilers = (['IPv4', 'IPv6'] as const).map((family) => {
    const services = serviceMap(objects.services, objects.endpointSlices, family);
    const compile = nftablesProxy(services, {
      family,
      masqueradeAll: config.nftables.masqueradeAll,
      masqueradeMark: (1 << config.nftables.masqueradeBit) >>> 0,
      randomFully: settings.randomFully,
      serviceCidrs: [serviceCidr].filter(({ address }) => familyOf(address) === family),
      nodePortAddresses: config.nodePortAddresses,
    });
    return { family, compile };
  });
  return ({ node }, localAddresses) => ({
    nftables: compilers.map(({ family, compile }) =>
      compile({
        nodeName: node.metadata.name,
        zone: node.zone,
        nodeIp: node.internalIps.find((address) => familyOf(address) === family),
        localAddresses: localAddresses.filter((address) => familyOf(address) === family),
        podPrefix: podPrefix(plan, node, family),
      }),
    ),
  });
}
