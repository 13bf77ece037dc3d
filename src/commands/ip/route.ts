import type { RouteDeletion, RouteWrite } from '../../datamodel/network/edit.ts';
import { LOCAL_TABLE, MAIN_TABLE } from '../../datamodel/network/tables.ts';
import { Complaint } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { matches, type WantedFamily, type Words } from '../words.ts';
import { usage } from './names.ts';
import { parseRouteGet } from './routeGet.ts';
import { readSelector } from './routeSelector.ts';
import { ROUTE_USAGE, type RouteWords, readRoute } from './routeWords.ts';

/** `ip route …` (iproute2 6.1: ip/iproute.c, do_iproute). */
export function parseRoute(words: Words, family: WantedFamily): ParsedCommand {
  const command = words.peek();
  if (command === undefined) return list(words, family);
  words.next();
  if (matches(command, 'add')) return write(words, family, 'add');
  if (matches(command, 'change') || command === 'chg') return write(words, family, 'change');
  if (matches(command, 'replace')) return write(words, family, 'replace');
  if (matches(command, 'prepend')) return write(words, family, 'prepend');
  if (matches(command, 'append')) return write(words, family, 'append');
  if (matches(command, 'delete')) return remove(words, family);
  if (matches(command, 'list') || matches(command, 'show') || matches(command, 'lst')) return list(words, family);
  if (matches(command, 'get')) return parseRouteGet(words, family);
  if (matches(command, 'flush')) return flush(words, family);
  if (matches(command, 'help')) throw usage(ROUTE_USAGE);
  throw new Complaint(`Command "${command}" is unknown, try "ip route help".`, 255);
}

function list(words: Words, family: WantedFamily): ParsedCommand {
  const { selector } = readSelector(words, family);
  return { type: 'query', program: 'ip', query: { type: 'routes', selector } };
}

function flush(words: Words, family: WantedFamily): ParsedCommand {
  if (!words.more) throw new Complaint('"ip route flush" requires arguments.', 1);
  const { selector, cache } = readSelector(words, family);
  return {
    type: 'edit',
    program: 'ip',
    edits: [cache ? { type: 'routeCacheFlush' } : { type: 'routeFlush', selector }],
  };
}

function write(words: Words, family: WantedFamily, mode: RouteWrite['mode']): ParsedCommand {
  const read = readRoute(words, family);
  const { destination, type = 'unicast', via, dev, nexthops, onlink, source, mtu, encap } = read;
  const hasGateway = via !== undefined || nexthops?.some((hop) => hop.via !== undefined) === true;
  const route: RouteWrite['route'] = {
    table: read.table ?? defaultTable(type),
    type,
    destination,
    scope: read.scope ?? defaultScope(type, hasGateway),
    metric: read.metric ?? 0,
    protocol: read.protocol ?? 'boot',
    ...(via !== undefined && { via }),
    ...(dev !== undefined && { dev }),
    ...(nexthops && { nexthops }),
    ...(onlink && { onlink }),
    ...(source !== undefined && { source }),
    ...(mtu !== undefined && { mtu }),
    ...(encap !== undefined && { encap }),
  };
  return { type: 'edit', program: 'ip', edits: [{ type: 'routeWrite', mode, route }] };
}

function remove(words: Words, family: WantedFamily): ParsedCommand {
  const { type, table, onlink: _, encap: __, ...rest } = readRoute(words, family);
  const edit: RouteDeletion = {
    type: 'routeDelete',
    table: table ?? defaultTable(type ?? 'unicast'),
    ...rest,
    ...(type !== undefined && { routeType: type }),
  };
  // What stands behind a type has the scope that goes with it, but for unicast, whose scope may be any.
  const scope = rest.scope ?? (type === 'local' || type === 'broadcast' ? defaultScope(type, false) : undefined);
  return { type: 'edit', program: 'ip', edits: [{ ...edit, ...(scope !== undefined && { scope }) }] };
}

function defaultTable(type: NonNullable<RouteWords['type']>): number {
  return type === 'local' || type === 'broadcast' ? LOCAL_TABLE : MAIN_TABLE;
}

function defaultScope(type: NonNullable<RouteWords['type']>, gateway: boolean): RouteWrite['route']['scope'] {
  if (type === 'local') return 'host';
  if (type === 'broadcast') return 'link';
  return type === 'unicast' && !gateway ? 'link' : 'global';
}
