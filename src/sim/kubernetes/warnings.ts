import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { Node } from '../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../datamodel/kubernetes/pod.ts';
import { familyOf, formatPrefix, type IpAddress, prefixContains } from '../../wire/address.ts';

/** What is allowed and yet will not work as somebody may expect. */
export function warningsAbout(cluster: ClusterObjects): readonly string[] {
  const nodes = new Map(cluster.nodes.map((node) => [node.metadata.name, node]));
  return [
    ...dnsWarnings(cluster),
    ...cluster.nodes.flatMap((node) => nodeWarnings(node, cluster)),
    ...cluster.pods.filter(({ nodeName }) => nodeName === undefined).map(pendingWarning),
    // with a pool of Cilium's own it is not the podCIDR that leads to Pods
    ...(cluster.network.cilium?.pool ? [] : cluster.pods).flatMap((pod) =>
      addressWarnings(pod, nodes.get(pod.nodeName ?? '')),
    ),
    ...duplicateWarnings(cluster.pods),
  ];
}

function dnsWarnings({ services }: ClusterObjects): readonly string[] {
  const has = services.some(({ metadata }) => metadata.namespace === 'kube-system' && metadata.name === 'kube-dns');
  return has ? [] : ['There is no kube-dns Service: names do not resolve, addresses do'];
}

function nodeWarnings(node: Node, { network }: ClusterObjects): readonly string[] {
  return node.podCidrs
    .filter(({ address }) => familyOf(address) === 'IPv4' && !prefixContains(network.podCidr, address))
    .map(
      (prefix) =>
        `Node ${node.metadata.name} has podCIDR ${formatPrefix(prefix)}, which is not part of the Pod network ` +
        formatPrefix(network.podCidr),
    );
}

function pendingWarning({ metadata, message }: Pod): string {
  return `Pod ${metadata.namespace}/${metadata.name} is Pending: ${message ?? 'no node was found'}`;
}

function addressWarnings(pod: Pod, node: Node | undefined): readonly string[] {
  if (node === undefined || pod.hostNetwork || node.podCidrs.length === 0) return [];
  return pod.podIps
    .filter((address) => !node.podCidrs.some((prefix) => prefixContains(prefix, address)))
    .filter((address) => familyOf(address) === 'IPv4')
    .map(
      (address) =>
        `Pod ${pod.metadata.namespace}/${pod.metadata.name} has ${address}, which is not in ${node.metadata.name}'s ` +
        `${node.podCidrs.map(formatPrefix).join(', ')}: no route leads there`,
    );
}

function duplicateWarnings(pods: readonly Pod[]): readonly string[] {
  const owners = new Map<IpAddress, Pod>();
  const warnings: string[] = [];
  for (const pod of pods) {
    if (pod.hostNetwork || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    for (const address of pod.podIps) {
      const other = owners.get(address);
      if (other === undefined) owners.set(address, pod);
      else {
        const names = [other, pod].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
        warnings.push(`Pods ${names.join(' and ')} have the same address ${address}`);
      }
    }
  }
  return warnings;
}
