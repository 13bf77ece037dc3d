import { once } from '../../../../base/kept.ts';
import type { NftTable } from '../../../../datamodel/network/nftables.ts';
import { prefixContains } from '../../../../wire/address.ts';
import { categorizeEndpoints, type EndpointCategories } from '../categorizeEndpoints.ts';
import { indexServices } from '../serviceIndex.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { kubeProxyTable, type ServiceParts, serviceParts } from './kubeProxyTable.ts';
import { serviceNameBase } from './names.ts';
import type { NftConfig, NftNode } from './nftConfig.ts';

/**
 * kube-proxy in nftables mode: the table of one family on every node for one state of the Services, as v1.35 syncs it
 * (pkg/proxy/nftables/proxier.go). Nodes for which a Service comes out the same share its chains.
 */
export function nftablesProxy(services: readonly ServicePortInfo[], config: NftConfig): (node: NftNode) => NftTable {
  const index = once(() => indexServices(services));
  const shared = new Map<string, ServiceParts>();
  const bases = new Map<number, string>();
  const table = config.family === 'IPv4' ? 'ip kube-proxy' : 'ip6 kube-proxy';
  return (node) => {
    const own = new Map<number, ServiceParts>();
    const partsOf = (place: number): ServiceParts => {
      const known = own.get(place);
      if (known !== undefined) return known;
      const service = services[place]!;
      const endpoints = categorizeEndpoints(service, node);
      const key = `${place} ${variant(service, endpoints, node)}`;
      const base = bases.get(place) ?? serviceNameBase(service.name, service.protocol);
      bases.set(place, base);
      const parts = shared.get(key) ?? serviceParts({ table, service, endpoints, config, node, base });
      shared.set(key, parts);
      own.set(place, parts);
      return parts;
    };
    return kubeProxyTable(index(), config, node, partsOf);
  };
}

/** What of a node a service port's chains depend on. */
function variant(service: ServicePortInfo, endpoints: EndpointCategories, { nodeIp, podPrefix }: NftNode): string {
  const all = endpoints.cluster.length === service.endpoints.length && endpoints.local.length === 0;
  const choice = all ? '' : [endpoints.cluster, endpoints.local].map((set) => set.map((e) => e.text).join()).join('|');
  const admitted = nodeIp !== undefined && service.sourceRanges.some((range) => prefixContains(range, nodeIp));
  return `${podPrefix ? `${podPrefix.address}/${podPrefix.length}` : ''} ${admitted} ${choice}`;
}
