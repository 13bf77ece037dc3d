import type {
  AddressType,
  Chain,
  ConntrackState,
  Match,
  NetfilterTable,
  PortRange,
  RejectWith,
  Rule,
  TableName,
  Target,
  TransportName,
} from '../../../../datamodel/network/netfilter.ts';
import { ipAddress, ipPrefix } from '../../../../wire/address.ts';

/** Reads what `iptables-save` printed. Rule ids are `table chain position`. @throws Error at the first word it does not know. */
export function iptablesRestore(text: string): NetfilterTable[] {
  const tables: NetfilterTable[] = [];
  let name: TableName | undefined;
  let chains = new Map<string, { policy?: 'ACCEPT' | 'DROP'; rules: Rule[] }>();
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      name = line.slice(1) as TableName;
      chains = new Map();
    } else if (line.startsWith(':')) {
      const [chain = '', policy = '-'] = line.slice(1).split(' ');
      chains.set(chain, { ...(policy !== '-' && { policy: policy as 'ACCEPT' | 'DROP' }), rules: [] });
    } else if (line.startsWith('-A ') && name) {
      const [, chain = '', ...words] = splitWords(line);
      const rules = chains.get(chain)?.rules;
      if (rules === undefined) throw new Error(`No chain ${chain}`);
      rules.push(readRule(`${name} ${chain} ${rules.length + 1}`, words));
    } else if (line === 'COMMIT' && name) {
      const list = [...chains].map(([chain, rest]): Chain => ({ name: chain, ...rest }));
      tables.push({ family: 'ipv4', name, chains: list });
    }
  }
  return tables;
}

/** One rule as `-A` takes it, without chain: `-s 10.0.0.0/8 -j ACCEPT`. */
export function iptablesRule(id: string, text: string): Rule {
  return readRule(id, splitWords(text));
}

function splitWords(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

function readRule(id: string, words: readonly string[]): Rule {
  const reader = new Words(words);
  const matches: Match[] = [];
  let target: Target = { type: 'none' };
  let module = '';
  while (reader.more) {
    const negate = reader.take('!');
    const option = reader.next();
    const not = negate ? { negate } : {};
    if (option === '-m') module = reader.next();
    else if (option === '-s') matches.push({ type: 'source', prefix: ipPrefix(reader.next()), ...not });
    else if (option === '-d') matches.push({ type: 'destination', prefix: ipPrefix(reader.next()), ...not });
    else if (option === '-i') matches.push({ type: 'inInterface', name: reader.next(), ...not });
    else if (option === '-o') matches.push({ type: 'outInterface', name: reader.next(), ...not });
    else if (option === '-p') matches.push({ type: 'protocol', protocol: readProtocol(reader.next()), ...not });
    else if (option === '-j' || option === '-g') target = readTarget(option, reader);
    else matches.push(readModule(module, option, negate, reader));
  }
  return { id, owner: 'test', matches, target };
}

function readModule(module: string, option: string, negate: boolean, reader: Words): Match {
  const not = negate ? { negate } : {};
  switch (`${module} ${option}`) {
    case 'comment --comment':
      return { type: 'comment', text: reader.next() };
    case 'tcp --dport':
    case 'udp --dport':
      return {
        type: 'transport',
        protocol: module as TransportName,
        destination: readRange(reader.next()),
        ...(negate && { negateDestination: true }),
      };
    case 'tcp --sport':
    case 'udp --sport':
      return {
        type: 'transport',
        protocol: module as TransportName,
        source: readRange(reader.next()),
        ...(negate && { negateSource: true }),
      };
    case 'multiport --dports':
      return { type: 'multiport', destination: reader.next().split(',').map(readRange), ...not };
    case 'icmp --icmp-type': {
      const [icmpType = 0, code] = reader.next().split('/').map(Number);
      return { type: 'icmp', icmpType, ...(code !== undefined && { code }), ...not };
    }
    case 'mark --mark': {
      const { value, mask } = readMark(reader.next());
      return { type: 'mark', value, mask, ...not };
    }
    case 'conntrack --ctstate':
      return { type: 'conntrack', states: reader.next().split(',') as ConntrackState[], ...not };
    case 'addrtype --dst-type':
      return {
        type: 'addrtype',
        destination: reader.next() as AddressType,
        ...(negate && { negateDestination: true }),
      };
    case 'addrtype --src-type':
      return { type: 'addrtype', source: reader.next() as AddressType, ...(negate && { negateSource: true }) };
    case 'statistic --mode': {
      reader.skip('random', '--probability');
      return { type: 'statistic', probability: Number(reader.next()) };
    }
    default:
      throw new Error(`Unknown: -m ${module} ${option}`);
  }
}

function readTarget(option: string, reader: Words): Target {
  const name = reader.next();
  if (option === '-g') return { type: 'goto', chain: name };
  switch (name) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return { type: name };
    case 'REJECT':
      reader.skip('--reject-with');
      return { type: 'REJECT', with: reader.next() as RejectWith };
    case 'MARK':
      reader.skip('--set-xmark');
      return { type: 'MARK', ...readMark(reader.next()) };
    case 'CT':
      reader.skip('--notrack');
      return { type: 'NOTRACK' };
    case 'DNAT': {
      reader.skip('--to-destination');
      const [address = '', port] = reader.next().split(':');
      const ports = port === undefined ? {} : { ports: readRange(port) };
      return { type: 'DNAT', ...(address && { address: ipAddress(address) }), ...ports, ...readRandom(reader) };
    }
    case 'SNAT': {
      reader.skip('--to-source');
      const [address = '', port] = reader.next().split(':');
      const ports = port === undefined ? {} : { ports: readRange(port) };
      return { type: 'SNAT', address: ipAddress(address), ...ports, ...readRandom(reader) };
    }
    case 'MASQUERADE': {
      const ports = reader.take('--to-ports') ? { ports: readRange(reader.next()) } : {};
      return { type: 'MASQUERADE', ...ports, ...readRandom(reader) };
    }
    default:
      return { type: 'jump', chain: name };
  }
}

function readRandom(reader: Words): { randomFully?: boolean } {
  return reader.take('--random-fully') ? { randomFully: true } : {};
}

function readRange(text: string): PortRange {
  const [from = 0, to = from] = text.split(/[:-]/).map(Number);
  return { from, to };
}

function readMark(text: string): { value: number; mask: number } {
  const [value = 0, mask = 0xffffffff] = text.split('/').map(Number);
  return { value, mask };
}

function readProtocol(text: string): TransportName | 'icmp' | number {
  return /^\d+$/.test(text) ? Number(text) : (text as TransportName | 'icmp');
}

class Words {
  private readonly words: readonly string[];
  private at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  get more(): boolean {
    return this.at < this.words.length;
  }

  next(): string {
    const word = this.words[this.at++];
    if (word === undefined) throw new Error(`Words missing behind ${this.words.join(' ')}`);
    return word;
  }

  take(word: string): boolean {
    if (this.words[this.at] !== word) return false;
    this.at++;
    return true;
  }

  skip(...words: readonly string[]): void {
    for (const word of words) if (!this.take(word)) throw new Error(`${word} expected in ${this.words.join(' ')}`);
  }
}
