import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { matches, readPrefix, unsigned, type WantedFamily, type Words } from '../words.ts';
import { usage } from './names.ts';
import { ROUTE_USAGE } from './routeWords.ts';

/** What follows `ip route get` (iproute2: iproute_get). */
export function parseRouteGet(words: Words, preferred: WantedFamily): ParsedCommand {
  let family = preferred;
  let destination: IpPrefix | undefined;
  let from: IpAddress | undefined;
  let inputDevice: string | undefined;
  let outputDevice: string | undefined;
  let mark: number | undefined;
  let fibMatch = false;
  while (words.more) {
    const word = words.next();
    if (matches(word, 'from')) {
      from = readPrefix(words.next(), family).address;
      family = 'inet';
    } else if (matches(word, 'iif')) inputDevice = words.next();
    else if (matches(word, 'mark')) mark = unsigned(words, 'invalid mark value');
    else if (matches(word, 'oif') || word === 'dev') outputDevice = words.next();
    else if (matches(word, 'uid')) unsigned(words, 'invalid UID\n');
    else if (matches(word, 'fibmatch')) fibMatch = true;
    else if (
      word === 'tos' ||
      ['dsfield', 'notify', 'connected', 'vrf', 'sport', 'dport', 'ipproto'].some((each) => matches(word, each))
    )
      throw notSimulated(`"ip route get ${word}"`);
    else {
      const text = word === 'to' ? words.next() : word;
      if (matches(text, 'help')) throw usage(ROUTE_USAGE);
      destination = readPrefix(text, family);
      family = 'inet';
    }
  }
  if (destination === undefined) throw new Complaint('need at least a destination address', 1);
  const { address, length } = destination;
  const warning = `Warning: /${length} as prefix is invalid, only /32 (or none) is supported.`;
  return {
    type: 'query',
    program: 'ip',
    query: {
      type: 'routeGet',
      destination: address,
      fibMatch,
      ...(from !== undefined && { from }),
      ...(inputDevice !== undefined && { inputDevice }),
      ...(outputDevice !== undefined && { outputDevice }),
      ...(mark !== undefined && mark !== 0 && { mark }),
      ...(length !== 32 && { warning }),
    },
  };
}
