import { keptWith } from '../../../base/kept.ts';
import type { TransportName } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { ServicePortInfo } from './servicePort.ts';

type Places = number | number[];

/** Where service ports stand in their list, by what packets ask for them: places in ascending order. Any mode's. */
export interface ServiceIndex {
  readonly services: readonly ServicePortInfo[];
  /** Of those that have the address, on whichever port. */
  at(address: IpAddress): readonly number[];
  /** Of those that have the port on the node's own addresses, for themselves or their health check. */
  onNode(protocol: TransportName, port: number): readonly number[];
}

const NONE: readonly number[] = [];

/** Made once for a list, which never changes. */
export const indexServices: (services: readonly ServicePortInfo[]) => ServiceIndex = keptWith(makeIndex);

function makeIndex(services: readonly ServicePortInfo[]): ServiceIndex {
  const byAddress = new Map<IpAddress, Places>();
  const byPort = new Map<string, Places>();
  services.forEach((service, place) => {
    const { clusterIp, externalIps, loadBalancerVips, protocol, nodePort, healthCheckNodePort } = service;
    append(byAddress, clusterIp, place);
    for (const address of externalIps) append(byAddress, address, place);
    for (const address of loadBalancerVips) append(byAddress, address, place);
    if (nodePort !== 0) append(byPort, `${protocol} ${nodePort}`, place);
    if (healthCheckNodePort !== 0) append(byPort, `tcp ${healthCheckNodePort}`, place);
  });
  return {
    services,
    at: (address) => listed(byAddress.get(address)),
    onNode: (protocol, port) => listed(byPort.get(`${protocol} ${port}`)),
  };
}

/** Mostly there is but one, and ten thousand lists are not for free. */
function append<K>(map: Map<K, Places>, key: K, place: number): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, place);
  else if (!Array.isArray(known)) {
    if (known !== place) map.set(key, [known, place]);
  } else if (known.at(-1) !== place) known.push(place);
}

function listed(places: Places | undefined): readonly number[] {
  if (places === undefined) return NONE;
  return Array.isArray(places) ? places : [places];
}
