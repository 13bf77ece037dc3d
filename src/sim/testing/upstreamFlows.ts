import { readFileSync } from 'node:fs';
import type { ManifestSource, ProxyMode } from '../../datamodel/cluster/command.ts';

/** kube-proxy's own test cases as data: objects of one cluster, one node, and where its tables must send what. */
export interface UpstreamCase {
  readonly test: string;
  readonly modes: readonly ProxyMode[];
  readonly ipFamily: 'IPv4' | 'IPv6';
  readonly clusterCIDR: string;
  readonly nodeIPs: readonly string[];
  readonly nodeName: string;
  readonly proxyConfig: {
    readonly localDetector: 'clusterCIDR' | 'none';
    readonly masqueradeAll: boolean;
    readonly serviceCIDRs: readonly string[];
    readonly nodePortAddresses: readonly string[] | null;
    readonly iptablesLocalhostNodePorts: boolean;
    readonly nodeLabels?: Readonly<Record<string, string>>;
  };
  readonly services: readonly object[];
  readonly endpointSlices: readonly object[];
  readonly flows: readonly UpstreamFlow[];
}

export interface UpstreamFlow {
  readonly name: string;
  readonly sourceIP: string;
  readonly destIP: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly destPort: number;
  readonly expected: {
    readonly verdict: 'dnat' | 'accept' | 'drop' | 'reject';
    readonly endpoints: readonly string[];
    readonly masquerade: boolean;
    readonly matched?: boolean;
  };
}

export function upstreamCases(): readonly UpstreamCase[] {
  return JSON.parse(
    readFileSync(new URL('../controlplane/fixtures/kubeProxyFlows.json', import.meta.url), 'utf8'),
  ) as readonly UpstreamCase[];
}

/** The case as a cluster's manifests, with kube-proxy in one of its modes. */
export function manifestsOf(upstream: UpstreamCase, mode: ProxyMode): readonly ManifestSource[] {
  const { proxyConfig, nodeName, nodeIPs, clusterCIDR } = upstream;
  const { masqueradeAll } = proxyConfig;
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName, labels: proxyConfig.nodeLabels ?? {} },
    status: { addresses: nodeIPs.map((address) => ({ type: 'InternalIP', address })) },
  };
  const proxy = configMap('kube-proxy', 'config.conf', {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode,
    clusterCIDR: proxyConfig.localDetector === 'none' ? '' : clusterCIDR,
    nodePortAddresses: proxyConfig.nodePortAddresses ?? [],
    iptables: { masqueradeAll, localhostNodePorts: proxyConfig.iptablesLocalhostNodePorts },
    nftables: { masqueradeAll },
  });
  const kubeadm = configMap('kubeadm-config', 'ClusterConfiguration', {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'ClusterConfiguration',
    networking: { podSubnet: clusterCIDR, serviceSubnet: proxyConfig.serviceCIDRs.join(',') },
  });
  const items = [node, proxy, kubeadm, ...upstream.services, ...upstream.endpointSlices];
  return [{ name: 'case.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }];
}

function configMap(name: string, key: string, content: object): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'kube-system' },
    data: { [key]: JSON.stringify(content) },
  };
}
