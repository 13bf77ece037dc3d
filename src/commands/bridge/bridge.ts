import { Complaint, notSimulated } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { matches, Words } from '../words.ts';
import { parseFdb } from './fdb.ts';
import { parseBridgeLink } from './link.ts';

const USAGE = `Usage: bridge [ -d ] OBJECT { COMMAND | help }
where  OBJECT := { link | fdb }`;

/** `bridge [OPTIONS] OBJECT COMMAND` (iproute2 6.1: bridge/bridge.c). */
export function parseBridge(args: readonly string[]): ParsedCommand {
  const words = new Words(args);
  let details = false;
  while (words.peek()?.startsWith('-')) {
    const written = words.next();
    const option = written.startsWith('--') ? written.slice(1) : written;
    if (matches(option, '-details') && option.length > 1) details = true;
    else if (matches(option, '-Version')) return { type: 'text', text: 'bridge utility, 6.1.0' };
    else if (matches(option, '-help')) throw new Complaint(USAGE, 255);
    else if (OPTIONS.some((each) => matches(option, each) && option.length > 1))
      throw notSimulated(`"bridge ${written}"`);
    else throw new Complaint(`Option "${option}" is unknown, try "bridge help".`, 255);
  }
  const object = words.peek();
  if (object === undefined) throw new Complaint(USAGE, 255);
  words.next();
  if (matches(object, 'link')) return parseBridgeLink(words, details);
  if (matches(object, 'fdb')) return parseFdb(words);
  if (matches(object, 'help')) throw new Complaint(USAGE, 255);
  if (['mdb', 'vlan', 'vni', 'monitor'].some((each) => matches(object, each))) throw notSimulated(`"bridge ${object}"`);
  throw new Complaint(`Object "${object}" is unknown, try "bridge help".`, 255);
}

const OPTIONS = [
  '-statistics',
  '-oneline',
  '-timestamp',
  '-family',
  '-netns',
  '-compressvlans',
  '-color',
  '-pretty',
  '-json',
  '-batch',
  '-force',
  '-4',
  '-6',
];
