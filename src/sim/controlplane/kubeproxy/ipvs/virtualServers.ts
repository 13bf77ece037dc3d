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
  const choice = new Choice(service, node);
  const servers = [new ServiceServer(choice, service.clusterIp, port, scheduler, internalPolicyLocal)];
  const external = (address: IpAddress, at: number): void => {
    // a balancer's address may be an external one as well
    if (servers.some((server) => server.address === address && server.port === at)) return;
    servers.push(new ServiceServer(choice, address, at, scheduler, externalPolicyLocal));
  };
  for (const address of service.externalIps) external(address, port);
  for (const address of service.loadBalancerVips) external(address, port);
  if (nodePort !== 0) for (const address of node.nodePortIps) external(address, nodePort);
  return servers;
}

/** Which endpoints a node may use, found out when it matters: there are very many Services, and few are asked for. */
class Choice {
  readonly service: ServicePortInfo;
  private readonly node: ServerNode;
  private made: EndpointCategories | undefined;

  constructor(service: ServicePortInfo, node: ServerNode) {
    this.service = service;
    this.node = node;
  }

  /** Local policy without a local endpoint falls back on all of them, for the node's own Pods (kubernetes#97081). */
  endpoints(onlyLocal: boolean): readonly EndpointInfo[] {
    this.made ??= categorizeEndpoints(this.service, this.node);
    const { cluster, local } = this.made;
    return onlyLocal && local.length > 0 ? local : cluster;
  }
}

/** A virtual server whose id and real servers are put together when they are read. */
class ServiceServer implements VirtualServer {
  readonly address: IpAddress;
  readonly port: number;
  readonly scheduler: string;
  readonly hashesPort?: boolean;
  readonly persistence?: number;
  private readonly choice: Choice;
  private readonly onlyLocal: boolean;
  private made: readonly RealServer[] | undefined;

  constructor(choice: Choice, address: IpAddress, port: number, scheduler: string, onlyLocal: boolean) {
    this.choice = choice;
    this.address = address;
    this.port = port;
    this.scheduler = scheduler;
    this.onlyLocal = onlyLocal;
    // FlagSourceHash
    if (scheduler === 'mh') this.hashesPort = true;
    const { affinitySeconds } = choice.service;
    if (affinitySeconds !== undefined) this.persistence = affinitySeconds;
  }

  get owner(): string {
    return 'kube-proxy';
  }

  get protocol(): VirtualServer['protocol'] {
    return this.choice.service.protocol;
  }

  get id(): string {
    const host = familyOf(this.address) === 'IPv6' ? `[${this.address}]` : this.address;
    return `${this.protocol} ${host}:${this.port}`;
  }

  get realServers(): readonly RealServer[] {
    const { id } = this;
    this.made ??= this.choice
      .endpoints(this.onlyLocal)
      .map(({ address, port, text }) => ({ id: `${id} -> ${text}`, address, port, weight: 1 }));
    return this.made;
  }
}
