import type { GeneveLink, IpipLink, TunnelLink, WireguardLink } from '../../../datamodel/network/link.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** What a module brings for its kind of tunnel device. */
export interface Driver<L extends TunnelLink> {
  /** A packet leaves by the device. */
  transmit(kernel: Kernel, skb: Skb, link: L): void;
  /** An outer packet has come for this host; the device it is for is up to the driver. */
  receive(kernel: Kernel, skb: Skb): void;
}

interface Drivers {
  ipip: Driver<IpipLink>;
  geneve: Driver<GeneveLink>;
  wireguard: Driver<WireguardLink>;
}

const loaded: Partial<Drivers> = {};

/** modprobe: to be called before the first packet of a namespace that has such a device. */
export function loadDriver<K extends keyof Drivers>(kind: K, driver: Drivers[K]): void {
  loaded[kind] = driver;
}

export function driverOf<K extends keyof Drivers>(kind: K): Drivers[K] {
  const driver = loaded[kind];
  if (driver === undefined)
    throw new Error(`A namespace has a device of kind ${kind}, whose driver has not been loaded`);
  return driver;
}
