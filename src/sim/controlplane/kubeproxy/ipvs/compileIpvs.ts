import type { IpSet } from '../../../../datamodel/network/ipset.ts';
import type { VirtualServer } from '../../../../datamodel/network/ipvs.ts';
import { familyOf, type IpAddress, type IpFamily, ipPrefix, prefixContains } from '../../../../wire/address.ts';
import type { TableChanges } from '../../netfilter/tableChanges.ts';
import { isAlikeEverywhere } from '../categorizeEndpoints.ts';
import type { ProxyNode } from '../iptables/proxyConfig.ts';
import { indexServices } from '../serviceIndex.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import type { IpvsProxyConfig } from './ipvsProxyConfig.ts';
import { proxyRules } from './proxyRules.ts';
import { makeSets, nodeHas, nodeMembers, type SetMembers, sharedHas, sharedMembers } from './proxySets.ts';
import { SET_NAMES, type SetName } from './setNames.ts';
import { type ServerNode, virtualServersOf } from './virtualServers.ts';

/** What the proxy of one family makes of one node. */
export interface IpvsProxyResult {
  readonly tables: readonly TableChanges[];
  readonly ipsets: readonly IpSet[];
  readonly virtualServers: readonly VirtualServer[];
  /** What goes on kube-ipvs0: every ClusterIP, and other addresses of Services that are not the node's own. */
  readonly boundAddresses: readonly IpAddress[];
}

const LOOPBACK = { IPv4: ipPrefix('127.0.0.0/8'), IPv6: ipPrefix('::1/128') };
const LINK_LOCAL_IPV6 = ipPrefix('fe80::/10');

/**
 * kube-proxy in IPVS mode: sets, rules and virtual servers of every node for one state of the Services, as v1.35 syncs them
 * (pkg/proxy/ipvs/proxier.go). Nodes share what is the same for them.
 */
export function ipvsProxy(
  services: readonly ServicePortInfo[],
  config: IpvsProxyConfig,
): (node: ProxyNode) => IpvsProxyResult {
  const { family } = config;
  const index = indexServices(services);
  const shared = sharedMembers(services);
  const sharedSets = makeSets(shared, family, sharedHas(index));
  const isClusterIp = (address: IpAddress): boolean =>
    index.at(address).some((place) => services[place]?.clusterIp === address);
  const bindable = unique(
    services.flatMap(({ clusterIp, externalIps, loadBalancerVips }) => [
      clusterIp,
      ...externalIps,
      ...loadBalancerVips,
    ]),
  );
  const boundSets = new Map<readonly IpAddress[], IpSet>();
  const serversOf = sharedServers(services, config.scheduler);
  return (node) => {
    const local = new Set(ownAddresses(family, node));
    const isElsewhere = (address: IpAddress): boolean => local.has(address) && !isClusterIp(address);
    const boundAddresses = bindable.some(isElsewhere) ? bindable.filter((address) => !isElsewhere(address)) : bindable;
    const nodePortIps = nodePortAddresses(config, node);
    const own = nodeMembers(services, { ...node, nodePortIps, boundAddresses });
    const ownSets = makeSets(own, family, nodeHas(own, index, isElsewhere));
    const members: Partial<SetMembers> = withMembers(shared, own);
    // nodes that bind the same addresses share the set of them, whose index the kernel makes
    const bound = boundSets.get(boundAddresses) ?? ownSets.get('KUBE-IPVS-IPS');
    if (bound !== undefined) boundSets.set(boundAddresses, bound);
    const setOf = (name: SetName): IpSet | undefined =>
      name === 'KUBE-IPVS-IPS' ? bound : (ownSets.get(name) ?? sharedSets.get(name));
    const location = { nodeName: node.nodeName, zone: node.zone, nodePortIps };
    return {
      tables: proxyRules(services, members, config, node),
      ipsets: SET_NAMES.flatMap((name) => setOf(name) ?? []),
      virtualServers: serversOf(location),
      boundAddresses,
    };
  };
}

/** Copying would read, and so collect, every member. */
function withMembers(shared: Partial<SetMembers>, own: Partial<SetMembers>): Partial<SetMembers> {
  return Object.create(shared, Object.getOwnPropertyDescriptors(own));
}

/** Nodes share the virtual servers that are the same for them, and the whole list where all are. */
function sharedServers(
  services: readonly ServicePortInfo[],
  scheduler: string,
): (node: ServerNode) => readonly VirtualServer[] {
  const same = services.map((service) => service.nodePort === 0 && isAlikeEverywhere(service));
  const shared: (readonly VirtualServer[])[] = [];
  let all: readonly VirtualServer[] | undefined;
  return (node) => {
    if (all !== undefined) return all;
    const servers = services.flatMap((service, place) => {
      const made = shared[place] ?? virtualServersOf(service, node, scheduler);
      if (same[place]) shared[place] = made;
      return made;
    });
    if (!same.includes(false)) all = servers;
    return servers;
  };
}

function unique(addresses: readonly IpAddress[]): readonly IpAddress[] {
  return [...new Set(addresses)];
}

/** The node's addresses but loopback's and IPv6's link-local ones (isValidForSet). */
function ownAddresses(family: IpFamily, { localAddresses }: ProxyNode): readonly IpAddress[] {
  return unique(localAddresses).filter(
    (address) => !prefixContains(LOOPBACK[family], address) && !prefixContains(LINK_LOCAL_IPV6, address),
  );
}

/** All of the node's own addresses, its primary one, or those in the given ranges; never loopback. */
function nodePortAddresses(
  { family, nodePortAddresses: ranges, nodePortPrimary }: IpvsProxyConfig,
  node: ProxyNode,
): readonly IpAddress[] {
  const wanted = ranges.filter((range) => familyOf(range.address) === family);
  if (!nodePortPrimary && (wanted.length === 0 || wanted.some(({ length }) => length === 0)))
    return ownAddresses(family, node);
  const outward = unique(node.localAddresses).filter((address) => !prefixContains(LOOPBACK[family], address));
  return nodePortPrimary
    ? outward.filter((address) => address === node.nodeIp)
    : outward.filter((address) => wanted.some((range) => prefixContains(range, address)));
}
