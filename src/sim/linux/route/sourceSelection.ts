import type { Netns } from '../../../datamodel/network/netns.ts';
import type { InterfaceAddress, Route } from '../../../datamodel/network/tables.ts';
import { familyOf, type IpAddress, ipv4Mask, ipv4ToNumber, prefixContains } from '../../../wire/address.ts';

/** rtnetlink's numbers: the smaller, the farther an address may be used. */
const SCOPE = { global: 0, link: 253, host: 254 } as const;

interface OwnAddresses {
  readonly ipv4: readonly InterfaceAddress[];
  readonly ipv6: readonly InterfaceAddress[];
}

/** Which of a host's addresses a packet gets (Linux: net/ipv4/devinet.c, inet_select_addr). */
export class SourceSelection {
  private readonly netns: Netns;
  /** The kernel asks the devices in the order in which they were made. */
  private readonly devices: readonly string[];
  private readonly known = new Map<string, OwnAddresses>();

  constructor(netns: Netns) {
    this.netns = netns;
    this.devices = netns.links.toSorted((a, b) => a.index - b.index).map(({ name }) => name);
  }

  addressesOf(dev: string): readonly IpAddress[] {
    return this.of(dev).ipv4.map((entry) => entry.address);
  }

  /** Read when a device is first asked for: one of them may have thousands. */
  private of(dev: string): OwnAddresses {
    const known = this.known.get(dev);
    if (known !== undefined) return known;
    const own = this.devices.includes(dev) ? this.netns.addresses.filter(({ link }) => link === dev) : [];
    const made: OwnAddresses = {
      ipv4: primariesFirst(own.filter(({ address }) => familyOf(address) === 'IPv4')),
      ipv6: own.filter(({ address }) => familyOf(address) === 'IPv6'),
    };
    this.known.set(dev, made);
    return made;
  }

  private routeLocalnet(dev: string): boolean {
    const set = (name: string): boolean => this.netns.sysctls[`net.ipv4.conf.${name}.route_localnet`] === '1';
    return set('all') || set(dev);
  }

  /** @param near the gateway or destination; an address of its subnet is preferred on `dev`. */
  select(dev: string, near: IpAddress | undefined, scope: Route['scope']): IpAddress | undefined {
    if (near !== undefined && familyOf(near) === 'IPv6') return this.selectIpv6(dev, near);
    const limit = SCOPE[scope];
    const hostScope = this.routeLocalnet(dev) ? SCOPE.link : SCOPE.host;
    const usable = this.of(dev).ipv4.filter((entry) => Math.min(SCOPE[entry.scope], hostScope) <= limit);
    const onSubnet = usable.find((entry) => near !== undefined && prefixContains(subnet(entry), near));
    const own = onSubnet ?? usable[0];
    if (own) return own.address;
    for (const device of this.devices) {
      const other = this.of(device).ipv4.find((entry) => entry.scope !== 'link' && SCOPE[entry.scope] <= limit);
      if (other) return other.address;
    }
    return undefined;
  }

  /** One of the destination's subnet, else the device's first (RFC 6724, as far as it decides between global addresses). */
  private selectIpv6(dev: string, near: IpAddress): IpAddress | undefined {
    const own = this.of(dev).ipv6.filter((entry) => entry.scope === 'global');
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
