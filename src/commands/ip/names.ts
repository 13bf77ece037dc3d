import type { Route, RouteType } from '../../datamodel/network/tables.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import { readUnsigned } from '../words.ts';

/** Names of /etc/iproute2/rt_scopes, rt_tables and rt_protos, and of route types (iproute2: lib/rt_names.c). */
const SCOPES = new Map<string, number>([
  ['global', 0],
  ['site', 200],
  ['link', 253],
  ['host', 254],
  ['nowhere', 255],
]);
const SIMULATED_SCOPES = new Map<number, Route['scope']>([
  [0, 'global'],
  [253, 'link'],
  [254, 'host'],
]);

/** @returns undefined when there is no such scope. @throws Complaint for scopes that nobody uses. */
export function readScope(text: string): Route['scope'] | undefined {
  const number = SCOPES.get(text) ?? readUnsigned(text);
  if (number === undefined || number > 255) return undefined;
  const scope = SIMULATED_SCOPES.get(number);
  if (scope === undefined) throw notSimulated(`scope ${text}`);
  return scope;
}

const TABLES = new Map<string, number>([
  ['default', 253],
  ['main', 254],
  ['local', 255],
]);

/** @returns undefined when there is no such table. */
export function readTable(text: string): number | undefined {
  return TABLES.get(text) ?? readUnsigned(text);
}

const PROTOCOLS = new Map<string, number>([
  ['kernel', 2],
  ['boot', 3],
  ['static', 4],
  ['bird', 12],
  ['dhcp', 16],
  ['80', 80],
]);

/** @returns undefined when there is no such protocol. @throws Complaint for one that is not simulated. */
export function readProtocol(text: string): Route['protocol'] | undefined {
  const number = PROTOCOLS.get(text) ?? readUnsigned(text);
  if (number === undefined || number > 255) return undefined;
  for (const [name, value] of PROTOCOLS) if (value === number) return name as Route['protocol'];
  throw notSimulated(`routing protocol ${text}`);
}

const TYPES: readonly RouteType[] = ['unicast', 'local', 'broadcast', 'blackhole', 'unreachable', 'prohibit'];

/** @returns undefined when the word is no type. @throws Complaint for types that are not simulated. */
export function readRouteType(text: string): RouteType | undefined {
  const type = TYPES.find((each) => each === text);
  if (type === undefined && ['throw', 'nat', 'multicast', 'anycast'].includes(text))
    throw notSimulated(`a route of type ${text}`);
  return type;
}

/** Of what a tool knows, the part that is simulated, in the place of its own help. */
export function usage(text: string): Complaint {
  return new Complaint(`Usage: ${text}`, 255);
}
