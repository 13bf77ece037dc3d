import { keptWith } from '../../../../base/kept.ts';
import type { InterfaceAddress } from '../../../../datamodel/network/tables.ts';
import { familyOf, type IpAddress } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { type Proxier, podPrefix } from '../proxier.ts';
import { serviceMap } from '../serviceMap.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { ipvsProxy } from './compileIpvs.ts';
import type { IpvsProxyConfig } from './ipvsProxyConfig.ts';
import { dummyAddresses, dummyDevice, ipvsSysctls } from './nodeIpvs.ts';

interface Compiler {
  readonly compile: ReturnType<typeof ipvsProxy>;
  /** Nodes that bind the same addresses share their entries. */
  readonly bound: Map<readonly IpAddress[], readonly InterfaceAddress[]>;
}

/** Kept with the Services: a proxier that comes back to this mode writes what it wrote before. */
const compilersOf = keptWith((_: readonly ServicePortInfo[]) => new Map<string, Compiler>());

/** kube-proxy in IPVS mode. */
export function ipvsProxier(plan: ClusterPlan): Proxier {
  const { objects, settings } = plan;
  const config = objects.network.kubeProxy;
  const services = serviceMap(objects.services, objects.endpointSlices, 'IPv4');
  const proxyConfig: IpvsProxyConfig = {
    family: 'IPv4',
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
  return (node, localAddresses) => {
    const { tables, ipsets, virtualServers, boundAddresses } = compile({
      nodeName: node.node.metadata.name,
      zone: node.node.zone,
      nodeIp: node.address,
      localAddresses: localAddresses.filter((address) => familyOf(address) === 'IPv4'),
      podPrefix: podPrefix(plan, node.node, 'IPv4'),
    });
    const addresses = bound.get(boundAddresses) ?? dummyAddresses(boundAddresses);
    bound.set(boundAddresses, addresses);
    return {
      links: [dummyDevice(plan, node)],
      addresses,
      tables,
      ipsets,
      virtualServers,
      sysctls: ipvsSysctls(config.ipvs.strictArp),
    };
  };
}
