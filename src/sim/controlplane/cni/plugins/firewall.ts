import { familyOf, hostPrefix, type IpAddress } from '../../../../wire/address.ts';
import { ACCEPT, comment, conntrackState, destination, jump, source } from '../../netfilter/match.ts';
import type { CniNode } from '../node/cniNode.ts';
import { IptablesTable, type RuleSpec } from '../node/iptables.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniResult } from '../spec/cniResult.ts';
import { type NetConf, readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { converted, prevResultOf, printResult } from './prevResult.ts';
import { versionsFrom } from './versions.ts';

/** Lets a Pod's traffic through FORWARD (plugins/meta/firewall, with iptables: firewalld does not run here). */
export const FIREWALL_PLUGIN: Plugin = { name: 'firewall', versions: versionsFrom('0.4.0'), add, del, check };

interface FirewallConf {
  readonly conf: NetConf;
  readonly before: CniResult | undefined;
  readonly adminChain: string;
}

const FIELDS = {
  backend: 'string',
  iptablesAdminChainName: 'string',
  firewalldZone: 'string',
  ingressPolicy: 'string',
} as const;
const CHAIN = 'CNI-FORWARD';
const DEFAULT_ADMIN_CHAIN = 'CNI-ADMIN';
const ENTRY: RuleSpec = { matches: [comment('CNI firewall plugin rules')], target: jump(CHAIN) };
const ENTRY_WORDS = `[-m comment --comment CNI firewall plugin rules -j ${CHAIN}]`;

function readConf({ stdin }: PluginArgs): FirewallConf {
  const conf = wrapped('failed to load netconf: ', () => readNetConf(readStdin(stdin, ''), 'FirewallNetConf', FIELDS));
  const { iptablesAdminChainName: admin, ingressPolicy, backend } = conf.own;
  if (backend === 'firewalld') throw new PluginFailure('could not initialize firewalld: it does not run here');
  if (ingressPolicy !== undefined && ingressPolicy !== '' && ingressPolicy !== 'open') {
    throw new PluginFailure(`ingress policies other than open are not simulated: ${ingressPolicy}`);
  }
  return {
    conf,
    before: wrapped('could not parse prevResult: ', () => prevResultOf(conf)),
    adminChain: typeof admin === 'string' && admin !== '' ? admin : DEFAULT_ADMIN_CHAIN,
  };
}

function add(args: PluginArgs, { node }: PluginContext): string {
  const { conf, before, adminChain } = readConf(args);
  if (before === undefined) throw new PluginFailure('missing prevResult from earlier plugin');
  for (const { table, rules } of rulesOf(before, node)) {
    for (const chain of [CHAIN, adminChain]) table.ensure(chain);
    table.insert('FORWARD', ENTRY);
    table.insert(CHAIN, adminEntry(adminChain));
    for (const { rule } of rules) table.append(CHAIN, rule);
  }
  return printResult(converted(before), conf.cniVersion);
}

function del(args: PluginArgs, { node }: PluginContext): string {
  const { before } = readConf(args);
  if (before === undefined) return '';
  for (const { table, rules } of rulesOf(before, node)) for (const { rule } of rules) table.delete(CHAIN, rule);
  return '';
}

function check(args: PluginArgs, { node }: PluginContext): string {
  const { before, adminChain } = readConf(args);
  if (before === undefined) throw new PluginFailure('missing prevResult from earlier plugin');
  for (const { table, rules } of rulesOf(before, node)) {
    for (const chain of [CHAIN, adminChain]) table.ensure(chain);
    if (!table.holds('FORWARD', ENTRY)) throw new PluginFailure(`expected FORWARD rule ${ENTRY_WORDS} not found`);
    if (!table.holds(CHAIN, adminEntry(adminChain))) {
      const words = `[-m comment --comment CNI firewall plugin admin overrides -j ${adminChain}]`;
      throw new PluginFailure(`expected ${CHAIN} rule ${words} not found`);
    }
    const missing = rules.find(({ rule }) => !table.holds(CHAIN, rule));
    if (missing) throw new PluginFailure(`expected rule [${missing.words}] not found`);
  }
  return '';
}

interface WordedRule {
  readonly rule: RuleSpec;
  /** As on a command line. */
  readonly words: string;
}

function rulesOf(
  { ips }: CniResult,
  node: CniNode,
): readonly { readonly table: IptablesTable; readonly rules: readonly WordedRule[] }[] {
  return (['IPv4', 'IPv6'] as const).flatMap((family) => {
    const own = ips.filter(({ address }) => familyOf(address.address) === family);
    if (own.length === 0) return [];
    const table = new IptablesTable(node.host, family === 'IPv4' ? 'ipv4' : 'ipv6', 'filter');
    return [{ table, rules: own.flatMap(({ address }) => rulesFor(address.address)) }];
  });
}

function rulesFor(address: IpAddress): readonly WordedRule[] {
  const prefix = hostPrefix(address);
  const text = `${prefix.address}/${prefix.length}`;
  return [
    {
      rule: { matches: [destination(prefix), conntrackState('RELATED', 'ESTABLISHED')], target: ACCEPT },
      words: `-d ${text} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    },
    { rule: { matches: [source(prefix)], target: ACCEPT }, words: `-s ${text} -j ACCEPT` },
  ];
}

function adminEntry(chain: string): RuleSpec {
  return { matches: [comment('CNI firewall plugin admin overrides')], target: jump(chain) };
}
