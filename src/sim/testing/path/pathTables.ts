import type { BridgePort, Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { RuntimeTables } from '../../../datamodel/network/runtime.ts';
import { LOCAL_TABLE, MAIN_TABLE, type Route } from '../../../datamodel/network/tables.ts';
import type { IpAddress, IpPrefix, MacAddress } from '../../../wire/address.ts';

/**
 * One namespace's tables as a checker of paths reads them, with what its frames have taught it since. It looks things up in
 * ways of its own, so that it cannot repeat a mistake of the kernels that it checks.
 */
export class PathTables {
  readonly netns: Netns;
  readonly links: ReadonlyMap<string, Link>;
  private readonly learnedMacs = new Map<string, Set<MacAddress>>();
  private readonly learnedPorts = new Map<string, string>();
  /** Addresses that nat may put back: ends of connections that were there before, and of packets seen since. */
  readonly ends = new Set<IpAddress>();

  constructor(netns: Netns, before: RuntimeTables | undefined) {
    this.netns = netns;
    this.links = new Map(netns.links.map((link) => [link.name, link]));
    for (const { dev, address, mac } of before?.neighbors ?? []) if (mac) this.learnNeighbor(dev, address, mac);
    for (const { dev, mac, master } of before?.fdb ?? []) if (master) this.learnPort(dev, mac);
    for (const { original, reply } of before?.conntrack ?? []) {
      for (const end of [original.source, original.destination, reply.source, reply.destination]) this.ends.add(end);
    }
  }

  port(device: string): BridgePort | undefined {
    return this.links.get(device)?.port;
  }

  /** The most specific route that lives: table local first, the lowest metric among equals, then the first. */
  route(destination: IpAddress): Route | undefined {
    return this.best(LOCAL_TABLE, destination) ?? this.best(MAIN_TABLE, destination);
  }

  isLocal(address: IpAddress): boolean {
    const type = this.best(LOCAL_TABLE, address)?.type;
    return type === 'local' || type === 'broadcast' || isGroup(address);
  }

  /** MACs that an address can have behind a device: the written one, else those that its frames have named. */
  macsOf(device: string, address: IpAddress): ReadonlySet<MacAddress> {
    const written = this.netns.neighbors.find((entry) => entry.dev === device && entry.address === address);
    if (written?.mac) return new Set([written.mac]);
    return this.learnedMacs.get(`${device} ${address}`) ?? new Set();
  }

  /** The port a MAC is behind: written, else learned; undefined where frames for it are flooded. */
  portOf(bridge: string, mac: MacAddress): string | undefined {
    const written = this.netns.fdb.find((entry) => entry.mac === mac && entry.master === bridge);
    return written?.dev ?? this.learnedPorts.get(`${bridge} ${mac}`);
  }

  /** Whether a frame for the MAC is for the host itself when it arrives by the device. */
  isOwnMac(device: string, mac: MacAddress): boolean {
    if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1) return true;
    const own = [...this.links.values()].filter((link) => link.name === device || link.port?.bridge === device);
    if (own.some((link) => link.mac === mac)) return true;
    return this.netns.fdb.some((entry) => entry.mac === mac && entry.master === device && entry.state === 'permanent');
  }

  /** Where a tunnel device sends frames for a MAC. */
  remotesOf(device: string, mac: MacAddress): readonly IpAddress[] {
    const named = (wanted: string): readonly IpAddress[] =>
      this.netns.fdb.flatMap((entry) => (entry.dev === device && entry.mac === wanted ? (entry.dst ?? []) : []));
    const exact = named(mac);
    return exact.length > 0 ? exact : named('00:00:00:00:00:00');
  }

  learnNeighbor(device: string, address: IpAddress, mac: MacAddress): void {
    const key = `${device} ${address}`;
    const known = this.learnedMacs.get(key);
    if (known) known.add(mac);
    else this.learnedMacs.set(key, new Set([mac]));
  }

  learnPort(device: string, mac: MacAddress): void {
    const port = this.port(device);
    if (port) this.learnedPorts.set(`${port.bridge} ${mac}`, device);
  }

  sysctl(name: string): string | undefined {
    return Object.hasOwn(this.netns.sysctls, name) ? this.netns.sysctls[name] : undefined;
  }

  /** Whether what comes in by the device may leave by another. */
  forwards(device: string): boolean {
    const own = [device, device.replaceAll('.', '/')].map((name) => this.sysctl(`net.ipv4.conf.${name}.forwarding`));
    const all = this.sysctl('net.ipv4.ip_forward') ?? this.sysctl('net.ipv4.conf.all.forwarding');
    return (own[0] ?? own[1] ?? all ?? '0') !== '0';
  }

  private best(table: number, destination: IpAddress): Route | undefined {
    let found: Route | undefined;
    for (const route of this.netns.routes) {
      if (route.table !== table || !contains(route.destination, destination)) continue;
      if (route.type === 'unicast' && this.links.get(route.dev ?? '')?.up !== true) continue;
      const longer = route.destination.length - (found?.destination.length ?? -1);
      if (longer > 0 || (longer === 0 && found !== undefined && route.metric < found.metric)) found = route;
    }
    return found;
  }
}

export function contains({ address, length }: IpPrefix, candidate: IpAddress): boolean {
  return bits(address).slice(0, length) === bits(candidate).slice(0, length);
}

function bits(address: IpAddress): string {
  return address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
}

export function isGroup(address: IpAddress): boolean {
  return Number(address.split('.')[0]) >= 224;
}
