import type { Hook, Match, NetfilterTable, TableName } from '../../../../datamodel/network/netfilter.ts';
import { familyOf, hostPrefix, type IpAddress, ipPrefix, prefixContains } from '../../../../wire/address.ts';
import {
  ACCEPT,
  comment,
  conntrackState,
  DROP,
  destinationAddress,
  destinationType,
  flipMark,
  jump,
  mark,
  masquerade,
  notDestination,
  notMark,
  RETURN,
  setMark,
} from '../../netfilter/match.ts';
import { type ChainWriter, type Jump, makeRule } from '../../netfilter/tableChanges.ts';
import type { ProxyConfig, ProxyNode } from './proxyConfig.ts';

const NEW: readonly Match[] = [conntrackState('NEW')];
const LOOPBACK = { IPv4: ipPrefix('127.0.0.0/8'), IPv6: ipPrefix('::1/128') };

/** In upstream's order; each is inserted before those already there, so the last comes first in the table. */
const JUMPS: readonly (readonly [TableName, chain: string, Hook, text: string, readonly Match[]])[] = [
  ['filter', 'KUBE-EXTERNAL-SERVICES', 'INPUT', 'kubernetes externally-visible service portals', NEW],
  ['filter', 'KUBE-EXTERNAL-SERVICES', 'FORWARD', 'kubernetes externally-visible service portals', NEW],
  ['filter', 'KUBE-NODEPORTS', 'INPUT', 'kubernetes health check service ports', []],
  ['filter', 'KUBE-SERVICES', 'FORWARD', 'kubernetes service portals', NEW],
  ['filter', 'KUBE-SERVICES', 'OUTPUT', 'kubernetes service portals', NEW],
  ['filter', 'KUBE-FORWARD', 'FORWARD', 'kubernetes forwarding rules', []],
  ['filter', 'KUBE-PROXY-FIREWALL', 'INPUT', 'kubernetes load balancer firewall', NEW],
  ['filter', 'KUBE-PROXY-FIREWALL', 'OUTPUT', 'kubernetes load balancer firewall', NEW],
  ['filter', 'KUBE-PROXY-FIREWALL', 'FORWARD', 'kubernetes load balancer firewall', NEW],
  ['nat', 'KUBE-SERVICES', 'OUTPUT', 'kubernetes service portals', []],
  ['nat', 'KUBE-SERVICES', 'PREROUTING', 'kubernetes service portals', []],
  ['nat', 'KUBE-POSTROUTING', 'POSTROUTING', 'kubernetes postrouting rules', []],
];

/** The jumps from one table's built-in chains into kube-proxy's. */
export function proxyJumps(table: TableName, family: NetfilterTable['family']): readonly Jump[] {
  return JUMPS.filter(([where]) => where === table).map(([, chain, hook, text, matches]) => ({
    hook,
    place: 'insert',
    rule: makeRule('kube-proxy', table, hook, [...matches, comment(text)], jump(chain), family),
  }));
}

/** The chains every node has, whatever its Services. The masquerade mark is taken off lest a second pass see it again. */
export function writeCommonRules(nat: ChainWriter, filter: ChainWriter, config: ProxyConfig): void {
  const { masqueradeMark } = config;
  nat.declare('KUBE-PROXY-CANARY', 'KUBE-SERVICES', 'KUBE-NODEPORTS');
  nat.add('KUBE-POSTROUTING', [notMark(masqueradeMark)], RETURN);
  nat.add('KUBE-POSTROUTING', [], flipMark(masqueradeMark));
  const requiringSnat = comment('kubernetes service traffic requiring SNAT');
  nat.add('KUBE-POSTROUTING', [requiringSnat], masquerade(config.randomFully));
  nat.add('KUBE-MARK-MASQ', [], setMark(masqueradeMark));

  filter.declare(
    'KUBE-PROXY-CANARY',
    'KUBE-SERVICES',
    'KUBE-EXTERNAL-SERVICES',
    'KUBE-NODEPORTS',
    'KUBE-PROXY-FIREWALL',
  );
  // Spares connections a RST over packets that arrived late (kubernetes#74839).
  filter.add('KUBE-FORWARD', [conntrackState('INVALID')], DROP);
  filter.add('KUBE-FORWARD', [comment('kubernetes forwarding rules'), mark(masqueradeMark)], ACCEPT);
  const established = conntrackState('RELATED', 'ESTABLISHED');
  filter.add('KUBE-FORWARD', [comment('kubernetes forwarding conntrack rule'), established], ACCEPT);
}

/** The way to the node ports, behind all Services: by default from every address of the node. */
export function writeNodePortJumps(nat: ChainWriter, config: ProxyConfig, node: ProxyNode): void {
  const note = comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain');
  const target = jump('KUBE-NODEPORTS');
  const loopback = LOOPBACK[config.family];
  const onLocalhost = config.family === 'IPv4' && config.localhostNodePorts;
  const wanted = config.nodePortPrimary
    ? [hostPrefix(node.nodeIp)]
    : config.nodePortAddresses.filter((prefix) => familyOf(prefix.address) === config.family);
  if (wanted.length === 0 || wanted.some((prefix) => prefix.length === 0)) {
    const elsewhere = onLocalhost ? [] : [notDestination(loopback)];
    nat.add('KUBE-SERVICES', [...elsewhere, note, destinationType('LOCAL')], target);
    return;
  }
  const here = (address: IpAddress): boolean =>
    wanted.some((prefix) => prefixContains(prefix, address)) && (onLocalhost || !prefixContains(loopback, address));
  for (const address of node.localAddresses.filter(here)) {
    nat.add('KUBE-SERVICES', [destinationAddress(address), note], target);
  }
}
