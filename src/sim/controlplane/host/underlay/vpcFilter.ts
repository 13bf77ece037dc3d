import type { Match } from '../../../../datamodel/network/netfilter.ts';
import { familyOf, hostPrefix, type IpPrefix } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { ACCEPT, comment, DROP, destination, jump, protocol, RETURN, source } from '../../netfilter/match.ts';
import { ChainWriter, makeRule, type TableChanges } from '../../netfilter/tableChanges.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { underlayPort } from './underlayPort.ts';

const OWNER = 'cloud';
const SOURCE_CHECK = 'SOURCE-CHECK';
const DESTINATION_CHECK = 'DESTINATION-CHECK';
const PROTOCOLS = 'PROTOCOLS';
const PASSED = ['tcp', 'udp', 'icmp'] as const;

/** The source/destination check of every instance's NIC, and the protocols that the cloud carries. */
export function vpcFilter(plan: ClusterPlan): TableChanges {
  const writer = new ChainWriter(OWNER, 'filter');
  const { settings, network } = plan;
  const checks = settings.underlayOptions?.sourceDestinationCheck !== false && network.cloud?.checksOff !== true;
  if (checks) {
    for (const node of plan.nodes.values()) {
      const { name } = node.node.metadata;
      const own = [...ownAddresses(node), ...(network.cloud?.addresses.get(name) ?? [])];
      const device = underlayPort(name);
      const whose = comment(`source/destination check of ${name}`);
      const from: Match = { type: 'inInterface', name: device };
      const to: Match = { type: 'outInterface', name: device };
      for (const prefix of own) writer.add(SOURCE_CHECK, [source(prefix), from], RETURN);
      writer.add(SOURCE_CHECK, [from, whose], DROP);
      for (const prefix of own) writer.add(DESTINATION_CHECK, [destination(prefix), to], RETURN);
      writer.add(DESTINATION_CHECK, [to, whose], DROP);
    }
  }
  for (const name of PASSED) writer.add(PROTOCOLS, [protocol(name)], ACCEPT);
  writer.add(PROTOCOLS, [comment('the cloud carries TCP, UDP and ICMP')], DROP);
  const chains = checks ? [SOURCE_CHECK, DESTINATION_CHECK, PROTOCOLS] : [PROTOCOLS];
  return {
    table: 'filter',
    chains: writer.chains(),
    jumps: chains.map((chain) => ({
      hook: 'FORWARD',
      place: 'append',
      rule: makeRule(OWNER, 'filter', 'FORWARD', [], jump(chain)),
    })),
  };
}

function ownAddresses({ node }: NodePlan): readonly IpPrefix[] {
  return node.internalIps.filter((address) => familyOf(address) === 'IPv4').map(hostPrefix);
}
