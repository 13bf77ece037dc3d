import { keptWith } from '../../../../base/kept.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { servicePath } from './names.ts';

/** Where service ports stand in the maps' keys and the chains' names: places in the list, in order. */
export interface ServiceIndex {
  readonly services: readonly ServicePortInfo[];
  /** By the keys of both kinds of maps: `10.96.0.1 . tcp . 443` and `tcp . 30080`. */
  readonly byKey: ReadonlyMap<string, readonly number[]>;
  /** By `namespace/service/protocol/port`. */
  readonly byPath: ReadonlyMap<string, number>;
  readonly clusterIps: ReadonlySet<string>;
}

/** Made once for a list, which never changes. */
export const indexServices: (services: readonly ServicePortInfo[]) => ServiceIndex = keptWith(makeIndex);

function makeIndex(services: readonly ServicePortInfo[]): ServiceIndex {
  const byKey = new Map<string, number[]>();
  const byPath = new Map<string, number>();
  services.forEach((service, place) => {
    byPath.set(servicePath(service.name, service.protocol), place);
    for (const key of keysOf(service)) {
      const places = byKey.get(key);
      if (places === undefined) byKey.set(key, [place]);
      else places.push(place);
    }
  });
  return { services, byKey, byPath, clusterIps: new Set(services.map((service) => service.clusterIp)) };
}

/** All keys that a service port can have in a map. */
function keysOf(service: ServicePortInfo): ReadonlySet<string> {
  const { protocol, port, nodePort } = service;
  const addresses = [service.clusterIp, ...service.externalIps, ...service.loadBalancerVips];
  const keys = addresses.map((address) => `${address} . ${protocol} . ${port}`);
  return new Set(nodePort === 0 ? keys : [...keys, `${protocol} . ${nodePort}`]);
}
