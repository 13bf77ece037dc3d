import type { Match, TransportName } from '../../../../datamodel/network/netfilter.ts';
import { familyOf, type IpPrefix, parseIpAddress, parseIpPrefix } from '../../../../wire/address.ts';
import { DEFAULT_MARK_BIT, type PortMapping, SET_MARK_CHAIN } from '../portmapRules.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniResult } from '../spec/cniResult.ts';
import type { Decoded } from '../spec/decode.ts';
import { type NetConf, readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import type { PluginArgs } from './plugin.ts';
import { prevResultOf } from './prevResult.ts';

/** portmap's configuration, with the addresses that the plugins before gave the Pod (plugins/meta/portmap, parseConfig). */
export interface PortmapConf {
  readonly conf: NetConf;
  readonly before: CniResult | undefined;
  readonly ports: readonly PortMapping[];
  readonly snat: boolean;
  readonly markBit: number;
  /** Somebody else's chain for marking; undefined: its own. */
  readonly externalSetMarkChain: string | undefined;
  /** The Pod's first address of each family, with the length of its subnet. */
  readonly addresses: readonly IpPrefix[];
  conditions(family: 'IPv4' | 'IPv6'): readonly Match[];
}

const WORDS = { list: 'string', type: '[]string' } as const;
const FIELDS = {
  backend: 'string',
  snat: 'bool',
  conditionsV4: WORDS,
  conditionsV6: WORDS,
  markMasqBit: 'int',
  externalSetMarkChain: 'string',
  runtimeConfig: {
    struct: 'struct',
    fields: {
      portMappings: {
        list: {
          struct: 'PortMapEntry',
          fields: { hostPort: 'int', containerPort: 'int', protocol: 'string', hostIP: 'string' },
        },
        type: '[]main.PortMapEntry',
      },
    },
  },
} as const;
const TRANSPORTS: readonly TransportName[] = ['tcp', 'udp', 'sctp'];
const MAXIMUM_BIT = 31;

/** @throws PluginFailure in the plugin's words. */
export function readPortmapConf({ stdin, ifName }: Pick<PluginArgs, 'stdin' | 'ifName'>): PortmapConf {
  const conf = wrapped('failed to parse network configuration: ', () =>
    readNetConf(readStdin(stdin, ''), 'PortMapConf', FIELDS),
  );
  const { own } = conf;
  const before = wrapped('could not parse prevResult: ', () => prevResultOf(conf));
  if (own.markMasqBit !== undefined && own.externalSetMarkChain !== undefined) {
    throw new PluginFailure('Cannot specify externalSetMarkChain and markMasqBit');
  }
  const markBit = typeof own.markMasqBit === 'number' ? own.markMasqBit : DEFAULT_MARK_BIT;
  if (markBit < 0 || markBit > MAXIMUM_BIT) throw new PluginFailure('MasqMarkBit must be between 0 and 31');
  const entries = ((own.runtimeConfig as Decoded | undefined)?.portMappings ?? []) as readonly Decoded[];
  return {
    conf,
    before,
    ports: entries.map(readEntry),
    snat: own.snat !== false,
    markBit,
    externalSetMarkChain: typeof own.externalSetMarkChain === 'string' ? own.externalSetMarkChain : undefined,
    addresses: before ? addressesOf(before, ifName) : [],
    conditions: (family) => readConditions(family === 'IPv4' ? own.conditionsV4 : own.conditionsV6),
  };
}

/** The chain that marks what has to be masqueraded; undefined: nothing is. */
export function setMarkChainOf({ snat, externalSetMarkChain }: PortmapConf): string | undefined {
  return snat ? (externalSetMarkChain ?? SET_MARK_CHAIN) : undefined;
}

function readEntry(entry: Decoded): PortMapping {
  const port = (value: unknown): number => (typeof value === 'number' ? value : 0);
  const [containerPort, hostPort] = [port(entry.containerPort), port(entry.hostPort)];
  if (containerPort <= 0) throw new PluginFailure(`Invalid container port number: ${containerPort}`);
  if (hostPort <= 0) throw new PluginFailure(`Invalid host port number: ${hostPort}`);
  const protocol = TRANSPORTS.find((name) => name === String(entry.protocol ?? '').toLowerCase());
  if (protocol === undefined) throw new PluginFailure(`iptables knows no ports of protocol ${entry.protocol ?? ''}`);
  const hostIp = typeof entry.hostIP === 'string' ? parseIpAddress(entry.hostIP) : undefined;
  return { protocol, hostPort, containerPort, hostIp };
}

function addressesOf(result: CniResult, ifName: string): readonly IpPrefix[] {
  const found = new Map<string, IpPrefix>();
  for (const ip of result.ips) {
    const family = familyOf(ip.address.address);
    const told = ip.interface === undefined ? undefined : result.interfaces[ip.interface];
    const isOther = told !== undefined && (told.name !== ifName || told.sandbox === '');
    if (!found.has(family) && !isOther) found.set(family, ip.address);
  }
  return (['IPv4', 'IPv6'] as const).flatMap((family) => found.get(family) ?? []);
}

/** Such words of the iptables command as are of use here: `-s`, `-d`, `-i`, each with or without `!` before it. */
function readConditions(value: unknown): readonly Match[] {
  const words = Array.isArray(value) ? [...(value as readonly string[])] : [];
  const matches: Match[] = [];
  while (words.length > 0) {
    const negate = words[0] === '!';
    if (negate) words.shift();
    const [option, argument] = words.splice(0, 2);
    const prefix = parseIpPrefix(argument ?? '') ?? parseIpPrefix(`${argument}/32`);
    if ((option === '-s' || option === '-d') && prefix) {
      matches.push({ type: option === '-s' ? 'source' : 'destination', prefix, ...(negate && { negate }) });
    } else if (option === '-i' && argument !== undefined) {
      matches.push({ type: 'inInterface', name: argument, ...(negate && { negate }) });
    } else throw new PluginFailure(`conditions other than -s, -d and -i are not simulated: ${option ?? ''}`);
  }
  return matches;
}
