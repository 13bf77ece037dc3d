import type { Match } from '../../../../datamodel/network/netfilter.ts';
import { familyOf, hostPrefix, type IpPrefix } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { ACCEPT, comment, DROP, destination, jump, protocol, RETURN, source } from '../../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule, type TableChanges } from '../../netfilter/tableChanges.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { cloudInterfaces } from './cloudInterfaces.ts';
import { underlayPort } from './underlayPort.ts';

const OWNER = 'cloud';
const SOURCE_CHECK = 'SOURCE-CHECK';
const DESTINATION_CHECK = 'DESTINATION-CHECK';
const PROTOCOLS = 'PROTOCOLS';
const PASSED = ['tcp', 'udp', 'icmp'] as const;

/**
 * The source/destination check of every instance's NIC, and the protocols that the cloud carries. What an instance sends is
 * checked before it is routed anywhere.
 */
export function vpcFilter(plan: ClusterPlan): readonly TableChanges[] {
  const { settings, network } = plan;
  const checks = settings.underlayOptions?.sourceDestinationCheck !== false && network.cloud?.checksOff !== true;
  const sources = new ChainWriter(OWNER, 'raw');
  const writer = new ChainWriter(OWNER, 'filter');
  const cards = [
    ...[...plan.nodes.values()].map((node) => ({
      name: node.node.metadata.name,
      own: [...ownAddresses(node), ...(network.cloud?.addresses.get(node.node.metadata.name) ?? [])],
    })),
    ...cloudInterfaces(plan).map(({ node, device, address, secondary }) => ({
      name: `${node.node.metadata.name}-${device}`,
      own: [hostPrefix(address), ...secondary],
    })),
  ];
  for (const { name, own } of checks ? cards : []) {
    const device = underlayPort(name);
    const whose = comment(`source/destination check of ${name}`);
    const from: Match = { type: 'inInterface', name: device };
    const to: Match = { type: 'outInterface', name: device };
    for (const prefix of own) sources.add(SOURCE_CHECK, [source(prefix), from], RETURN);
    sources.add(SOURCE_CHECK, [from, whose], DROP);
    for (const prefix of own) writer.add(DESTINATION_CHECK, [destination(prefix), to], RETURN);
    writer.add(DESTINATION_CHECK, [to, whose], DROP);
  }
  for (const name of PASSED) writer.add(PROTOCOLS, [protocol(name)], ACCEPT);
  writer.add(PROTOCOLS, [comment('the cloud carries TCP, UDP and ICMP')], DROP);
  const filter: TableChanges = {
    table: 'filter',
    chains: writer.chains(),
    jumps: writer.chains().map(({ name: chain }) => jumpTo('filter', 'FORWARD', chain)),
  };
  if (!checks) return [filter];
  return [{ table: 'raw', chains: sources.chains(), jumps: [jumpTo('raw', 'PREROUTING', SOURCE_CHECK)] }, filter];
}

function jumpTo(table: 'raw' | 'filter', hook: 'PREROUTING' | 'FORWARD', chain: string): Jump {
  return { hook, place: 'append', rule: makeRule(OWNER, table, hook, [], jump(chain)) };
}

function ownAddresses({ node }: NodePlan): readonly IpPrefix[] {
  return node.internalIps.filter((address) => familyOf(address) === 'IPv4').map(hostPrefix);
}
