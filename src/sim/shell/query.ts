import { assertUnreachable } from '../../base/assertUnreachable.ts';
import type { LinkFilter, Query } from '../../commands/parsedCommand.ts';
import type { CommandOutput } from '../../datamodel/cluster/answer.ts';
import type { PrintedLine } from '../../datamodel/cluster/printed.ts';
import type { Link } from '../../datamodel/network/link.ts';
import type { NetfilterTable, TableName } from '../../datamodel/network/netfilter.ts';
import type { InterfaceAddress } from '../../datamodel/network/tables.ts';
import { printBpfCtList } from '../../print/bpfCtList.ts';
import { printBpfEndpointList } from '../../print/bpfEndpointList.ts';
import { printBpfIpcacheList } from '../../print/bpfIpcacheList.ts';
import { printBpfLbList } from '../../print/bpfLbList.ts';
import { printBpfNatList } from '../../print/bpfNatList.ts';
import { printBridgeFdb } from '../../print/bridgeFdb.ts';
import { printCalicoConntrack } from '../../print/calicoConntrack.ts';
import { printCalicoNat } from '../../print/calicoNat.ts';
import { printCalicoRoutes } from '../../print/calicoRoutes.ts';
import { printConntrackEntry } from '../../print/conntrackL.ts';
import { endpointMapsOf } from '../../print/endpointMaps.ts';
import { type AddressFilter, printIpAddr, printIpAddrBrief } from '../../print/ipAddr.ts';
import { printBridgeLink, printIpLink, printIpLinkBrief } from '../../print/ipLink.ts';
import { printIpNeigh } from '../../print/ipNeigh.ts';
import { printIpRule } from '../../print/ipRule.ts';
import { printIptablesList } from '../../print/iptablesList.ts';
import { printIptablesRules } from '../../print/iptablesRules.ts';
import { printIptablesSave, printTable } from '../../print/iptablesSave.ts';
import { prefixContains } from '../../wire/address.ts';
import { isMeant } from '../linux/configure/conntrack.ts';
import type { NetnsState } from '../linux/configure/netnsState.ts';
import { emptyTable } from '../linux/configure/rules.ts';
import { failed, printed } from './output.ts';
import { routeGet } from './routeGet.ts';
import { listRoutes } from './routeList.ts';
import { readSysctls } from './sysctlRead.ts';

type QueryOf<T extends Query['type']> = Extract<Query, { readonly type: T }>;

/** Answers what a tool was asked to show. @param now virtual nanoseconds. */
export function runQuery(query: Query, state: NetnsState, now: number): CommandOutput {
  switch (query.type) {
    case 'addresses':
      return addresses(query, state);
    case 'links':
      return links(query, state);
    case 'routes':
      return listRoutes(query.selector, state);
    case 'policyRules':
      return printed(printIpRule(state.netns));
    case 'routeGet':
      return routeGet(query, state, now);
    case 'neighbors':
      return neighbors(query, state);
    case 'fdb':
      return fdb(query, state);
    case 'bridgeLinks':
      return bridgeLinks(query, state);
    case 'sysctl':
      return readSysctls(query, state);
    case 'iptablesSave':
      return printed(savedTables(query, state));
    case 'ebpfMap':
      return ebpfMap(query, state, now);
    case 'rules':
    case 'ruleList':
      return rules(query, state);
    case 'conntrack':
      return connections(query, state, now);
    case 'conntrackCount':
      return printed([{ text: String(state.runtime.conntrack.length) }]);
    default:
      return assertUnreachable(query);
  }
}

function hasLink(state: NetnsState, name: string): boolean {
  return state.netns.links.some((link) => link.name === name);
}

/** @returns a complaint when a device that was named is not there. */
function missing(filter: LinkFilter, state: NetnsState): CommandOutput | undefined {
  const { dev, master } = filter;
  if (master !== undefined && !hasLink(state, master))
    return failed(`Error: argument "${master}" is wrong: Device does not exist\n`, 255);
  return dev !== undefined && !hasLink(state, dev) ? failed(`Device "${dev}" does not exist.`, 1) : undefined;
}

function shows(filter: LinkFilter): (link: Link) => boolean {
  return (link) =>
    (filter.dev === undefined || link.name === filter.dev) &&
    (filter.up === undefined || link.up) &&
    (filter.master === undefined || link.port?.bridge === filter.master) &&
    (filter.kind === undefined ||
      link.kind === filter.kind ||
      (filter.kind === 'bridge_slave' && link.port !== undefined));
}

function addresses({ filter, to, scope }: QueryOf<'addresses'>, state: NetnsState): CommandOutput {
  const complaint = missing(filter, state);
  if (complaint) return complaint;
  const takes = (address: InterfaceAddress): boolean =>
    (to === undefined || prefixContains(to, address.address)) && (scope === undefined || address.scope === scope);
  const chosen: AddressFilter = {
    link: shows(filter),
    ...((to || scope) && { address: takes }),
    ...(filter.inet && { inetOnly: true }),
  };
  return printed(filter.brief ? printIpAddrBrief(state.netns, chosen) : printIpAddr(state.netns, chosen));
}

