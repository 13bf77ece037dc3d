import { keptWith } from '../../../../base/kept.ts';
import type { VirtualServer } from '../../../../datamodel/network/ipvs.ts';
import type { InterfaceAddress } from '../../../../datamodel/network/tables.ts';
import { familyOf, type IpAddress, type IpFamily } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import { nodeAddress, type Proxier, podPrefix } from '../proxier.ts';
import { serviceMap } from '../serviceMap.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { ipvsProxy } from './compileIpvs.ts';
import type { IpvsProxyConfig } from './ipvsProxyConfig.ts';
import { dummyAddresses, dummyDevice, ipvsSysctls } from './nodeIpvs.ts';

const FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];

interface Compiler {
  readonly compile: ReturnType<typeof ipvsProxy>;
  /** Nodes that bind the same addresses share their entries. */
  readonly bound: Map<readonly IpAddress[], readonly InterfaceAddress[]>;
}

/** Kept with the Services: a proxier that comes back to this mode writes what it wrote before. */
const compilersOf = keptWith((_: readonly ServicePortInfo[]) => new Map<string, Compiler>());

/** kube-proxy in IPVS mode: a proxier for each family, whatever the Services are of (NewDualStackProxier). */
export function ipvsProxier(plan: ClusterPlan): Proxier {
  const proxiers = FAMILIES.map((family) => familyProxier(plan, family));
  const { strictArp } = plan.objects.network.kubeProxy.ipvs;
  return (node, localAddresses) => {
    const [first, second] = proxiers.map((write) => write(node, localAddresses));
    const joined = <K extends 'addresses' | 'tables' | 'ipsets'>(part: K) =>
      [...(first?.[part] ?? []), ...(second?.[part] ?? [])] as NonNullable<NetnsParts[K]>;
    return {
      links: [dummyDevice(plan, node)],
      addresses: joined('addresses'),
      tables: joined('tables'),
      ipsets: joined('ipsets'),
      virtualServers: bothFamilies(first?.virtualServers ?? [])(second?.virtualServers ?? []),
      sysctls: ipvsSysctls(strictArp),
    };
  };
}

/** Nodes that share the virtual servers of both families share the whole list, and the kernel's index of it. */
const bothFamilies = keptWith((first: readonly VirtualServer[]) =>
  keptWith((second: readonly VirtualServer[]): readonly VirtualServer[] =>
    second.length === 0 ? first : [...first, ...second],
  ),
);

function familyProxier(plan: ClusterPlan, family: IpFamily): Proxier {
  const { objects, settings } = plan;
  const config = objects.network.kubeProxy;
  const services = serviceMap(objects.services, objects.endpointSlices, family);
  const proxyConfig: IpvsProxyConfig = {
    family,
    masqueradeAll: config.masqueradeAll,
    masqueradeMark: (1 << config.masqueradeBit) >>> 0,
    randomFully: settings.randomFully,
    nodePortAddresses: config.nodePortAddresses,
    nodePortPrimary: config.nodePortPrimary,
    scheduler: config.ipvs.scheduler,
  };
  const known = compilersOf(services);
  const key = JSON.stringify(proxyConfig);
  const { compile, bound } = known.get(key) ?? { compile: ipvsProxy(services, proxyConfig), bound: new Map() };
  known.set(key, { compile, bound });
  return ({ node }, localAddresses) => {
    const { boundAddresses, ...written } = compile({
      nodeName: node.metadata.name,
      zone: node.zone,
      nodeIp: nodeAddress(node, family),
      localAddresses: localAddresses.filter((address) => familyOf(address) === family),
      podPrefix: podPrefix(plan, node, family),
    });
    const addresses = bound.get(boundAddresses) ?? dummyAddresses(boundAddresses);
    bound.set(boundAddresses, addresses);
    return { ...written, addresses };
  };
}
