import { ok } from '../../../base/result.ts';
import type { AddressAddition, AddressDeletion, AddressFlush } from '../../../datamodel/network/edit.ts';
import type { InterfaceAddress, Route } from '../../../datamodel/network/tables.ts';
import { familyOf, type IpPrefix, prefixContains } from '../../../wire/address.ts';
import { routeKey } from '../route/kernelRoutes.ts';
import { addKernelRoutes, derived, dropRoutes } from './kernelRouteChanges.ts';
import {
  type EditResult,
  linkOf,
  type NetnsState,
  type NewId,
  noDevice,
  refuse,
  USER,
  withNetns,
  without,
} from './netnsState.ts';

/** rtnetlink's numbers: the smaller, the farther an address may be used. */
const SCOPE = { global: 0, link: 253, host: 254 } as const;

/** `ip addr add` (Linux: net/ipv4/devinet.c, __inet_insert_ifa): secondary addresses of a subnet stand last. */
export function addAddress(state: NetnsState, edit: AddressAddition, newId: NewId): EditResult {
  const { dev, address, prefixLength, scope, broadcast } = edit;
  if (linkOf(state, dev) === undefined) return noDevice(dev);
  const { addresses } = state.netns;
  const sameSubnet = addresses.filter(
    (other) => other.link === dev && other.prefixLength === prefixLength && prefixContains(subnet(other), address),
  );
  if (sameSubnet.some((other) => other.address === address))
    return edit.replace ? ok(state) : refuse('EEXIST', 'ipv4: Address already assigned');
  if (sameSubnet.some((other) => other.scope !== scope)) return refuse('EINVAL', 'ipv4: Invalid scope value');
  const entry: InterfaceAddress = {
    id: newId(),
    owner: USER,
    link: dev,
    address,
    prefixLength,
    scope,
    ...(broadcast !== undefined && { broadcast }),
  };
  const place = sameSubnet.length > 0 ? addresses.length : placeAmongPrimaries(addresses, entry);
  const next = withNetns(state, { addresses: addresses.toSpliced(place, 0, entry) });
  return ok(addKernelRoutes(next, [entry]));
}

/** Behind the last primary address of the device whose scope is as narrow or narrower. */
function placeAmongPrimaries(addresses: readonly InterfaceAddress[], entry: InterfaceAddress): number {
  const own = addresses.flatMap((other, i) => (other.link === entry.link ? [{ other, i }] : []));
  const primaries = own.filter(({ other }) => primaryOf(addresses, other) === other);
  const last = primaries.findLast(({ other }) => SCOPE[entry.scope] <= SCOPE[other.scope]);
  if (last) return last.i + 1;
  return own[0]?.i ?? addresses.length;
}

/** `ip addr del` (__inet_del_ifa): a primary takes its secondaries with it, unless they may be promoted. */
export function deleteAddress(state: NetnsState, { dev, address, prefixLength }: AddressDeletion): EditResult {
  if (linkOf(state, dev) === undefined) return noDevice(dev);
  const entry = state.netns.addresses.find(
    (other) =>
      other.link === dev &&
      other.address === address &&
      (prefixLength === undefined || other.prefixLength === prefixLength),
  );
  return entry ? ok(remove(state, entry)) : refuse('EADDRNOTAVAIL', 'ipv4: Address not found');
}

export function flushAddresses(state: NetnsState, { dev, scope, to }: AddressFlush): EditResult {
  if (dev !== undefined && linkOf(state, dev) === undefined) return noDevice(dev);
  const meant = (entry: InterfaceAddress): boolean =>
    familyOf(entry.address) === 'IPv4' &&
    (dev === undefined || entry.link === dev) &&
    (scope === undefined || entry.scope === scope) &&
    (to === undefined || (entry.prefixLength >= to.length && prefixContains(to, entry.address)));
  let next = state;
  for (const entry of state.netns.addresses.filter(meant)) {
    if (next.netns.addresses.includes(entry)) next = remove(next, entry);
  }
  return ok(next);
}

function remove(state: NetnsState, entry: InterfaceAddress): NetnsState {
  const dev = entry.link;
  const { addresses, sysctls } = state.netns;
  const promotes = ['all', 'default', dev.replaceAll('.', '/')].some(
    (name) => sysctls[`net.ipv4.conf.${name}.promote_secondaries`] === '1',
  );
  const primary = primaryOf(addresses, entry) === entry;
  const gone = (other: InterfaceAddress): boolean =>
    other === entry || (primary && !promotes && primaryOf(addresses, other) === entry);
  const before = derived(
    state,
    addresses.filter((other) => other.link === dev),
  );
  const next = withNetns(state, { addresses: without(addresses, gone) });
  const left = next.netns.addresses.filter((other) => other.link === dev);
  // Without any address the device has no IP at all: every route over it goes, whoever wrote it (fib_disable_ip).
  if (left.length === 0)
    return withoutStray(
      dropRoutes(next, (route) => route.dev === dev),
      addresses.filter(gone),
    );
  const after = new Set(derived(next, left).map(routeKey));
  const lost = new Set(before.map(routeKey).filter((key) => !after.has(key)));
  const dropped = dropRoutes(next, (route) => isKernels(route) && lost.has(routeKey(route)));
  const restored = primary ? resourced(dropped, left) : dropped;
  return withoutStray(restored, addresses.filter(gone));
}

/** Promoted addresses give their subnet's routes another source. */
function resourced(state: NetnsState, addresses: readonly InterfaceAddress[]): NetnsState {
  const wanted = new Map(derived(state, addresses).map((route) => [routeKey(route), route]));
  const routes = state.netns.routes.map((route) => {
    const right = wanted.get(routeKey(route));
    const source = right?.source;
    return isKernels(route) && source !== undefined && source !== route.source ? { ...route, source } : route;
  });
  return withNetns(state, { routes });
}

/** Routes whose preferred source the host no longer has anywhere (fib_sync_down_addr). */
function withoutStray(state: NetnsState, gone: readonly InterfaceAddress[]): NetnsState {
  const lost = new Set(gone.map(({ address }) => address));
  for (const { address } of state.netns.addresses) lost.delete(address);
  return dropRoutes(state, ({ source }) => source !== undefined && lost.has(source));
}

function isKernels(route: Route): boolean {
  return route.protocol === 'kernel';
}

function primaryOf(addresses: readonly InterfaceAddress[], entry: InterfaceAddress): InterfaceAddress {
  const same = (other: InterfaceAddress): boolean =>
    other.link === entry.link &&
    other.prefixLength === entry.prefixLength &&
    prefixContains(subnet(other), entry.address);
  return addresses.find(same) ?? entry;
}

function subnet({ address, prefixLength }: InterfaceAddress): IpPrefix {
  return { address, length: prefixLength };
}
