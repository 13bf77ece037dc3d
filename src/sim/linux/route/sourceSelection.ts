import type { Netns } from '../../../datamodel/network/netns.ts';
import type { InterfaceAddress, Route } from '../../../datamodel/network/tables.ts';
import { familyOf, type IpAddress, ipv4Mask, ipv4ToNumber, prefixContains } from '../../../wire/address.ts';

/** rtnetlink's numbers: the smaller, the farther an address may be used. */
const SCOPE = { global: 0, link: 253, host: 254 } as const;

/** Which of a host's addresses a packet gets (Linux: net/ipv4/devinet.c, inet_select_addr). */
export class SourceSelection {
  private readonly byDevice = new Map<string, readonly InterfaceAddress[]>();
  private readonly ipv6ByDevice = new Map<string, readonly InterfaceAddress[]>();
  private readonly routeLocalnet: (dev: string) => boolean;

  constructor(netns: Netns) {
    // The kernel asks the devices in the order in which they were made.
    const byLink = new Map<string, InterfaceAddress[]>(netns.links.map(({ name }) => [name, []]));
    for (const entry of netns.addresses) {
      byLink.get(entry.link)?.push(entry);
    }
    for (const link of netns.links.toSorted((a, b) => a.index - b.index)) {
      const own = byLink.get(link.name) ?? [];
      this.byDevice.set(link.name, primariesFirst(own.filter(({ address }) => familyOf(address) === 'IPv4')));
      const ipv6 = own.filter(({ address }) => familyOf(address) === 'IPv6');
      this.ipv6ByDevice.set(link.name, ipv6);
    }
    const set = (name: string): boolean => netns.sysctls[`net.ipv4.conf.${name}.route_localnet`] === '1';
    this.routeLocalnet = (dev) => set('all') || set(dev);
  }

  addressesOf(dev: string): readonly IpAddress[] {
    return (this.byDevice.get(dev) ?? []).map((entry) => entry.address);
  }

  /** @param near the gateway or destination; an address of its subnet is preferred on `dev`. */
  select(dev: string, near: IpAddress | undefined, scope: Route['scope']): IpAddress | undefined {
    if (near !== undefined && familyOf(near) === 'IPv6') return this.selectIpv6(dev, near);
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

  /** One of the destination's subnet, else the device's first (RFC 6724, as far as it decides between global addresses). */
  private selectIpv6(dev: string, near: IpAddress): IpAddress | undefined {
    const own = (this.ipv6ByDevice.get(dev) ?? []).filter((entry) => entry.scope === 'global');
    return (own.find((entry) => prefixContains(subnet(entry), near)) ?? own[0])?.address;
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
