import type { Netns } from '../../../datamodel/network/netns.ts';
import type { InterfaceAddress, Route } from '../../../datamodel/network/tables.ts';
import { familyOf, type IpAddress, ipv4Mask, ipv4ToNumber, prefixContains } from '../../../wire/address.ts';

/** rtnetlink's numbers: the smaller, the farther an address may be used. */
const SCOPE = { global: 0, link: 253, host: 254 } as const;

/** Which of a host's addresses a packet gets (Linux: net/ipv4/devinet.c, inet_select_addr). */
export class SourceSelection {
  private readonly byDevice = new Map<string, readonly InterfaceAddress[]>();
  private readonly routeLocalnet: (dev: string) => boolean;

  constructor(netns: Netns) {
    // The kernel asks the devices in the order in which they were made.
    const ofLinks = new Map<string, InterfaceAddress[]>();
    for (const link of netns.links.toSorted((a, b) => a.index - b.index)) ofLinks.set(link.name, []);
    for (const entry of netns.addresses) {
      if (familyOf(entry.address) === 'IPv4') ofLinks.get(entry.link)?.push(entry);
    }
    for (const [name, own] of ofLinks) this.byDevice.set(name, primariesFirst(own));
    const set = (name: string): boolean => netns.sysctls[`net.ipv4.conf.${name}.route_localnet`] === '1';
    this.routeLocalnet = (dev) => set('all') || set(dev);
  }

  addressesOf(dev: string): readonly IpAddress[] {
    return (this.byDevice.get(dev) ?? []).map((entry) => entry.address);
  }

  /** @param near the gateway or destination; an address of its subnet is preferred on `dev`. */
  select(dev: string, near: IpAddress | undefined, scope: Route['scope']): IpAddress | undefined {
    const limit = SCOPE[scope];
    const hostScope = this.routeLocalnet(dev) ? SCOPE.link : SCOPE.host;
    const usable = (this.byDevice.get(dev) ?? []).filter((entry) => Math.min(SCOPE[entry.scope], hostScope) <= limit);
    const onSubnet = usable.find((entry) => near !== undefined && prefixContains(subnet(entry), near));
    const own = onSubnet ?? usable[0];
    if (own) return own.address;
    for (const addresses of this.byDevice.values()) {
      const other = addresses.find((entry) => entry.scope !== 'link' && SCOPE[entry.scope] <= limit);
      if (other) return other.address;
    }
    return undefined;
  }
}

function subnet(entry: InterfaceAddress): { address: IpAddress; length: number } {
  return { address: entry.address, length: entry.prefixLength };
}

/** Secondary addresses are never chosen by themselves: they are listed last and are of the same subnet as a primary. */
function primariesFirst(addresses: readonly InterfaceAddress[]): readonly InterfaceAddress[] {
  const primaries: InterfaceAddress[] = [];
  const secondaries: InterfaceAddress[] = [];
  const subnets = new Set<string>();
  for (const entry of addresses) {
    if (entry.prefixLength === 32) {
      primaries.push(entry);
      continue;
    }
    const key = `${entry.prefixLength} ${ipv4ToNumber(entry.address) & ipv4Mask(entry.prefixLength)}`;
    (subnets.has(key) ? secondaries : primaries).push(entry);
    subnets.add(key);
  }
  return [...primaries, ...secondaries];
}
