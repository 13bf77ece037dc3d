import type { RouteSelector } from '../../datamodel/network/edit.ts';
import { MAIN_TABLE } from '../../datamodel/network/tables.ts';
import { notSimulated } from '../complaint.ts';
import { matches, readPrefix, unsigned, type WantedFamily, type Words, wrong } from '../words.ts';
import { readProtocol, readRouteType, readScope, readTable, usage } from './names.ts';
import { named, ROUTE_USAGE } from './routeWords.ts';

type Draft = { -readonly [K in keyof RouteSelector]: RouteSelector[K] };

/** What follows `ip route show` and `flush` (iproute2: iproute_list_flush_or_save). */
export function readSelector(
  words: Words,
  family: WantedFamily,
): { readonly selector: RouteSelector; readonly cache: boolean } {
  const draft: Draft = { table: MAIN_TABLE };
  let cache = false;
  while (words.more) {
    const word = words.next();
    if (matches(word, 'table')) cache = readTableName(words, draft) || cache;
    else if (matches(word, 'cached') || matches(word, 'cloned')) cache = true;
    else if (matches(word, 'protocol')) whole(draft, 'protocol', words, readProtocol, 'invalid "protocol"\n');
    else if (matches(word, 'scope')) whole(draft, 'scope', words, readScope, 'invalid "scope"\n');
    else if (matches(word, 'type')) draft.routeType = named(words, readRouteType, 'node type value is invalid\n');
    else if (word === 'dev' || word === 'oif') draft.dev = words.next();
    else if (matches(word, 'metric') || matches(word, 'priority') || word === 'preference')
      draft.metric = unsigned(words, '"metric" value is invalid\n');
    else if (word === 'via') draft.via = readPrefix(words.next(), family).address;
    else if (word === 'src') draft.source = readPrefix(words.next(), family).address;
    else if (
      ['tos', 'iif', 'mark'].includes(word) ||
      ['dsfield', 'vrf', 'realms', 'from'].some((each) => matches(word, each))
    )
      throw notSimulated(`"${word}" of a route`);
    else readDestination(words, word, draft, family);
  }
  return { selector: draft, cache };
}

/** @returns whether it is the cache that is meant. */
function readTableName(words: Words, draft: Draft): boolean {
  const text = words.next();
  if (text === 'help') throw usage(ROUTE_USAGE);
  const table = readTable(text);
  if (table !== undefined) draft.table = table;
  else if (text === 'all') delete draft.table;
  else if (text !== 'cache') throw wrong('table id value is invalid\n', text);
  return text === 'cache';
}

function whole<K extends 'protocol' | 'scope'>(
  draft: Draft,
  key: K,
  words: Words,
  read: (text: string) => Draft[K],
  message: string,
): void {
  if (words.take('all')) delete draft[key];
  else draft[key] = named(words, read, message);
}

function readDestination(words: Words, first: string, draft: Draft, family: WantedFamily): void {
  let word = matches(first, 'to') ? words.next() : first;
  if (matches(word, 'root')) {
    draft.root = readPrefix(words.next(), family);
    return;
  }
  if (matches(word, 'match')) {
    draft.match = readPrefix(words.next(), family);
    return;
  }
  if (matches(word, 'exact')) word = words.next();
  const prefix = readPrefix(word, family);
  draft.root = prefix;
  draft.match = prefix;
}
