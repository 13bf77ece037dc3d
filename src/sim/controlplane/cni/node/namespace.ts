import type { Link } from '../../../../datamodel/network/link.ts';
import type { NetfilterTable } from '../../../../datamodel/network/netfilter.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import { type InterfaceAddress, MAIN_TABLE, type Route } from '../../../../datamodel/network/tables.ts';
import {
  familyOf,
  formatPrefix,
  hostPrefix,
  type IpAddress,
  type IpPrefix,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';
import { interfaceAddress, mainRoute, type NetnsParts } from '../../netnsParts.ts';
import { PluginFailure } from '../spec/cniError.ts';

/** The kernel's refusals, as Go prints their numbers. */
export const EEXIST = 'file exists';
export const EINVAL = 'invalid argument';
export const ERANGE = 'numerical result out of range';
const ENETUNREACH = 'network is unreachable';
const ENETDOWN = 'network is down';
const ENOENT = 'no such file or directory';

/** A queueing discipline that a plugin put on a device, in bytes and bytes a second. */
export interface Qdisc {
  readonly dev: string;
  readonly kind: 'tbf' | 'ingress';
  readonly rate?: number;
  readonly burst?: number;
}

/**
 * One network namespace while plugins are at work in it: its tables, with what netlink would do to them. Everything it
 * refuses is a PluginFailure in the kernel's words.
 */
export class Namespace {
  readonly #base: Netns;
  links: readonly Link[];
  addresses: readonly InterfaceAddress[];
  routes: readonly Route[];
  netfilter: readonly NetfilterTable[];
  sysctls: Readonly<Record<string, string>>;
  qdiscs: readonly Qdisc[] = [];
  /** Bridges whose MAC somebody has set: they keep it, whatever ports come and go. */
  readonly fixedMacs = new Set<string>();
  /** Links that somebody has set promiscuous, or to take all multicast. */
  readonly promiscuous = new Set<string>();
  readonly allMulticast = new Set<string>();
  nextIndex: number;

  constructor(base: Netns) {
    this.#base = base;
    this.links = base.links;
    this.addresses = base.addresses;
    this.routes = base.routes;
    this.netfilter = base.netfilter;
    this.sysctls = base.sysctls;
    this.nextIndex = Math.max(0, ...base.links.map(({ index }) => index)) + 1;
  }

  get id(): string {
    return this.#base.id;
  }

  clone(): Namespace {
    const copy = new Namespace(this.toNetns());
    copy.qdiscs = this.qdiscs;
    copy.nextIndex = this.nextIndex;
    for (const name of this.fixedMacs) copy.fixedMacs.add(name);
    for (const name of this.promiscuous) copy.promiscuous.add(name);
    for (const name of this.allMulticast) copy.allMulticast.add(name);
    return copy;
  }

  /** Everything as tables, without the routes that the kernel adds by itself. */
  toNetns(): Netns {
    const { links, addresses, routes, netfilter, sysctls } = this;
    return { ...this.#base, links, addresses, routes, netfilter, sysctls };
  }

  link(name: string): Link | undefined {
    return this.links.find((link) => link.name === name);
  }

  replaceLink(name: string, change: (link: Link) => Link): void {
    this.links = this.links.map((link) => (link.name === name ? change(link) : link));
  }

  /** Everything that a plugin writes with one agent's answer. */
  adopt({ links = [], addresses = [], routes = [], sysctls = {} }: NetnsParts): void {
    this.links = [...this.links, ...links];
    this.addresses = [...this.addresses, ...addresses];
    this.routes = [...this.routes, ...routes];
    this.sysctls = { ...this.sysctls, ...sysctls };
    this.nextIndex = Math.max(this.nextIndex, ...links.map(({ index }) => index + 1));
  }

  takeIndex(): number {
    this.nextIndex += 1;
    return this.nextIndex - 1;
  }

  setSysctl(key: string, value: string): void {
    this.sysctls = { ...this.sysctls, [key]: value };
  }

  addAddress(dev: string, prefix: IpPrefix): void {
    const added = interfaceAddress('cni', dev, prefix);
    if (this.addresses.some(({ id }) => id === added.id)) throw new PluginFailure(EEXIST);
    this.addresses = [...this.addresses, added];
  }

  /** Of lo, which the kernel gives it by itself. */
  addLoopbackAddress(dev: string, prefix: IpPrefix): void {
    this.addresses = [...this.addresses, interfaceAddress('cni', dev, prefix, 'host')];
  }

  /** With the last address of its family go all of the device's routes, as inetdev_destroy has it. */
  deleteAddress(dev: string, prefix: IpPrefix): void {
    const id = `${dev}/${formatPrefix(prefix)}`;
    if (!this.addresses.some((address) => address.id === id))
      throw new PluginFailure('cannot assign requested address');
    const family = familyOf(prefix.address);
    this.addresses = this.addresses.filter((address) => address.id !== id);
    if (this.addresses.some(({ link, address }) => link === dev && familyOf(address) === family)) return;
    this.routes = this.routes.filter((route) => route.dev !== dev || familyOf(route.destination.address) !== family);
  }

  addRoute(destination: IpPrefix, via: IpAddress | undefined, dev: string): void {
    if (this.link(dev)?.up !== true) throw new PluginFailure(ENETDOWN);
    const added = mainRoute('cni', destination, via === undefined ? { dev, scope: 'link' } : { via, dev });
    if (via !== undefined && !this.#onLink(via, dev)) throw new PluginFailure(ENETUNREACH);
    if (this.allRoutes().some((route) => route.metric === 0 && route.id === added.id)) throw new PluginFailure(EEXIST);
    this.routes = [...this.routes, added];
  }

  /** `ip route del` of an address's connected route, and `ip route add` of another in its place. */
  replaceConnected(destination: IpPrefix, via: IpAddress, dev: string, source: IpAddress): void {
    this.routes = [
      ...this.routes,
      { ...mainRoute('cni', hostPrefix(via), { dev, scope: 'link' }), source },
      { ...mainRoute('cni', destination, { via, dev }), source },
    ];
  }

  /** `ip route add ADDRESS dev DEV`, unless there is such a route. */
  addHostRoute(address: IpAddress, dev: string): void {
    const added = mainRoute('cni', hostPrefix(address), { dev, scope: 'link' });
    if (!this.routes.some(({ id }) => id === added.id)) this.routes = [...this.routes, added];
  }

  deleteRoute(destination: IpPrefix): void {
    const id = `main/${formatPrefix(networkOf(destination))}`;
    if (!this.routes.some((route) => route.id === id)) throw new PluginFailure('no such process');
    this.routes = this.routes.filter((route) => route.id !== id);
  }

  /** The main table: what was written, and the connected routes of devices that are up. */
  allRoutes(): readonly Route[] {
    const connected = this.addresses.flatMap(({ link, address, prefixLength, scope }): readonly Route[] => {
      const up = this.link(link)?.up === true;
      const family = familyOf(address);
      if (!up || scope !== 'global' || prefixLength === (family === 'IPv4' ? 32 : 128)) return [];
      const network = networkOf({ address, length: prefixLength });
      const route = mainRoute('kernel', network, { dev: link, scope: 'link' });
      return [{ ...route, protocol: 'kernel', ...(family === 'IPv4' && { source: address }) }];
    });
    const known = new Set(this.routes.map(({ id }) => id));
    return [
      ...this.routes.filter(({ table }) => table === MAIN_TABLE),
      ...connected.filter(({ id }) => !known.has(id)),
    ];
  }

  /** The device that a packet to an address leaves by; undefined: there is no route. */
  deviceTowards(address: IpAddress): string | undefined {
    const fitting = this.allRoutes().filter(({ destination }) => prefixContains(destination, address));
    return fitting.toSorted((a, b) => b.destination.length - a.destination.length)[0]?.dev;
  }

  /** `ip addr`'s order: as they were added. */
  addressesOf(dev: string, family?: 'IPv4' | 'IPv6'): readonly InterfaceAddress[] {
    return this.addresses.filter(
      ({ link, address }) => link === dev && (family === undefined || familyOf(address) === family),
    );
  }

  /** Removes a link with all that hangs on it; what it is a port of, and its other end, are for the caller. */
  removeLink(name: string): void {
    this.links = this.links.filter((link) => link.name !== name);
    this.addresses = this.addresses.filter(({ link }) => link !== name);
    this.routes = this.routes.filter(({ dev }) => dev !== name);
    this.qdiscs = this.qdiscs.filter(({ dev }) => dev !== name);
    const own = Object.entries(this.sysctls).filter(([key]) => !key.includes(`.conf.${name}.`));
    this.sysctls = Object.fromEntries(own);
    for (const names of [this.fixedMacs, this.promiscuous, this.allMulticast]) names.delete(name);
  }

  /** A bridge's MTU is the least of its ports', and its MAC the lowest of theirs unless somebody has set it (br_if.c). */
  adjustBridge(name: string, ownMtu = 1500): void {
    const ports = this.links.filter(({ port }) => port?.bridge === name);
    const lowest = ports.map(({ mac }) => mac).sort()[0];
    this.replaceLink(name, (bridge) => ({
      ...bridge,
      mtu: ports.length === 0 ? ownMtu : Math.min(...ports.map(({ mtu }) => mtu)),
      ...(!this.fixedMacs.has(name) && lowest !== undefined && { mac: lowest }),
    }));
  }

  readSysctl(key: string): string {
    const value = this.sysctls[key];
    if (value === undefined) throw new PluginFailure(`open /proc/sys/${key.replaceAll('.', '/')}: ${ENOENT}`);
    return value;
  }

  #onLink(gateway: IpAddress, dev: string): boolean {
    return this.allRoutes().some(
      (route) => route.dev === dev && route.via === undefined && prefixContains(route.destination, gateway),
    );
  }
}
