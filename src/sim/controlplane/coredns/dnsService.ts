import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { Service } from '../../../datamodel/kubernetes/service.ts';
import { familyOf, type IpAddress } from '../../../wire/address.ts';
import { type PodKey, podKey } from '../ipam/podAddresses.ts';

const DNS_PORT = 53;

/** The Service that kubelet's --cluster-dns names: kubeadm calls it kube-dns, whatever runs behind it. */
export function dnsService(objects: ClusterObjects): Service | undefined {
  return objects.services.find(({ metadata }) => metadata.namespace === 'kube-system' && metadata.name === 'kube-dns');
}

export function dnsServiceAddress(objects: ClusterObjects): IpAddress | undefined {
  return dnsService(objects)?.clusterIps.find((address) => familyOf(address) === 'IPv4');
}

/** Where the cluster's DNS servers listen: each Pod behind the DNS Service, with its port for UDP. */
export function dnsServers(objects: ClusterObjects): ReadonlyMap<PodKey, number> {
  const servers = new Map<PodKey, number>();
  const service = dnsService(objects);
  const port = service?.ports.find((candidate) => candidate.protocol === 'UDP' && candidate.port === DNS_PORT);
  if (!service || !port) return servers;
  for (const slice of objects.endpointSlices) {
    if (slice.metadata.namespace !== service.metadata.namespace || slice.serviceName !== service.metadata.name)
      continue;
    const target = slice.ports.find(({ name, protocol }) => name === port.name && protocol === 'UDP')?.port;
    if (target === undefined) continue;
    for (const { pod } of slice.endpoints) if (pod) servers.set(podKey(pod), target);
  }
  return servers;
}
