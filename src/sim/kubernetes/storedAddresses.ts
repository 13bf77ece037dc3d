import type { DeclaredEndpointSlice } from '../../datamodel/kubernetes/declared/declaredEndpoints.ts';
import type { DeclaredObject } from '../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredService } from '../../datamodel/kubernetes/declared/declaredService.ts';

/**
 * Objects with their addresses as kube-proxy reads them: older API servers took decimal numbers with zeros before them, and
 * what is stored is served for ever (k8s.io/utils/net, ParseIPSloppy).
 */
export function withStoredAddresses(object: DeclaredObject): DeclaredObject {
  if (object.kind === 'Service') return ofService(object);
  return object.kind === 'EndpointSlice' ? ofSlice(object) : object;
}

function ofService(service: DeclaredService): DeclaredService {
  const { spec, status } = service;
  if (spec === undefined) return service;
  const { clusterIP, clusterIPs, externalIPs, loadBalancerSourceRanges: ranges } = spec;
  const ingress = status?.loadBalancer?.ingress;
  return {
    ...service,
    spec: {
      ...spec,
      ...(clusterIP !== undefined && { clusterIP: plain(clusterIP) }),
      ...(clusterIPs && { clusterIPs: clusterIPs.map(plain) }),
      ...(externalIPs && { externalIPs: externalIPs.map(plain) }),
      ...(ranges && { loadBalancerSourceRanges: ranges.map(plain) }),
    },
    ...(ingress && {
      status: {
        loadBalancer: { ingress: ingress.map(({ ip, ...rest }) => ({ ...rest, ...(ip && { ip: plain(ip) }) })) },
      },
    }),
  };
}

function ofSlice(slice: DeclaredEndpointSlice): DeclaredEndpointSlice {
  const { endpoints } = slice;
  if (endpoints === undefined) return slice;
  return {
    ...slice,
    endpoints: endpoints.map((endpoint) => ({
      ...endpoint,
      ...(endpoint.addresses && { addresses: endpoint.addresses.map(plain) }),
    })),
  };
}

/** `010.0.0.01/08` is `10.0.0.1/8`; what is no dotted quad stays as it is. */
function plain(text: string): string {
  return /^\s*\d+(\.\d+){3}(\/\d+)?\s*$/.test(text) ? text.replaceAll(/\b0+(?=\d)/g, '') : text;
}
