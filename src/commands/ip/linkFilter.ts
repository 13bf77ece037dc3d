import type { IpPrefix } from '../../wire/address.ts';
import { notSimulated } from '../complaint.ts';
import type { LinkFilter, ParsedCommand } from '../parsedCommand.ts';
import { matches, readPrefix, type WantedFamily, type Words } from '../words.ts';
import { readScope, usage } from './names.ts';

/** What follows `ip address show`. */
export function showAddresses(words: Words, family: WantedFamily, brief: boolean): ParsedCommand {
  const { filter, to, scope } = readFilter(words, family, brief);
  const query = { type: 'addresses', filter, ...(to && { to }), ...(scope && { scope }) } as const;
  return { type: 'query', program: 'ip', query };
}

/** What follows `ip link show`. */
export function showLinks(words: Words, brief: boolean): ParsedCommand {
  const { filter } = readFilter(words, 'any', brief);
  return { type: 'query', program: 'ip', query: { type: 'links', filter } };
}

interface ReadFilter {
  readonly filter: LinkFilter;
  readonly to?: IpPrefix;
  readonly scope?: string;
}

/** ipaddr_list_flush_or_save reads the same words for both. */
function readFilter(words: Words, family: WantedFamily, brief: boolean): ReadFilter {
  let filter: LinkFilter = { brief, inet: family === 'inet' };
  let to: IpPrefix | undefined;
  let scope: string | undefined;
  while (words.more) {
    const word = words.next();
    if (word === 'to') to = readPrefix(words.next(), family);
    else if (word === 'scope') scope = readScope(words.next());
    else if (word === 'up') filter = { ...filter, up: true };
    else if (word === 'master') filter = { ...filter, master: words.next() };
    else if (word === 'type') filter = { ...filter, kind: words.next() };
    else if (['label', 'group', 'vrf', 'nomaster', 'permanent', 'dynamic', 'secondary', 'primary'].includes(word))
      throw notSimulated(`"show ${word}"`);
    else {
      if (matches(word, 'help')) throw usage('ip { address | link } show [ [ dev ] IFNAME ] [ up ] [ master DEVICE ]');
      filter = { ...filter, dev: word === 'dev' ? words.next() : word };
    }
  }
  return { filter, ...(to && { to }), ...(scope !== undefined && { scope }) };
}
