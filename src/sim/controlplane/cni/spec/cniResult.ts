import {
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  parseIpAddress,
  parseIpPrefix,
} from '../../../../wire/address.ts';
import { PluginFailure } from './cniError.ts';
import { type Decoded, decodeStruct, type Fields } from './decode.ts';
import { type Json, type JsonObject, jsonObject } from './json.ts';
import { atLeast, isSpecVersion } from './version.ts';

/** The outcome of an ADD, in the newest version's terms, whichever version it is told in. */
export interface CniResult {
  readonly cniVersion: string;
  readonly interfaces: readonly CniInterface[];
  readonly ips: readonly CniIp[];
  readonly routes: readonly CniRoute[];
  readonly dns: Decoded;
  /** What each of `ips` had for a version where versions are told; undefined: they follow from the addresses. */
  readonly toldVersions?: readonly string[];
}

export interface CniInterface {
  readonly name: string;
  readonly mac: string;
  /** Path of its network namespace; '' on the node. */
  readonly sandbox: string;
}

export interface CniIp {
  /** Place in `interfaces`. */
  readonly interface: number | undefined;
  readonly address: IpPrefix;
  readonly gateway: IpAddress | undefined;
}

export interface CniRoute {
  readonly destination: IpPrefix;
  readonly gateway: IpAddress | undefined;
}

const STRINGS = { list: 'string', type: '[]string' } as const;
const DNS = {
  struct: 'DNS',
  fields: { nameservers: STRINGS, domain: 'string', search: STRINGS, options: STRINGS },
} as const;
const ROUTE = { struct: 'route', fields: { dst: 'string', gw: 'string' } } as const;
const FIELDS: Fields = {
  cniVersion: 'string',
  interfaces: {
    list: { struct: 'Interface', fields: { name: 'string', mac: 'string', sandbox: 'string' } },
    type: '[]*types100.Interface',
  },
  ips: {
    list: { struct: 'ipConfig', fields: { version: 'string', interface: 'int', address: 'string', gateway: 'string' } },
    type: '[]*types100.IPConfig',
  },
  routes: { list: ROUTE, type: '[]*types.Route' },
  dns: DNS,
};
const OLD_IP = {
  struct: 'ipConfig',
  fields: { ip: 'string', gateway: 'string', routes: { list: ROUTE, type: '[]types.Route' } },
} as const;
const OLD_FIELDS: Fields = { cniVersion: 'string', ip4: OLD_IP, ip6: OLD_IP, dns: DNS };

/**
 * Reads a result that is told in a version's form.
 *
 * @throws PluginFailure in the words of pkg/types/create.
 */
export function readResult(json: Json, version: string): CniResult {
  if (version !== '' && !isSpecVersion(version)) {
    throw new PluginFailure(`unsupported CNI result version "${version}"`);
  }
  if (!atLeast(version, '0.3.0')) return readOldResult(json, version);
  const decoded = decodeStruct(json, 'Result', FIELDS);
  const ips = list(decoded.ips);
  return {
    cniVersion: text(decoded.cniVersion),
    interfaces: list(decoded.interfaces).map(
      (each): CniInterface => ({
        name: text(each.name),
        mac: text(each.mac),
        sandbox: text(each.sandbox),
      }),
    ),
    ips: ips.map((each) => ({
      interface: typeof each.interface === 'number' ? each.interface : undefined,
      address: readPrefix(text(each.address)),
      gateway: readAddress(each.gateway),
    })),
    routes: list(decoded.routes).map(readRoute),
    dns: (decoded.dns as Decoded | undefined) ?? {},
    ...(!atLeast(version, '1.0.0') && { toldVersions: ips.map(({ version: told }) => text(told)) }),
  };
}

function readOldResult(json: Json, version: string): CniResult {
  const decoded = decodeStruct(json, 'Result', OLD_FIELDS);
  const parts = list([decoded.ip4, decoded.ip6].filter((part) => part !== undefined));
  return {
    cniVersion: text(decoded.cniVersion) || version,
    interfaces: [],
    ips: parts.map((part) => ({
      interface: undefined,
      address: readPrefix(text(part.ip)),
      gateway: readAddress(part.gateway),
    })),
    routes: parts.flatMap((part) => list(part.routes).map(readRoute)),
    dns: (decoded.dns as Decoded | undefined) ?? {},
  };
}

