import type { KubeProxyConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { Listener } from '../../../datamodel/network/listener.ts';
import { familyOf, type IpAddress, type IpPrefix } from '../../../wire/address.ts';
import { nodePodCidr } from '../ipam/podAddresses.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { ClusterPlan, NodePlan } from '../plan.ts';
import { iptablesProxy, isLargeCluster } from './iptables/compileIptables.ts';
import type { ProxyNode } from './iptables/proxyConfig.ts';
import { ipvsProxy } from './ipvs/compileIpvs.ts';
import { dummyAddresses, dummyDevice, ipvsSysctls } from './ipvs/nodeIpvs.ts';
import { serviceMap } from './serviceMap.ts';
import type { ServicePortInfo } from './servicePort.ts';

/**
 * kube-proxy for a whole cluster: what it writes on each node, given the addresses that the node has by then.
 * Nodes share what comes out the same for them.
 */
export function kubeProxy(plan: ClusterPlan): (node: NodePlan, localAddresses: readonly IpAddress[]) => NetnsParts {
  const { objects } = plan;
  const config = objects.network.kubeProxy;
  const services = serviceMap(objects.services, objects.endpointSlices, 'IPv4');
  const write = plan.proxyMode === 'ipvs' ? ipvsMode(plan, services) : iptablesMode(plan, services);
  const listeners = healthChecks(services.map((service) => service.healthCheckNodePort));
  return (node, localAddresses) => ({
    ...write(node, {
      nodeName: node.node.metadata.name,
      zone: node.node.zone,
      nodeIp: node.address,
      localAddresses: localAddresses.filter((address) => familyOf(address) === 'IPv4'),
      podPrefix: podPrefix(config, node.node),
    }),
    listeners,
  });
}

/** What a mode's proxy writes on a node. */
type ProxyWriter = (plan: NodePlan, node: ProxyNode) => NetnsParts;

function iptablesMode({ objects, settings }: ClusterPlan, services: readonly ServicePortInfo[]): ProxyWriter {
  const config = objects.network.kubeProxy;
  const compile = iptablesProxy(services, {
    family: 'IPv4',
    masqueradeAll: config.masqueradeAll,
    masqueradeMark: (1 << config.masqueradeBit) >>> 0,
    randomFully: settings.randomFully,
    localhostNodePorts: config.localhostNodePorts,
    nodePortAddresses: config.nodePortAddresses,
    largeCluster: isLargeCluster(services),
  });
  return (_, node) => ({
    tables: compile(node),
    sysctls: config.localhostNodePorts ? { 'net.ipv4.conf.all.route_localnet': '1' } : {},
  });
}

function ipvsMode(plan: ClusterPlan, services: readonly ServicePortInfo[]): ProxyWriter {
  const config = plan.objects.network.kubeProxy;
  const compile = ipvsProxy(services, {
    family: 'IPv4',
    masqueradeAll: config.masqueradeAll,
    masqueradeMark: (1 << config.masqueradeBit) >>> 0,
    randomFully: plan.settings.randomFully,
    nodePortAddresses: config.nodePortAddresses,
    scheduler: config.ipvs.scheduler,
  });
  const addresses = memo(dummyAddresses);
  return (node, proxyNode) => {
    const { tables, ipsets, virtualServers, boundAddresses } = compile(proxyNode);
    return {
      links: [dummyDevice(plan, node)],
      addresses: addresses(boundAddresses),
      tables,
      ipsets,
      virtualServers,
      sysctls: ipvsSysctls(config.ipvs.strictArp),
    };
  };
}

/** Nodes with the same addresses share their entries. */
function memo<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

/** What `detectLocalMode` tells Pods' traffic by; ClusterCIDR stands in for the modes that go by an interface. */
function podPrefix(config: KubeProxyConfig, node: Node): IpPrefix | undefined {
  if (config.detectLocalMode === 'NodeCIDR') return nodePodCidr(node);
  return config.clusterCidr && familyOf(config.clusterCidr.address) === 'IPv4' ? config.clusterCidr : undefined;
}

/** Load balancers ask each node whether it has endpoints; the proxy itself answers. */
function healthChecks(ports: readonly number[]): readonly Listener[] {
  return [...new Set(ports)]
    .filter((port) => port !== 0)
    .map((port) => ({
      id: `tcp/${port}/kube-proxy`,
      owner: 'kube-proxy',
      protocol: 'tcp',
      port,
      program: { type: 'identify', name: 'kube-proxy' },
    }));
}
