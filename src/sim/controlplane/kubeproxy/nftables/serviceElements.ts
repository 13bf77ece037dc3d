import type { NftVerdict } from '../../../../datamodel/network/nftables.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { EndpointCategories } from '../categorizeEndpoints.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { DROP, goto } from './statements.ts';

export type ServiceMapName =
  | 'service-ips'
  | 'service-nodeports'
  | 'no-endpoint-services'
  | 'no-endpoint-nodeports'
  | 'firewall-ips';

export interface ServiceElement {
  readonly map: ServiceMapName;
  readonly key: readonly string[];
  readonly verdict: NftVerdict;
  readonly comment?: string;
}

/** Where a service port's traffic has somewhere to go on a node, by where it comes from. */
export interface Reach {
  readonly internal: boolean;
  readonly external: boolean;
}

export function reachOf(service: ServicePortInfo, endpoints: EndpointCategories): Reach {
  const here = endpoints.local.length > 0;
  return {
    internal: endpoints.any && (!service.internalPolicyLocal || here),
    external: endpoints.any && (!service.externalPolicyLocal || here),
  };
}

export function usesFirewall(service: ServicePortInfo): boolean {
  return service.loadBalancerVips.length > 0 && service.sourceRanges.length > 0;
}

/**
 * What one service port puts into the verdict maps on one node (pkg/proxy/nftables/proxier.go, syncProxyRules).
 * @param base what its chains' names end in.
 */
export function serviceElements(
  service: ServicePortInfo,
  endpoints: EndpointCategories,
  base: string,
): readonly ServiceElement[] {
  const { protocol, name } = service;
  const reach = reachOf(service, endpoints);
  const elements: ServiceElement[] = [];
  const at = (address: IpAddress): readonly string[] => [address, protocol, String(service.port)];
  const external = goto(`external-${base}`);
  // No endpoint anywhere is an error the client is told; a policy that finds none here is not.
  const refusal = endpoints.any ? DROP : goto('reject-chain');
  const refuse = (map: ServiceMapName, key: readonly string[]): void => {
    elements.push({ map, key, verdict: refusal, comment: name });
  };
  const dispatch = (map: ServiceMapName, key: readonly string[], verdict: NftVerdict): void => {
    elements.push({ map, key, verdict });
  };

  if (reach.internal) {
    const chain = `${service.internalPolicyLocal ? 'local' : 'service'}-${base}`;
    dispatch('service-ips', at(service.clusterIp), goto(chain));
  } else refuse('no-endpoint-services', at(service.clusterIp));

  for (const address of [...service.externalIps, ...service.loadBalancerVips]) {
    if (endpoints.any) dispatch('service-ips', at(address), external);
    if (!reach.external) refuse('no-endpoint-services', at(address));
  }
  if (usesFirewall(service)) {
    for (const address of service.loadBalancerVips) dispatch('firewall-ips', at(address), goto(`firewall-${base}`));
  }
  if (service.nodePort !== 0) {
    // Source ranges guard load balancer addresses only: node ports go their own way, for better or for worse.
    const key = [protocol, String(service.nodePort)];
    if (endpoints.any) dispatch('service-nodeports', key, external);
    if (!reach.external) refuse('no-endpoint-nodeports', key);
  }
  return elements;
}
