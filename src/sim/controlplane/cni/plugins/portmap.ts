import { familyOf, type IpPrefix } from '../../../../wire/address.ts';
import { IptablesTable } from '../node/iptables.ts';
import {
  DNAT_CHAIN,
  DNAT_ENTRY,
  MASQUERADE_CHAIN,
  MASQUERADE_ENTRY,
  type MappedSandbox,
  masqueradeRule,
  portmapChainName,
  SET_MARK_CHAIN,
  sandboxEntries,
  sandboxRules,
  setMarkRule,
} from '../portmapRules.ts';
import { PluginFailure } from '../spec/cniError.ts';
import { wrapped } from '../spec/netConf.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { type PortmapConf, readPortmapConf, setMarkChainOf } from './portmapConf.ts';
import { printResult } from './prevResult.ts';
import { allVersions } from './versions.ts';

type Family = 'IPv4' | 'IPv6';
const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** Maps ports of the node to the Pod (plugins/meta/portmap). A chained plugin: it needs to know the Pod's addresses. */
export const PORTMAP_PLUGIN: Plugin = { name: 'portmap', versions: allVersions, add, del, check };

function add(args: PluginArgs, context: PluginContext): string {
  const config = wrapped('failed to parse config: ', () => readPortmapConf(args));
  const { before, conf } = config;
  if (before === undefined) throw new PluginFailure('must be called as chained plugin');
  if (config.ports.length > 0) for (const address of config.addresses) forward(config, address, args, context);
  return printResult(before, conf.cniVersion);
}

function forward(config: PortmapConf, address: IpPrefix, args: PluginArgs, { node }: PluginContext): void {
  const { host } = node;
  const family = familyOf(address.address);
  const nat = tableOf(family, node);
  const mapped = mappedSandbox(config, address, args);
  if (config.snat && config.externalSetMarkChain === undefined) {
    nat.append(SET_MARK_CHAIN, setMarkRule(config.markBit));
    nat.append(MASQUERADE_CHAIN, masqueradeRule(config.markBit));
    nat.insert('POSTROUTING', MASQUERADE_ENTRY);
  }
  if (config.snat && family === 'IPv4') {
    const device = host.deviceTowards(address.address);
    // So that 127.0.0.1 on the node can be forwarded to the Pod.
    if (device !== undefined) host.setSysctl(`net.ipv4.conf.${device}.route_localnet`, '1');
  }
  nat.ensure(DNAT_CHAIN);
  for (const hook of ['PREROUTING', 'OUTPUT']) nat.append(hook, DNAT_ENTRY);
  const chain = portmapChainName(mapped.network, mapped.sandbox);
  nat.ensure(chain);
  for (const rule of sandboxRules(mapped)) nat.append(chain, rule);
  for (const rule of sandboxEntries(mapped)) nat.append(DNAT_CHAIN, rule);
}

function del(args: PluginArgs, { node }: PluginContext): string {
  const { conf, ports } = wrapped('failed to parse config: ', () => readPortmapConf(args));
  if (ports.length === 0) return '';
  const chain = portmapChainName(conf.name, args.containerId);
  for (const family of FAMILIES) {
    const nat = tableOf(family, node);
    if (!nat.has(chain)) continue;
    nat.deleteJumps(DNAT_CHAIN, chain);
    nat.remove(chain);
  }
  return '';
}

/** Release 1.1.1 looks for the rules of every address in the tables of both families. */
function check(args: PluginArgs, { node, release }: PluginContext): string {
  const config = readPortmapConf(args);
  if (config.before === undefined) throw new PluginFailure('Required prevResult missing');
  if (config.ports.length === 0) return '';
  for (const address of config.addresses) {
    const own = familyOf(address.address);
    for (const family of release.plugins === '1.1.1' ? FAMILIES : [own]) {
      wrapped(`could not check ${family === 'IPv4' ? 'ipv4' : 'ipv6'} dnat: `, () =>
        checkChain(tableOf(family, node), mappedSandbox(config, address, args)),
      );
    }
  }
  return '';
}

function checkChain(nat: IptablesTable, mapped: MappedSandbox): void {
  const chain = portmapChainName(mapped.network, mapped.sandbox);
  if (!nat.has(chain)) throw new PluginFailure(`chain ${chain} not found in iptables table nat`);
  const [rules, entries] = [sandboxRules(mapped), sandboxEntries(mapped)];
  if (rules.some((rule) => !nat.holds(chain, rule))) {
    throw new PluginFailure(`rule ${goWords(rules.map(ruleWords))} in chain ${chain} not found in table nat`);
  }
  if (entries.some((rule) => !nat.holds(DNAT_CHAIN, rule))) {
    const words = goWords(entries.map((entry) => entryWords(entry, mapped)));
    throw new PluginFailure(`rule ${words} in chain ${DNAT_CHAIN} not found in table nat`);
  }
}

/** A rule's words as the plugin would put them on a command line. */
function ruleWords({ matches, target }: ReturnType<typeof sandboxRules>[number]): readonly string[] {
  const words: string[] = [];
  for (const match of matches) if (match.type === 'protocol') words.push('-p', String(match.protocol));
  for (const match of matches) {
    if (match.type === 'transport' && match.destination) words.push('--dport', String(match.destination.from));
  }
  for (const match of matches) if (match.type === 'destination') words.push('-d', match.prefix.address);
  for (const match of matches) {
    if (match.type !== 'source') continue;
    const { address, length } = match.prefix;
    words.push('-s', address === '127.0.0.1' ? address : `${address}/${length}`);
  }
  if (target.type === 'jump') words.push('-j', target.chain);
  if (target.type === 'DNAT') {
    const host = familyOf(target.address ?? ('' as never)) === 'IPv6' ? `[${target.address}]` : target.address;
    words.push('-j', 'DNAT', '--to-destination', `${host}:${target.ports?.from}`);
  }
  return words;
}

function entryWords({ matches }: ReturnType<typeof sandboxEntries>[number], mapped: MappedSandbox): readonly string[] {
  const note = `dnat name: "${mapped.network}" id: "${mapped.sandbox}"`;
  const words = ['-m', 'comment', '--comment', note, '-m', 'multiport'];
  for (const match of matches) if (match.type === 'protocol') words.push('-p', String(match.protocol));
  for (const match of matches) {
    if (match.type !== 'multiport') continue;
    words.push('--destination-ports', match.destination.map(({ from }) => from).join(','));
  }
  return words;
}

/** [][]string as Go's %s writes it. */
function goWords(rules: readonly (readonly string[])[]): string {
  return `[${rules.map((words) => `[${words.join(' ')}]`).join(' ')}]`;
}

function mappedSandbox(config: PortmapConf, address: IpPrefix, { containerId }: PluginArgs): MappedSandbox {
  return {
    network: config.conf.name,
    sandbox: containerId,
    address,
    ports: config.ports,
    setMarkChain: setMarkChainOf(config),
    conditions: config.conditions(familyOf(address.address)),
  };
}

function tableOf(family: Family, node: PluginContext['node']): IptablesTable {
  return new IptablesTable(node.host, family === 'IPv4' ? 'ipv4' : 'ipv6', 'nat');
}
