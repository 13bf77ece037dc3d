import { once } from '../../../../base/kept.ts';
import type { IpSet, IpSetMember } from '../../../../datamodel/network/ipset.ts';
import type { TransportName } from '../../../../datamodel/network/netfilter.ts';
import {
  formatPrefix,
  hostPrefix,
  type IpAddress,
  type IpFamily,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';
import type { ServiceIndex } from '../serviceIndex.ts';
import { type EndpointInfo, externallyAccessible, type ServicePortInfo } from '../servicePort.ts';
import { kernelSetName, SET_NAMES, SETS, type SetName } from './setNames.ts';

/** What of a node the sets follow from. */
export interface SetNode {
  readonly nodeName: string;
  readonly nodeIp: IpAddress;
  /** Addresses that node ports are open on. */
  readonly nodePortIps: readonly IpAddress[];
  /** Addresses of kube-ipvs0. */
  readonly boundAddresses: readonly IpAddress[];
}

/** The members of every set; empty ones are there as well. Those that take long to collect are collected when read. */
export type SetMembers = Readonly<Record<SetName, readonly IpSetMember[]>>;

/** What all nodes' sets have in common: the addresses that Services have wherever they are asked from. */
export function sharedMembers(services: readonly ServicePortInfo[]): Partial<SetMembers> {
  const at = (service: ServicePortInfo, address: IpAddress): IpSetMember => ({
    address,
    protocol: service.protocol,
    port: service.port,
  });
  const clusterIps = once(() => services.map((service) => at(service, service.clusterIp)));
  const external = services.filter(externallyAccessible);
  const externalIps = (local: boolean): readonly IpSetMember[] =>
    distinct(
      external
        .filter((service) => service.externalPolicyLocal === local)
        .flatMap((service) => service.externalIps.map((address) => at(service, address))),
    );
  const balanced = (wanted: (service: ServicePortInfo) => boolean): readonly IpSetMember[] =>
    distinct(
      external.filter(wanted).flatMap((service) => service.loadBalancerVips.map((address) => at(service, address))),
    );
  const nodePorts = (protocol: string, local: boolean): readonly IpSetMember[] =>
    external
      .filter((service) => service.protocol === protocol && (!local || service.externalPolicyLocal))
      .flatMap(({ nodePort: port }) => (port === 0 ? [] : [{ port }]));
  return {
    get 'KUBE-CLUSTER-IP'() {
      return clusterIps();
    },
    'KUBE-EXTERNAL-IP': externalIps(false),
    'KUBE-EXTERNAL-IP-LOCAL': externalIps(true),
    'KUBE-LOAD-BALANCER': balanced(() => true),
    'KUBE-LOAD-BALANCER-FW': balanced(({ sourceRanges }) => sourceRanges.length > 0),
    'KUBE-LOAD-BALANCER-LOCAL': balanced(({ externalPolicyLocal }) => externalPolicyLocal),
    'KUBE-LOAD-BALANCER-SOURCE-CIDR': distinct(
      external.flatMap((service) =>
        service.loadBalancerVips.flatMap((address) =>
          service.sourceRanges.map((second) => ({ ...at(service, address), second: networkOf(second) })),
        ),
      ),
    ),
    'KUBE-NODE-PORT-TCP': ascending(nodePorts('tcp', false)),
    'KUBE-NODE-PORT-LOCAL-TCP': ascending(nodePorts('tcp', true)),
    'KUBE-NODE-PORT-UDP': ascending(nodePorts('udp', false)),
    'KUBE-NODE-PORT-LOCAL-UDP': ascending(nodePorts('udp', true)),
    'KUBE-HEALTH-CHECK-NODE-PORT': healthCheckPorts(external),
  };
}

function healthCheckPorts(services: readonly ServicePortInfo[]): readonly IpSetMember[] {
  return ascending(services.flatMap(({ healthCheckNodePort: port }) => (port === 0 ? [] : [{ port }])));
}

/** A proxier that finds no address for node ports goes on with the next Service, and past the health check's port too. */
function closedNodePorts(services: readonly ServicePortInfo[]): Partial<SetMembers> {
  return {
    'KUBE-NODE-PORT-TCP': [],
    'KUBE-NODE-PORT-LOCAL-TCP': [],
    'KUBE-NODE-PORT-UDP': [],
    'KUBE-NODE-PORT-LOCAL-UDP': [],
    'KUBE-HEALTH-CHECK-NODE-PORT': healthCheckPorts(services.filter(({ nodePort }) => nodePort === 0)),
  };
}

/** What differs from node to node. */
export function nodeMembers(services: readonly ServicePortInfo[], node: SetNode): Partial<SetMembers> {
  const external = services.filter(externallyAccessible);
  const sctp = (local: boolean): readonly IpSetMember[] =>
    external
      .filter((each) => each.protocol === 'sctp' && each.nodePort !== 0 && (!local || each.externalPolicyLocal))
      .flatMap(({ nodePort: port }) => node.nodePortIps.map((address) => ({ address, protocol: 'sctp', port })));
  const endpoints = once(() => loopBack(services, node.nodeName));
  const bound = once(() => node.boundAddresses.map((address) => ({ address })));
  return {
    ...(node.nodePortIps.length === 0 && closedNodePorts(external)),
    get 'KUBE-LOOP-BACK'() {
      return endpoints();
    },
    'KUBE-LOAD-BALANCER-SOURCE-IP': distinct(
      external
        .filter((service) => admitsNode(service, node.nodeIp))
        .flatMap(({ loadBalancerVips, protocol, port }) =>
          loadBalancerVips.map((address) => ({ address, protocol, port, second: hostPrefix(address) })),
        ),
    ),
    'KUBE-NODE-PORT-SCTP-HASH': sctp(false),
    'KUBE-NODE-PORT-LOCAL-SCTP-HASH': sctp(true),
    get 'KUBE-IPVS-IPS'() {
      return bound();
    },
  };
}

/** Whether the source ranges let the node itself in: its own requests to a balancer come from that address. */
export function admitsNode({ sourceRanges }: ServicePortInfo, nodeIp: IpAddress): boolean {
  return sourceRanges.some((range) => prefixContains(range, nodeIp));
}

/** Whether a set has members, without collecting them. */
export function isFilled(
  name: SetName,
  members: Partial<SetMembers>,
  services: readonly ServicePortInfo[],
  nodeName: string,
): boolean {
  if (name === 'KUBE-CLUSTER-IP') return services.length > 0;
  if (name !== 'KUBE-LOOP-BACK') return (members[name]?.length ?? 0) > 0;
  return services.some(({ endpoints }) => endpoints.some((endpoint) => endpoint.nodeName === nodeName));
}

/** Endpoints on this node, ready or not, for Pods that reach themselves; two Services may share one. */
function loopBack(services: readonly ServicePortInfo[], nodeName: string): readonly IpSetMember[] {
  const members = new Map<string, IpSetMember>();
  for (const { protocol, endpoint } of endpointsByNode(services).get(nodeName) ?? []) {
    const { address, port, text } = endpoint;
    members.set(`${protocol} ${text}`, { address, protocol, port, second: hostPrefix(address) });
  }
  return [...members.values()];
}

interface NodeEndpoint {
  readonly protocol: TransportName;
  readonly endpoint: EndpointInfo;
}

const byNode = new WeakMap<readonly ServicePortInfo[], ReadonlyMap<string, readonly NodeEndpoint[]>>();

/** Of all Services, in their order; kept as long as the list, which never changes. */
function endpointsByNode(services: readonly ServicePortInfo[]): ReadonlyMap<string, readonly NodeEndpoint[]> {
  const known = byNode.get(services);
  if (known !== undefined) return known;
  const found = new Map<string, NodeEndpoint[]>();
  for (const { endpoints, protocol } of services) {
    for (const endpoint of endpoints) {
      if (endpoint.nodeName === undefined) continue;
      const list = found.get(endpoint.nodeName) ?? [];
      found.set(endpoint.nodeName, list);
      list.push({ protocol, endpoint });
    }
  }
  byNode.set(services, found);
  return found;
}

/** A set has each member once, whoever names it twice. */
function distinct(members: readonly IpSetMember[]): readonly IpSetMember[] {
  const keyOf = ({ address, protocol, port, second }: IpSetMember): string =>
    `${address} ${protocol} ${port} ${second && formatPrefix(second)}`;
  return [...new Map(members.map((member) => [keyOf(member), member])).values()];
}

/** A bitmap has each port once, in order. */
function ascending(members: readonly IpSetMember[]): readonly IpSetMember[] {
  const ports = new Set(members.map(({ port }) => port ?? 0));
  return [...ports].sort((a, b) => a - b).map((port) => ({ port }));
}

/** Whether a set has a member, found without making any. */
export type HasMember = (member: IpSetMember) => boolean;

/** Of all nodes' big set: there is a member for every Service. */
export function sharedHas({ services, at }: ServiceIndex): Partial<Record<SetName, HasMember>> {
  return {
    'KUBE-CLUSTER-IP': ({ address, protocol, port }) =>
      address !== undefined &&
      at(address).some((place) => {
        const service = services[place];
        return service?.clusterIp === address && service.protocol === protocol && service.port === port;
      }),
  };
}

/** Of a node's own. @param members of its sets. @param isElsewhere whether a Service's address is on another device. */
export function nodeHas(
  members: Partial<SetMembers>,
  { at }: ServiceIndex,
  isElsewhere: (address: IpAddress) => boolean,
): Partial<Record<SetName, HasMember>> {
  const textOf = ({ address, protocol, port }: IpSetMember): string => `${address} ${protocol} ${port}`;
  const endpoints = once(() => new Set(members['KUBE-LOOP-BACK']?.map(textOf)));
  return {
    'KUBE-IPVS-IPS': ({ address }) => address !== undefined && at(address).length > 0 && !isElsewhere(address),
    // only a Pod that reaches itself makes it worth while to collect all endpoints
    'KUBE-LOOP-BACK': (member) => member.second?.address === member.address && endpoints().has(textOf(member)),
  };
}

/** The sets as the kernel has them. @param has for those that are not to be collected for a packet's sake. */
export function makeSets(
  members: Partial<SetMembers>,
  family: IpFamily,
  has: Partial<Record<SetName, HasMember>>,
): ReadonlyMap<SetName, IpSet> {
  return new Map(
    SET_NAMES.filter((name) => name in members).map((name) => {
      const [type] = SETS[name];
      const kernelName = kernelSetName(name, family);
      const hashFamily = family === 'IPv4' ? 'inet' : 'inet6';
      const set: IpSet = {
        id: kernelName,
        owner: 'kube-proxy',
        name: kernelName,
        type,
        ...(type !== 'bitmap:port' && { family: hashFamily }),
        get members() {
          return members[name] ?? [];
        },
      };
      // a copy with other members is not to be asked by these
      const quick = has[name];
      return [name, quick ? Object.defineProperty(set, 'has', { value: quick }) : set];
    }),
  );
}
