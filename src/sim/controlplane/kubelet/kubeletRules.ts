import type { NetfilterTable, TableName } from '../../../datamodel/network/netfilter.ts';
import { ipPrefix } from '../../../wire/address.ts';
import { comment, DROP, destination, jump, notConntrackState, notSource } from '../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule, type TableChanges } from '../netfilter/tableChanges.ts';
import type { NetnsParts } from '../netnsParts.ts';

const LOOPBACK = ipPrefix('127.0.0.0/8');
const CANARY = 'KUBE-KUBELET-CANARY';
const FIREWALL = 'KUBE-FIREWALL';
const TABLES: readonly TableName[] = ['mangle', 'filter', 'nat'];

/**
 * kubelet's own iptables chains (pkg/kubelet/kubelet_network_linux.go): canaries, by which it notices that somebody flushed
 * the tables, and protection of what listens on the node's loopback, which route_localnet would open to neighbours.
 */
export function kubeletRules(): NetnsParts {
  // IPv6 has no route_localnet: there is nothing to protect, and the canaries are all there is.
  const ipv6 = TABLES.map((table) => canaryOnly(table, 'ipv6'));
  return { tables: [canaryOnly('mangle'), firewall(), canaryOnly('nat'), ...ipv6] };
}

function firewall(): TableChanges {
  const filter = new ChainWriter('kubelet', 'filter');
  filter.declare(CANARY);
  filter.add(
    FIREWALL,
    [
      notSource(LOOPBACK),
      destination(LOOPBACK),
      comment('block incoming localnet connections'),
      notConntrackState('RELATED', 'ESTABLISHED', 'DNAT'),
    ],
    DROP,
  );
  const jumps = (['INPUT', 'OUTPUT'] as const).map(
    (hook): Jump => ({ hook, place: 'insert', rule: makeRule('kubelet', 'filter', hook, [], jump(FIREWALL)) }),
  );
  return { table: 'filter', chains: filter.chains(), jumps };
}

function canaryOnly(table: TableName, family: NetfilterTable['family'] = 'ipv4'): TableChanges {
  const writer = new ChainWriter('kubelet', table, family);
  writer.declare(CANARY);
  return { family, table, chains: writer.chains(), jumps: [] };
}
