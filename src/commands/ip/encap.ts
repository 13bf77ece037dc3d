import type { TunnelKey } from '../../datamodel/network/tables.ts';
import type { IpAddress } from '../../wire/address.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import { matches, readAddress, readInteger, type Words, wrong } from '../words.ts';

const OTHER_TYPES = ['mpls', 'ip6', 'ila', 'bpf', 'seg6', 'seg6local', 'rpl', 'ioam6', 'xfrm'];
const MOST_ID = 2 ** 24 - 1;

/** What follows `encap` in a route: `ip` and the tunnel key's parts (iproute2 6.1: ip/iproute_lwtunnel.c, parse_encap_ip). */
export function readEncap(words: Words): TunnelKey {
  const type = words.next();
  if (OTHER_TYPES.includes(type)) throw notSimulated(`the encapsulation "${type}"`);
  if (type !== 'ip') throw wrong('"encap type" value is invalid\n', type);
  const key: { -readonly [K in keyof TunnelKey]?: TunnelKey[K] } = {};
  const seen = new Set<string>();
  for (let word = words.peek(); word !== undefined && isPart(word); word = words.peek()) {
    words.next();
    if (seen.has(word))
      throw new Complaint(`Error: duplicate "${word}": "${words.peek() ?? word}" is the second value.`, 255);
    seen.add(word);
    if (word === 'id') key.id = number(words, 'id', MOST_ID);
    else if (word === 'dst') key.remote = address(words);
    else if (word === 'src') key.local = address(words);
    else if (word === 'ttl' || matches(word, 'hoplimit')) key.ttl = number(words, 'ttl', 255);
    else if (word === 'tos') key.tos = number(words, 'tos', 255);
    else if (word === 'csum') key.checksum = true;
  }
  const { id = 0, remote, local, ttl = 0, tos = 0, checksum = false } = key;
  if (remote === undefined) throw notSimulated('a tunnel key without "dst"');
  return { id, remote, ttl, tos, checksum, ...(local !== undefined && { local }) };
}

function isPart(word: string): boolean {
  if (['geneve_opts', 'vxlan_opts', 'erspan_opts', 'key', 'seq'].includes(word))
    throw notSimulated(`"${word}" of a tunnel key`);
  return ['id', 'dst', 'src', 'ttl', 'tos', 'csum'].includes(word) || (word.length > 2 && matches(word, 'hoplimit'));
}

function number(words: Words, name: string, most: number): number {
  const text = words.next();
  const value = readInteger(text);
  if (value === undefined || value < 0 || value > most) throw wrong(`"${name}" value is invalid\n`, text);
  return value;
}

function address(words: Words): IpAddress {
  return readAddress(words.next(), 'inet');
}
