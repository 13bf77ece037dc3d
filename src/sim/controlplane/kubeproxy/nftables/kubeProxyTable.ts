import { once } from '../../../../base/kept.ts';
import type {
  Catalogue,
  NftChain,
  NftDataType,
  NftElement,
  NftFamily,
  NftMap,
  NftSet,
  NftTable,
  NftTableName,
  NftVerdictElement,
} from '../../../../datamodel/network/nftables.ts';
import { familyOf, hostPrefix, ipPrefix, parseIpAddress, prefixContains } from '../../../../wire/address.ts';
import type { ServiceIndex } from '../serviceIndex.ts';
import type { EndpointInfo, ServicePortInfo } from '../servicePort.ts';
import { byName, catalogue } from './catalogue.ts';
import { baseChains, commonChains } from './commonChains.ts';
import { pathOf } from './names.ts';
import type { NftConfig, NftNode } from './nftConfig.ts';
import { affinitySet, endpointChain, type ServiceOnNode, serviceChainMakers } from './serviceChains.ts';
import { type ServiceElement, type ServiceMapName, serviceElements } from './serviceElements.ts';
import { servicePaths } from './servicePaths.ts';
import { makeChain } from './statements.ts';

const TRANSPORTS = ['tcp', 'udp', 'sctp'] as const;

const MAPS: readonly (readonly [ServiceMapName, 'address' | 'port', comment: string])[] = [
  ['no-endpoint-services', 'address', 'vmap to drop or reject packets to services with no endpoints'],
  ['no-endpoint-nodeports', 'port', 'vmap to drop or reject packets to service nodeports with no endpoints'],
  ['firewall-ips', 'address', 'destinations that are subject to LoadBalancerSourceRanges'],
  ['service-ips', 'address', 'ClusterIP, ExternalIP and LoadBalancer IP traffic'],
  ['service-nodeports', 'port', 'NodePort traffic'],
];

/** What a service port comes to on a node, made when a packet or a reader first needs it. */
export interface ServiceParts {
  readonly elements: () => readonly ServiceElement[];
  /** Those of the service port itself, not of its endpoints. */
  readonly chains: () => ReadonlyMap<string, NftChain>;
  readonly on: ServiceOnNode;
}

export function serviceParts(on: ServiceOnNode): ServiceParts {
  return {
    on,
    elements: once(() => serviceElements(on.service, on.endpoints, on.base)),
    chains: once(
      () => new Map(serviceChainMakers(on).map(([name, rules]) => [name, makeChain(on.table, name, rules())])),
    ),
  };
}

/**
 * kube-proxy's table on one node. What depends on Services is made when it is first asked for: a packet that looks one key up
 * has one Service made, whatever their number.
 * @param partsOf of the service port at a place of the index.
 */
export function kubeProxyTable(
  index: ServiceIndex,
  config: NftConfig,
  node: NftNode,
  partsOf: (place: number) => ServiceParts,
): NftTable {
  const family: NftFamily = config.family === 'IPv4' ? 'ip' : 'ip6';
  const table: NftTableName = `${family} kube-proxy`;
  const nodePortIps = nodePortAddresses(config, node);
  const bases = baseChains(table);
  const common = byName([...bases, ...commonChains(table, config, nodePortIps === undefined)]);
  const address: NftDataType = config.family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr';
  const element = (set: string, key: readonly string[]): NftElement => ({
    id: `${table}/@${set}/${key.join(' . ')}`,
    key,
  });
  const addressSet = (name: string, comment: string, addresses: Addresses): NftSet => ({
    name,
    type: [address],
    comment,
    elements: {
      get: (key) => (addresses.has(key) ? element(name, [key]) : undefined),
      *values() {
        for (const key of addresses.all()) yield element(name, [key]);
      },
    },
  });
  const sets = byName([
    addressSet('cluster-ips', 'Active ClusterIPs', clusterIps(index)),
    ...(nodePortIps
      ? [
          addressSet('nodeport-ips', 'IPs that accept NodePort traffic', {
            has: (key) => nodePortIps.has(key),
            all: () => nodePortIps,
          }),
        ]
      : []),
  ]);
  const maps = MAPS.map(([name, kind, comment]): NftMap => {
    const type: readonly NftDataType[] = ['inet_proto', 'inet_service'];
    const elements = mapElements(index, name, partsOf, (key) => element(name, key).id);
    return { name, type: kind === 'address' ? [address, ...type] : type, comment, elements };
  });
  return {
    family,
    name: 'kube-proxy',
    owner: 'kube-proxy',
    comment: 'rules for kube-proxy',
    sets: {
      get: (name) => sets.get(name) ?? foundSet(index, name, config, partsOf),
      *values() {
        yield* sets.values();
        for (let place = 0; place < index.services.length; place++) {
          const { service, endpoints } = partsOf(place).on;
          if (service.affinitySeconds === undefined) continue;
          for (const endpoint of endpoints.reachable) yield affinitySet(service, endpoint, config);
        }
      },
    },
    maps: catalogue(byName(maps)),
    baseChains: bases,
    chains: {
      get atLeast() {
        return common.size + index.services.filter(hasChains).length;
      },
      get: (name) => common.get(name) ?? foundChain(index, name, partsOf),
      *values() {
        yield* common.values();
        for (let place = 0; place < index.services.length; place++) {
          const { on, chains } = partsOf(place);
          for (const endpoint of on.endpoints.reachable) yield endpointChain(on, endpoint);
          yield* chains().values();
        }
      },
    },
  };
}

