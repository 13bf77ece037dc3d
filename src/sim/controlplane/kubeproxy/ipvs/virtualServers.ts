import type { RealServer, VirtualServer } from '../../../../datamodel/network/ipvs.ts';
import { familyOf, type IpAddress } from '../../../../wire/address.ts';
import { categorizeEndpoints, type EndpointCategories, type ProxyLocation } from '../categorizeEndpoints.ts';
import type { EndpointInfo, ServicePortInfo } from '../servicePort.ts';

/** Addresses by which a node's Services are reached besides their own. */
export interface ServerNode extends ProxyLocation {
  readonly nodePortIps: readonly IpAddress[];
}

/**
 * The virtual servers of one service port on a node: its ClusterIP, external addresses and balancer addresses with its port,
 * and every address of the node with its node port. Real servers are chosen when somebody first asks for them.
 */
export function virtualServersOf(
  service: ServicePortInfo,
  node: ServerNode,
  scheduler: string,
): readonly VirtualServer[] {
  const { port, nodePort, internalPolicyLocal, externalPolicyLocal } = service;
  const categories = once(() => categorizeEndpoints(service, node));
  const internal = once(() => chosen(categories(), internalPolicyLocal));
  const external = once(() => chosen(categories(), externalPolicyLocal));
  const make = (address: IpAddress, at: number, endpoints: () => readonly EndpointInfo[]): VirtualServer =>
    lazyServer(service, address, at, scheduler, endpoints);
  return [
    make(service.clusterIp, port, internal),
    ...service.externalIps.map((address) => make(address, port, external)),
    ...service.loadBalancerVips.map((address) => make(address, port, external)),
    ...(nodePort === 0 ? [] : node.nodePortIps.map((address) => make(address, nodePort, external))),
  ];
}

/** Local policy without a local endpoint falls back on all of them, for the node's own Pods (kubernetes#97081). */
function chosen({ cluster, local }: EndpointCategories, onlyLocal: boolean): readonly EndpointInfo[] {
  return onlyLocal && local.length > 0 ? local : cluster;
}

function lazyServer(
  { protocol, affinitySeconds }: ServicePortInfo,
  address: IpAddress,
  port: number,
  scheduler: string,
  endpoints: () => readonly EndpointInfo[],
): VirtualServer {
  const host = familyOf(address) === 'IPv6' ? `[${address}]` : address;
  const id = `${protocol} ${host}:${port}`;
  const realServers = once(() => endpoints().map((endpoint) => realServer(id, endpoint)));
  return {
    id,
    owner: 'kube-proxy',
    protocol,
    address,
    port,
    scheduler,
    ...(affinitySeconds !== undefined && { persistence: affinitySeconds }),
    get realServers() {
      return realServers();
    },
  };
}

function realServer(virtual: string, { address, port, text }: EndpointInfo): RealServer {
  return { id: `${virtual} -> ${text}`, address, port, weight: 1 };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
