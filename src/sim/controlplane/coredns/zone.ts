import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { EndpointSlice } from '../../../datamodel/kubernetes/endpointSlice.ts';
import type { Service } from '../../../datamodel/kubernetes/service.ts';
import type { DnsZone } from '../../../datamodel/network/listener.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { PodAddress, PodKey } from '../ipam/podAddresses.ts';

/** kubeadm's Corefile: `kubernetes cluster.local … { ttl 30 }`. */
const TTL = 30;
/** CNAMEs that point at each other end somewhere. */
const MOST_ALIASES = 8;

/**
 * The A, AAAA and CNAME records that CoreDNS serves for a cluster (Kubernetes DNS specification 1.1.0): a Service's ClusterIP, a headless
 * Service's ready endpoints, each endpoint by its hostname or its address with dashes, each Pod by its address with dashes.
 * An ExternalName is another name's alias. A name without any of them does not exist.
 */
export function dnsZone(objects: ClusterObjects, pods: ReadonlyMap<PodKey, PodAddress>): DnsZone {
  const domain = objects.network.dnsDomain;
  const records = new Map<string, IpAddress[]>();
  const add = (name: string, address: IpAddress): void => {
    const known = records.get(name);
    if (!known) records.set(name, [address]);
    else if (!known.includes(address)) known.push(address);
  };
  const headless = new Set<string>();
  for (const service of objects.services) {
    const name = serviceName(service, domain);
    if (service.headless) headless.add(name);
    for (const address of service.clusterIps) if (!service.headless) add(name, address);
  }
  for (const slice of objects.endpointSlices) {
    if (slice.serviceName === undefined) continue;
    addEndpoints(slice, `${slice.serviceName}.${slice.metadata.namespace}.svc.${domain}`.toLowerCase(), headless, add);
  }
  for (const [key, pod] of pods) {
    if (pod.ok) add(`${dashed(pod.address)}.${key.split('/')[0]}.pod.${domain}`, pod.address);
  }
  return { domain, addresses: records, aliases: aliasesOf(objects.services, domain), ttl: TTL };
}

/** Names of Services that resolve, longest first: what a person may want to type. */
export function serviceNames(objects: ClusterObjects, zone: DnsZone): readonly string[] {
  return objects.services.flatMap((service) => {
    const full = serviceName(service, zone.domain);
    const { namespace, name } = service.metadata;
    return zone.addresses.has(endOfAliases(zone, full))
      ? [full, `${name}.${namespace}.svc`, `${name}.${namespace}`, name]
      : [];
  });
}

function addEndpoints(
  slice: EndpointSlice,
  service: string,
  headless: ReadonlySet<string>,
  add: (name: string, address: IpAddress) => void,
): void {
  for (const endpoint of slice.endpoints) {
    if (!endpoint.ready) continue;
    for (const address of endpoint.addresses) {
      if (headless.has(service)) add(service, address);
      add(`${(endpoint.hostname ?? dashed(address)).toLowerCase()}.${service}`, address);
    }
  }
}

function aliasesOf(services: readonly Service[], domain: string): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const service of services) {
    if (service.type !== 'ExternalName' || service.externalName === undefined) continue;
    aliases.set(serviceName(service, domain), service.externalName.toLowerCase().replace(/\.$/, ''));
  }
  return aliases;
}

function endOfAliases({ aliases }: DnsZone, name: string): string {
  let end = name;
  for (let i = 0; i < MOST_ALIASES && aliases?.has(end); i++) end = aliases.get(end) ?? end;
  return end;
}

function serviceName({ metadata }: Service, domain: string): string {
  return `${metadata.name}.${metadata.namespace}.svc.${domain}`.toLowerCase();
}

function dashed(address: IpAddress): string {
  return address.replaceAll(/[.:]/g, '-');
}