/** Addresses that rules ask for by their texts. */
interface Addresses {
  has(text: string): boolean;
  all(): Iterable<string>;
}

function clusterIps({ services, at }: ServiceIndex): Addresses {
  return {
    has: (text) => {
      const address = parseIpAddress(text);
      return address !== undefined && at(address).some((place) => services[place]?.clusterIp === address);
    },
    all: () => new Set(services.map(({ clusterIp }) => clusterIp)),
  };
}

/** Whether every node has a chain for the service port. */
function hasChains({ internalPolicyLocal, endpoints }: ServicePortInfo): boolean {
  return !internalPolicyLocal && endpoints.some(({ ready }) => ready);
}

function mapElements(
  index: ServiceIndex,
  map: ServiceMapName,
  partsOf: (place: number) => ServiceParts,
  idOf: (key: readonly string[]) => string,
): Catalogue<NftVerdictElement> {
  const whole = ({ key, verdict, comment }: ServiceElement): NftVerdictElement => ({
    id: idOf(key),
    key,
    verdict,
    ...(comment !== undefined && { comment }),
  });
  return {
    get: (text) => {
      let found: ServiceElement | undefined;
      // Two Services may want the same key: the later one has it.
      for (const place of placesOf(index, text)) {
        found =
          partsOf(place)
            .elements()
            .findLast((each) => each.map === map && each.key.join(' . ') === text) ?? found;
      }
      return found && whole(found);
    },
    values: () => {
      const all = new Map<string, NftVerdictElement>();
      for (let place = 0; place < index.services.length; place++) {
        for (const each of partsOf(place).elements()) if (each.map === map) all.set(each.key.join(' . '), whole(each));
      }
      return all.values();
    },
  };
}

/** Who may have a key: `10.96.0.1 . tcp . 443`, or `tcp . 30080`. */
function placesOf(index: ServiceIndex, key: string): readonly number[] {
  const [first = '', second = ''] = key.split(' . ');
  const address = parseIpAddress(first);
  if (address !== undefined) return index.at(address);
  const protocol = TRANSPORTS.find((name) => name === first);
  return protocol === undefined ? [] : index.onNode(protocol, Number(second));
}

/** The service port and the endpoint that a name belongs to. Names that were cut are looked for one by one. */
function owners(
  index: ServiceIndex,
  name: string,
): { readonly places: Iterable<number>; readonly endpoint: string | undefined } {
  const path = pathOf(name);
  if (path === undefined) return { places: name.endsWith('...') ? index.services.keys() : [], endpoint: undefined };
  const [service = '', endpoint] = path.split('__');
  const place = servicePaths(index.services).get(service);
  return { places: place === undefined ? [] : [place], endpoint };
}

function candidatesOf({ on }: ServiceParts, wanted: string | undefined): readonly EndpointInfo[] {
  const { reachable } = on.endpoints;
  if (wanted === undefined) return reachable;
  return reachable.filter(({ address, port }) => `${address.replaceAll(':', '.')}/${port}` === wanted);
}

function foundChain(index: ServiceIndex, name: string, partsOf: (place: number) => ServiceParts): NftChain | undefined {
  const { places, endpoint } = owners(index, name);
  for (const place of places) {
    const parts = partsOf(place);
    const own = parts.chains().get(name);
    if (own !== undefined) return own;
    if (!name.startsWith('endpoint-')) continue;
    for (const candidate of candidatesOf(parts, endpoint)) {
      const chain = endpointChain(parts.on, candidate);
      if (chain.name === name) return chain;
    }
  }
  return undefined;
}

function foundSet(
  index: ServiceIndex,
  name: string,
  config: NftConfig,
  partsOf: (place: number) => ServiceParts,
): NftSet | undefined {
  const { places, endpoint } = owners(index, name);
  for (const place of places) {
    const parts = partsOf(place);
    const { service } = parts.on;
    if (service.affinitySeconds === undefined) continue;
    for (const candidate of candidatesOf(parts, endpoint)) {
      const set = affinitySet(service, candidate, config);
      if (set.name === name) return set;
    }
  }
  return undefined;
}

/** The node's addresses at which node ports are served; undefined: all. */
function nodePortAddresses(config: NftConfig, node: NftNode): ReadonlySet<string> | undefined {
  const own = node.nodeIp === undefined ? [] : [hostPrefix(node.nodeIp)];
  const named = config.nodePortAddresses.length === 0 ? own : config.nodePortAddresses;
  const wanted = named.filter((prefix) => familyOf(prefix.address) === config.family);
  if (wanted.length === 0 || wanted.some((prefix) => prefix.length === 0)) return undefined;
  const loopback = ipPrefix(config.family === 'IPv4' ? '127.0.0.0/8' : '::1/128');
  const here = node.localAddresses.filter(
    (address) => wanted.some((prefix) => prefixContains(prefix, address)) && !prefixContains(loopback, address),
  );
  return new Set(here);
}