/**
 * A result in a version's form, its keys in the order of Go's structs (pkg/types/020, 040, 100).
 *
 * @throws PluginFailure when that form cannot tell it.
 */
export function resultJson(result: CniResult, version: string): JsonObject {
  if (version !== '' && !isSpecVersion(version))
    throw new PluginFailure(`cannot convert version "${result.cniVersion}" to "${version}"`);
  if (!atLeast(version, '0.3.0')) return oldResultJson(result, version === '' ? '0.1.0' : version);
  const tellsVersions = !atLeast(version, '1.0.0');
  return jsonObject({
    cniVersion: version,
    interfaces: some(result.interfaces.map(interfaceJson)),
    ips: some(
      result.ips.map((ip, i) => ipJson(ip, tellsVersions ? (result.toldVersions?.[i] ?? digitOf(ip)) : undefined)),
    ),
    routes: some(result.routes.map(routeJson)),
    dns: dnsJson(result.dns),
  });
}

function oldResultJson(result: CniResult, version: string): JsonObject {
  const part = (family: 'IPv4' | 'IPv6'): JsonObject | undefined => {
    const ip = result.ips.find(({ address }) => familyOf(address.address) === family);
    if (ip === undefined) return undefined;
    const routes = result.routes.filter(({ destination }) => familyOf(destination.address) === family);
    return jsonObject({ ip: formatPrefix(ip.address), gateway: ip.gateway, routes: some(routes.map(routeJson)) });
  };
  const [ip4, ip6] = [part('IPv4'), part('IPv6')];
  if (ip4 === undefined && ip6 === undefined) throw new PluginFailure('cannot convert: no valid IP addresses');
  return jsonObject({ cniVersion: version, ip4, ip6, dns: dnsJson(result.dns) });
}

function interfaceJson({ name, mac, sandbox }: CniInterface): Json {
  return jsonObject({ name, mac: mac === '' ? undefined : mac, sandbox: sandbox === '' ? undefined : sandbox });
}

function ipJson(ip: CniIp, version: string | undefined): Json {
  return jsonObject({ version, interface: ip.interface, address: formatPrefix(ip.address), gateway: ip.gateway });
}

export function routeJson({ destination, gateway }: CniRoute): JsonObject {
  return jsonObject({ dst: formatPrefix(destination), gw: gateway });
}

function dnsJson({ nameservers, domain, search, options }: Decoded): JsonObject {
  const texts = (value: unknown): Json | undefined => (Array.isArray(value) && value.length > 0 ? value : undefined);
  return jsonObject({
    nameservers: texts(nameservers),
    domain: typeof domain === 'string' && domain !== '' ? domain : undefined,
    search: texts(search),
    options: texts(options),
  });
}

/** `4` or `6`. */
function digitOf({ address }: CniIp): string {
  return familyOf(address.address) === 'IPv4' ? '4' : '6';
}

function some(items: readonly Json[]): Json | undefined {
  return items.length > 0 ? items : undefined;
}

/** `dst` and `gw` of a route. @throws PluginFailure in Go's words. */
export function readRoute(route: Decoded): CniRoute {
  const { address, length } = readPrefix(text(route.dst));
  return { destination: { address, length }, gateway: readAddress(route.gw) };
}

/** net.ParseCIDR */
export function readPrefix(text: string): IpPrefix {
  const prefix = parseIpPrefix(text);
  if (prefix === undefined) throw new PluginFailure(`invalid CIDR address: ${text}`);
  return prefix;
}

/** net.ParseIP within UnmarshalText. */
export function readAddress(value: unknown): IpAddress | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const address = parseIpAddress(value);
  if (address === undefined) throw new PluginFailure(`invalid IP address: ${value}`);
  return address;
}

function list(value: unknown): readonly Decoded[] {
  return Array.isArray(value) ? value.map((each: Decoded | undefined) => each ?? {}) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
