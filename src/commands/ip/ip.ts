import { Complaint, notSimulated } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { matches, type WantedFamily, Words } from '../words.ts';
import { parseAddress } from './address.ts';
import { parseLink } from './link.ts';
import { parseNeighbor } from './neighbor.ts';
import { parseRoute } from './route.ts';
import { parsePolicyRule } from './rule.ts';

const USAGE = `Usage: ip [ -4 ] [ -br ] OBJECT { COMMAND | help }
where  OBJECT := { address | link | neigh | route | rule }`;

/** What `ip` knows besides: said to be known, but not simulated. */
const OTHER_OBJECTS = [
  'addrlabel',
  'amt',
  'fou',
  'ila',
  'ioam',
  'l2tp',
  'macsec',
  'maddress',
  'monitor',
  'mptcp',
  'mroute',
  'mrule',
  'netconf',
  'netns',
  'nexthop',
  'ntable',
  'ntbl',
  'sr',
  'tap',
  'tcpmetrics',
  'token',
  'tunnel',
  'tuntap',
  'vrf',
  'xfrm',
];

/** `ip [OPTIONS] OBJECT COMMAND` (iproute2 6.1: ip/ip.c). */
export function parseIp(args: readonly string[]): ParsedCommand {
  const words = new Words(args);
  let family: WantedFamily = 'any';
  let brief = false;
  while (words.peek()?.startsWith('-') && words.peek() !== '-') {
    const written = words.next();
    const option = written.startsWith('--') ? written.slice(1) : written;
    if (option === '-4') family = 'inet';
    else if (option === '-6') throw notSimulated('IPv6');
    else if (matches(option, '-family') && option.length > 1) {
      const name = words.next();
      if (name === 'inet') family = 'inet';
      else if (['inet6', 'mpls', 'bridge', 'link'].includes(name)) throw notSimulated(`the family ${name}`);
      else throw new Complaint(`Error: argument "${name}" is wrong: invalid protocol family`, 255);
    } else if (matches(option, '-brief') && option.length > 2) brief = true;
    else if (matches(option, '-Version')) return { type: 'text', text: 'ip utility, iproute2-6.1.0, libbpf 1.1.2' };
    else if (matches(option, '-help')) throw new Complaint(USAGE, 255);
    else if (HARMLESS.some((each) => matches(option, each) && option.length > 1)) continue;
    else if (OPTIONS.some((each) => matches(option, each) && option.length > 1)) throw notSimulated(`"ip ${written}"`);
    else throw new Complaint(`Option "${option}" is unknown, try "ip -help".`, 255);
  }
  const object = words.peek();
  if (object === undefined) throw new Complaint(USAGE, 255);
  words.next();
  if (matches(object, 'address')) return parseAddress(words, family, brief);
  if (matches(object, 'route')) return parseRoute(words, family);
  if (matches(object, 'rule')) return parsePolicyRule(words, family);
  if (matches(object, 'link')) return parseLink(words, brief);
  if (matches(object, 'neighbor') || matches(object, 'neighbour')) return parseNeighbor(words, family);
  if (matches(object, 'help')) throw new Complaint(USAGE, 255);
  if (OTHER_OBJECTS.some((each) => matches(object, each))) throw notSimulated(`"ip ${object}"`);
  throw new Complaint(`Object "${object}" is unknown, try "ip help".`, 1);
}

/** Colour, names for numbers, statistics that nobody counts: nothing that is printed here would change. */
const HARMLESS = ['-color', '-Numeric', '-loops'];
const OPTIONS = [
  '-statistics',
  '-details',
  '-resolve',
  '-human-readable',
  '-iec',
  '-json',
  '-pretty',
  '-oneline',
  '-timestamp',
  '-tshort',
  '-batch',
  '-rcvbuf',
  '-netns',
  '-all',
  '-echo',
  '-force',
  '-0',
  '-B',
  '-M',
];