function links({ filter }: QueryOf<'links'>, state: NetnsState): CommandOutput {
  const print = filter.brief ? printIpLinkBrief : printIpLink;
  return missing(filter, state) ?? printed(print(state.netns, shows(filter)));
}

function neighbors({ dev, to, states }: QueryOf<'neighbors'>, { netns, runtime }: NetnsState): CommandOutput {
  if (dev !== undefined && !netns.links.some((link) => link.name === dev))
    return failed(`Cannot find device "${dev}"`, 1);
  const lines = printIpNeigh(
    netns,
    runtime,
    (entry) =>
      states.includes(entry.state) &&
      (dev === undefined || entry.dev === dev) &&
      (to === undefined || prefixContains(to, entry.address)),
    dev === undefined,
  );
  return printed(lines);
}

function fdb({ dev, bridge }: QueryOf<'fdb'>, state: NetnsState): CommandOutput {
  if (bridge !== undefined && !hasLink(state, bridge)) return failed(`Cannot find bridge device "${bridge}"`, 255);
  if (dev !== undefined && !hasLink(state, dev)) return failed(`Cannot find device "${dev}"`, 255);
  const { netns, runtime } = state;
  const lines = printBridgeFdb(
    netns,
    runtime,
    (link) =>
      (dev === undefined || link.name === dev) &&
      (bridge === undefined || link.name === bridge || link.port?.bridge === bridge),
  );
  return printed(
    dev === undefined ? lines : lines.map((line) => ({ ...line, text: line.text.replace(` dev ${dev}`, '') })),
  );
}

function bridgeLinks({ dev, details }: QueryOf<'bridgeLinks'>, state: NetnsState): CommandOutput {
  if (dev !== undefined && !hasLink(state, dev)) return failed(`Cannot find device "${dev}"`, 255);
  return printed(printBridgeLink(state.netns, details, (link) => dev === undefined || link.name === dev));
}

function tableOf({ netns }: NetnsState, name: TableName): NetfilterTable | undefined {
  return netns.netfilter.find((table) => table.family === 'ipv4' && table.name === name);
}

/** Where nothing of Cilium, or of Felix, is attached there is no agent to ask. */
function ebpfMap({ map }: QueryOf<'ebpfMap'>, { netns, runtime }: NetnsState, now: number): CommandOutput {
  const isCalico = map === 'calicoNat' || map === 'calicoRoutes' || map === 'calicoConntrack';
  if (isCalico !== (endpointMapsOf(netns) !== undefined) || !netns.ebpf) {
    return failed(`bash: ${isCalico ? 'calico-node' : 'cilium'}: command not found`, 127);
  }
  switch (map) {
    case 'lb':
      return printed(printBpfLbList(netns));
    case 'ct':
      return printed(printBpfCtList(runtime, now));
    case 'ipcache':
      return printed(printBpfIpcacheList(netns));
    case 'endpoint':
      return printed(printBpfEndpointList(netns));
    case 'nat':
      return printed(printBpfNatList(runtime, now));
    case 'calicoNat':
      return printed(printCalicoNat(netns));
    case 'calicoRoutes':
      return printed(printCalicoRoutes(netns));
    case 'calicoConntrack':
      return printed(printCalicoConntrack(runtime, now));
    default:
      return assertUnreachable(map);
  }
}

function savedTables({ table: name }: QueryOf<'iptablesSave'>, state: NetnsState): readonly PrintedLine[] {
  if (name === undefined) return printIptablesSave(state.netns);
  return printTable(tableOf(state, name) ?? emptyTable(name));
}

function rules(query: QueryOf<'rules'> | QueryOf<'ruleList'>, state: NetnsState): CommandOutput {
  const { table: name, chain, position } = query;
  const table = tableOf(state, name) ?? emptyTable(name);
  if (chain !== undefined && !table.chains.some((each) => each.name === chain)) {
    const text = `chain \`${chain}' in table \`${name}' is incompatible, use 'nft' tool.`;
    return failed(`iptables v1.8.9 (nf_tables): ${text}`, 1);
  }
  return printed(
    query.type === 'rules'
      ? printIptablesRules(table, chain, position)
      : printIptablesList(table, query, chain, position),
  );
}

function connections({ filter, extended }: QueryOf<'conntrack'>, { runtime }: NetnsState, now: number): CommandOutput {
  const meant = runtime.conntrack.filter((entry) => entry.expires > now && isMeant(entry, filter));
  const lines = meant.map((entry) => ({
    text: connectionText(printConntrackEntry(entry, now), extended),
    entry: entry.id,
  }));
  return printed(lines, `conntrack v1.4.7 (conntrack-tools): ${lines.length} flow entries have been shown.`);
}

/** Without `-o extended` the layer 3 protocol goes without saying. */
export function connectionText(line: string, extended: boolean): string {
  return extended ? line : line.replace(/^ipv\d +\d+ /, '');
}
