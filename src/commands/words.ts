import {
  familyOf,
  type IpAddress,
  type IpPrefix,
  ipv4FromNumber,
  ipv4ToNumber,
  parseIpAddress,
} from '../wire/address.ts';
import { Complaint, notSimulated } from './complaint.ts';

/**
 * The words of an `ip` or `bridge` command line, taken one after another, with iproute2's notations and complaints
 * (iproute2 6.1: lib/utils.c).
 */
export class Words {
  private readonly words: readonly string[];
  private at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  get more(): boolean {
    return this.at < this.words.length;
  }

  peek(): string | undefined {
    return this.words[this.at];
  }

  /** NEXT_ARG. @throws Complaint when the line ends too early. */
  next(): string {
    const word = this.words[this.at++];
    if (word === undefined) throw new Complaint('Command line is not complete. Try option "help"', 255);
    return word;
  }

  /** Takes the next word when it is this one. */
  take(word: string): boolean {
    if (this.words[this.at] !== word) return false;
    this.at++;
    return true;
  }

  rest(): readonly string[] {
    return this.words.slice(this.at);
  }
}

/** Whether a word is a whole or cut-off form of a keyword: `a`, `addr` and `address` all are `address`. */
export function matches(word: string, keyword: string): boolean {
  return word !== '' && keyword.startsWith(word);
}

/** invarg */
export function wrong(message: string, word: string): Complaint {
  return new Complaint(`Error: argument "${word}" is wrong: ${message}`, 255);
}

/** duparg */
export function duplicate(key: string, word: string): Complaint {
  return new Complaint(`Error: duplicate "${key}": "${word}" is the second value.`, 255);
}

/** duparg2 */
export function garbage(key: string, word: string): Complaint {
  return new Complaint(`Error: either "${key}" is duplicate, or "${word}" is a garbage.`, 255);
}

export type WantedFamily = 'any' | 'inet';

/** get_prefix: an address with or without length, a mask in dots, `default`. */
export function readPrefix(text: string, family: WantedFamily): IpPrefix {
  const prefix = prefixOf(text, family);
  if (prefix === undefined) throw new Complaint(`Error: ${word(family)} prefix is expected rather than "${text}".`, 1);
  return prefix;
}

/** get_addr */
export function readAddress(text: string, family: WantedFamily): IpAddress {
  const address = addressOf(text, family);
  if (address === undefined)
    throw new Complaint(`Error: ${word(family)} address is expected rather than "${text}".`, 1);
  return address;
}

function word(family: WantedFamily): string {
  return family === 'any' ? 'any valid' : 'inet';
}

function prefixOf(text: string, family: WantedFamily): IpPrefix | undefined {
  if (['default', 'any', 'all'].includes(text)) return { address: ipv4FromNumber(0), length: 0 };
  const slash = text.indexOf('/');
  const address = addressOf(slash < 0 ? text : text.slice(0, slash), family);
  if (address === undefined) return undefined;
  if (slash < 0) return { address, length: 32 };
  const length = maskLength(text.slice(slash + 1));
  return length === undefined || length > 32 ? undefined : { address, length };
}

function maskLength(text: string): number | undefined {
  const number = readUnsigned(text);
  if (number !== undefined) return number;
  const mask = shortIpv4(text);
  if (mask === undefined) return undefined;
  const host = ~ipv4ToNumber(mask) >>> 0;
  return (host & (host + 1)) === 0 ? Math.clz32(host) : undefined;
}

/** @throws Complaint for IPv6, which is not simulated. */
function addressOf(text: string, family: WantedFamily): IpAddress | undefined {
  if (!text.includes(':')) return shortIpv4(text);
  const address = parseIpAddress(text);
  if (address === undefined || family === 'inet' || familyOf(address) === 'IPv4') return undefined;
  throw notSimulated('IPv6');
}

/** Parts that are left out at the end are 0: `10.5` is 10.5.0.0. */
function shortIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  const numbers = [...parts.map(Number), 0, 0, 0].slice(0, 4);
  return parseIpAddress(numbers.join('.'));
}

/** strtoul with base 0, of 32 bits. */
export function readUnsigned(text: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number(text);
  if (!/^\d{1,11}$/.test(text)) return undefined;
  if (/^0\d/.test(text) && !/^[0-7]+$/.test(text)) return undefined;
  const value = /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return value <= 0xffffffff ? value : undefined;
}

/** strtol with base 0, of 32 bits. */
export function readInteger(text: string): number | undefined {
  const negative = text.startsWith('-');
  const value = readUnsigned(negative ? text.slice(1) : text);
  if (value === undefined || value > 0x7fffffff) return undefined;
  return negative ? -value : value;
}

/** An unsigned number, or a complaint: `Error: argument "x" is wrong: "metric" value is invalid`. */
export function unsigned(words: Words, message: string): number {
  const text = words.next();
  const value = readUnsigned(text);
  if (value === undefined) throw wrong(message, text);
  return value;
}
