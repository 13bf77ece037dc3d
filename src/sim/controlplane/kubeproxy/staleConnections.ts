import type { ConntrackEntry } from '../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { ServicePortInfo } from './servicePort.ts';

const UDP = 17;

/**
 * The UDP connections that a proxy deletes when it has synced: those that lead from a Service to an address which none of its
 * serving endpoints has. A Service without serving endpoints is left alone, and so is TCP, which notices by itself
 * (pkg/proxy/conntrack/cleanup.go).
 */
export function staleConnections(services: readonly ServicePortInfo[]): (entry: ConntrackEntry) => boolean {
  const byAddress = new Map<string, ReadonlySet<IpAddress>>();
  const byNodePort = new Map<number, ReadonlySet<IpAddress>>();
  for (const service of services) {
    if (service.protocol !== 'udp') continue;
    const serving = new Set(service.endpoints.filter((endpoint) => endpoint.serving).map(({ address }) => address));
    if (serving.size === 0) continue;
    for (const address of [service.clusterIp, ...service.loadBalancerVips, ...service.externalIps])
      byAddress.set(`${address} ${service.port}`, serving);
    if (service.nodePort !== 0) byNodePort.set(service.nodePort, serving);
  }
  return ({ original, reply }) => {
    if (original.protocol !== UDP) return false;
    const { destination, destinationPort } = original;
    const wanted = [byAddress.get(`${destination} ${destinationPort}`), byNodePort.get(destinationPort)];
    return wanted.some((serving) => serving !== undefined && !serving.has(reply.source));
  };
}
