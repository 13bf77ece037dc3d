import { once } from '../../../../../base/kept.ts';
import {
  ANY_NODE,
  type NatBackend,
  type NatFrontend,
  type NatMaps,
} from '../../../../../datamodel/network/ebpfEndpoint.ts';
import type { Catalogue } from '../../../../../datamodel/network/nftables.ts';
import type { IpAddress } from '../../../../../wire/address.ts';
import type { EndpointInfo, ServicePortInfo } from '../../../kubeproxy/servicePort.ts';

/** One address of a service port, the same on all nodes. */
interface Front {
  readonly address: IpAddress;
  readonly port: number;
  readonly service: ServicePortInfo;
  readonly number: number;
  /** Traffic policies are heeded for it. */
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
  readonly hasSources: boolean;
}

/** Backends of a service port on a node, its own first. */
interface Ordered {
  readonly endpoints: readonly EndpointInfo[];
  readonly local: number;
}

/**
 * The maps that Felix's own kube-proxy writes on every node (felix/bpf/proxy/syncer.go): all addresses of a service port share one
 * number, and its ready endpoints stand under that, those of the node first. Elements are made when they are first asked for.
 */
export function natMapsCompiler(
  services: readonly ServicePortInfo[],
): (node: string, own: readonly IpAddress[]) => NatMaps {
  const shared = once(() => {
    const fronts = new Map<string, Front>();
    services.forEach((service, number) => {
      for (const front of frontsOf(service, number)) {
        const id = frontId(front);
        if (!fronts.has(id)) fronts.set(id, front);
      }
    });
    return fronts;
  });
  return (node, own) => {
    const ordered = new Map<number, Ordered>();
    const orderedOf = (number: number): Ordered => {
      const known = ordered.get(number) ?? order(services[number], node);
      ordered.set(number, known);
      return known;
    };
    const made = new Map<string, NatFrontend>();
    const make = (front: Front): NatFrontend => {
      const id = frontId(front);
      const known = made.get(id) ?? frontend(front, orderedOf(front.number));
      made.set(id, known);
      return known;
    };
    const frontends: Catalogue<NatFrontend> = {
      get: (id) => {
        const found = shared().get(id) ?? ownNodePort(id, own, shared());
        // Where only near endpoints will do inside, a NodePort is the node's own alone.
        return found && !(found.address === ANY_NODE && found.internalLocal) ? make(found) : undefined;
      },
      *values() {
        for (const front of shared().values()) {
          if (front.address !== ANY_NODE) yield make(front);
          else {
            for (const address of own) yield make({ ...front, address });
            if (!front.internalLocal) yield make(front);
          }
        }
      },
    };
    const backendAt = (number: number, ordinal: number): NatBackend | undefined => {
      const endpoint = orderedOf(number).endpoints[ordinal];
      return endpoint && { address: endpoint.address, port: endpoint.port };
    };
    const backends: Catalogue<NatBackend> = {
      get: (key) => {
        const [number, ordinal] = key.split(' ').map(Number);
        return number === undefined || ordinal === undefined ? undefined : backendAt(number, ordinal);
      },
      *values() {
        for (const number of services.keys())
          for (const { address, port } of orderedOf(number).endpoints) yield { address, port };
      },
    };
    return { frontends, backends };
  };
}

function frontsOf(service: ServicePortInfo, number: number): readonly Front[] {
  const { clusterIp, port, nodePort, externalIps, loadBalancerVips, sourceRanges } = service;
  const { internalPolicyLocal: internalLocal, externalPolicyLocal: externalLocal } = service;
  const base = { service, number, port, externalLocal: false, internalLocal: false, hasSources: false };
  const hasSources = sourceRanges.length > 0;
  return [
    { ...base, address: clusterIp, internalLocal },
    ...loadBalancerVips.map((address) => ({ ...base, address, externalLocal, internalLocal, hasSources })),
    ...externalIps.map((address) => ({ ...base, address, hasSources })),
    ...(nodePort === 0 ? [] : [{ ...base, address: ANY_NODE, port: nodePort, externalLocal, internalLocal }]),
  ];
}

/** A NodePort on one of the node's own addresses. */
function ownNodePort(id: string, own: readonly IpAddress[], fronts: ReadonlyMap<string, Front>): Front | undefined {
  const [address = '', rest = ''] = id.split(':');
  const found = own.find((each) => each === address);
  const front = found && fronts.get(`${ANY_NODE}:${rest}`);
  return found && front && { ...front, address: found };
}

function frontend(
  { address, port, service, number, hasSources, ...policies }: Front,
  { endpoints, local }: Ordered,
): NatFrontend {
  const { protocol, affinitySeconds = 0, sourceRanges } = service;
  const { externalLocal, internalLocal } = policies;
  return {
    id: frontId({ address, port, service }),
    address,
    port,
    protocol,
    service: number,
    count: endpoints.length,
    local,
    affinitySeconds,
    externalLocal,
    internalLocal,
    ...(hasSources && { sources: sourceRanges }),
  };
}

function frontId({ address, port, service }: Pick<Front, 'address' | 'port' | 'service'>): string {
  return `${address}:${port}/${service.protocol.toUpperCase()}`;
}

function order(service: ServicePortInfo | undefined, node: string): Ordered {
  const ready = service?.endpoints.filter((endpoint) => endpoint.ready) ?? [];
  const near = ready.filter(({ nodeName }) => nodeName === node);
  return { endpoints: [...near, ...ready.filter(({ nodeName }) => nodeName !== node)], local: near.length };
}
