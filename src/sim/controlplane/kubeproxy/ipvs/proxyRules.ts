import type { Hook, Match, NetfilterTable, TableName, TransportName } from '../../../../datamodel/network/netfilter.ts';
import { ipPrefix } from '../../../../wire/address.ts';
import {
  ACCEPT,
  comment,
  conntrackState,
  DROP,
  destinationType,
  flipMark,
  ipvsVirtual,
  jump,
  mark,
  masquerade,
  matchSet,
  notMark,
  notPhysdevIn,
  notSource,
  notSourceType,
  protocol,
  REJECT,
  REJECT_IPV6,
  RETURN,
  setMark,
  source,
  sourceAddress,
} from '../../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule, type TableChanges } from '../../netfilter/tableChanges.ts';
import { type ProxyNode, tableFamily } from '../iptables/proxyConfig.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import type { IpvsProxyConfig } from './ipvsProxyConfig.ts';
import { admitsNode, isFilled, type SetMembers } from './proxySets.ts';
import { kernelSetName, type SetName, setComment } from './setNames.ts';

const OWNER = 'kube-proxy';
const LOOPBACK = { IPv4: ipPrefix('127.0.0.0/8'), IPv6: ipPrefix('::1/128') };

/** In upstream's order; each is inserted before those already there (iptablesJumpChain). */
const JUMPS: readonly (readonly [TableName, Hook, chain: string, text: string])[] = [
  ['nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals'],
  ['nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals'],
  ['nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules'],
  ['filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules'],
  ['filter', 'INPUT', 'KUBE-NODE-PORT', 'kubernetes health check rules'],
  ['filter', 'INPUT', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'],
  ['filter', 'FORWARD', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'],
  ['filter', 'INPUT', 'KUBE-IPVS-FILTER', 'kubernetes ipvs access filter'],
  ['filter', 'OUTPUT', 'KUBE-IPVS-OUT-FILTER', 'kubernetes ipvs access filter'],
];

/** Everything the rules follow from; their number does not depend on that of the Services. */
interface Context {
  readonly config: IpvsProxyConfig;
  readonly node: ProxyNode;
  readonly nat: ChainWriter;
  readonly filter: ChainWriter;
  /** Sets with at least one member: rules ask no others, but for the filter's. */
  readonly filled: (name: SetName) => boolean;
}

/** kube-proxy's rules in IPVS mode: they ask sets, and leave the choice of endpoints to IPVS (writeIptablesRules). */
export function proxyRules(
  services: readonly ServicePortInfo[],
  members: Partial<SetMembers>,
  config: IpvsProxyConfig,
  node: ProxyNode,
): readonly TableChanges[] {
  const family = tableFamily(config.family);
  const nat = new ChainWriter(OWNER, 'nat', family);
  const filter = new ChainWriter(OWNER, 'filter', family);
  nat.declare('KUBE-SERVICES', 'KUBE-POSTROUTING', 'KUBE-NODE-PORT', 'KUBE-LOAD-BALANCER', 'KUBE-MARK-MASQ');
  filter.declare('KUBE-FORWARD', 'KUBE-NODE-PORT', 'KUBE-PROXY-FIREWALL', 'KUBE-SOURCE-RANGES-FIREWALL');
  filter.declare('KUBE-IPVS-FILTER', 'KUBE-IPVS-OUT-FILTER');
  const filled = (name: SetName): boolean => isFilled(name, members, services, node.nodeName);
  const context: Context = { config, node, nat, filter, filled };
  nat.add('KUBE-SERVICES', [source(LOOPBACK[config.family])], RETURN);
  writeSetRules(context);
  writeClusterIps(context);
  writeExternalIps(context);
  nat.add('KUBE-SERVICES', [destinationType('LOCAL')], jump('KUBE-NODE-PORT'));
  nat.add('KUBE-LOAD-BALANCER', [], jump('KUBE-MARK-MASQ'));
  filter.add('KUBE-SOURCE-RANGES-FIREWALL', [], DROP);
  keepNodeFromBalancers(context, services);
  for (const name of ['KUBE-CLUSTER-IP', 'KUBE-LOAD-BALANCER'] as const) {
    if (filled(name)) nat.add('KUBE-SERVICES', [inSet(context, name, 'dst', 'dst')], ACCEPT);
  }
  writeForwarding(context);
  writeAccessFilter(context);
  writeMasquerading(context);
  return [
    { family, table: 'filter', chains: filter.chains(), jumps: jumpsOf('filter', family) },
    { family, table: 'nat', chains: nat.chains(), jumps: jumpsOf('nat', family) },
  ];
}

function jumpsOf(table: TableName, family: NetfilterTable['family']): readonly Jump[] {
  return JUMPS.filter(([where]) => where === table).map(([, hook, chain, text]) => ({
    hook,
    place: 'insert',
    rule: makeRule(OWNER, table, hook, [comment(text)], jump(chain), family),
  }));
}

function inSet({ config }: Context, name: SetName, ...directions: readonly ('src' | 'dst')[]): Match {
  return matchSet(kernelSetName(name, config.family), directions);
}

/** A comment and a set, the way most rules begin. */
function asked(context: Context, name: SetName, ...directions: readonly ('src' | 'dst')[]): readonly Match[] {
  return [comment(setComment(name)), inSet(context, name, ...directions)];
}

/** One rule a set that has members (ipsetWithIptablesChain). */
function writeSetRules(context: Context): void {
  const { nat, filter, filled } = context;
  if (filled('KUBE-LOOP-BACK'))
    nat.add('KUBE-POSTROUTING', asked(context, 'KUBE-LOOP-BACK', 'dst', 'dst', 'src'), masquerade(false));
  if (filled('KUBE-LOAD-BALANCER'))
    nat.add('KUBE-SERVICES', asked(context, 'KUBE-LOAD-BALANCER', 'dst', 'dst'), jump('KUBE-LOAD-BALANCER'));
  if (filled('KUBE-LOAD-BALANCER-LOCAL'))
    nat.add('KUBE-LOAD-BALANCER', asked(context, 'KUBE-LOAD-BALANCER-LOCAL', 'dst', 'dst'), RETURN);
  for (const transport of ['tcp', 'udp', 'sctp'] as const) {
    const [local, all] = NODE_PORT_SETS[transport];
    const ends = transport === 'sctp' ? (['dst', 'dst'] as const) : (['dst'] as const);
    const matches = (name: SetName): readonly Match[] => [protocol(transport), ...asked(context, name, ...ends)];
    if (filled(local)) nat.add('KUBE-NODE-PORT', matches(local), RETURN);
    if (filled(all)) nat.add('KUBE-NODE-PORT', matches(all), jump('KUBE-MARK-MASQ'));
  }
  if (filled('KUBE-LOAD-BALANCER-FW'))
    filter.add(
      'KUBE-PROXY-FIREWALL',
      asked(context, 'KUBE-LOAD-BALANCER-FW', 'dst', 'dst'),
      jump('KUBE-SOURCE-RANGES-FIREWALL'),
    );
  for (const name of ['KUBE-LOAD-BALANCER-SOURCE-CIDR', 'KUBE-LOAD-BALANCER-SOURCE-IP'] as const) {
    if (filled(name)) filter.add('KUBE-SOURCE-RANGES-FIREWALL', asked(context, name, 'dst', 'dst', 'src'), RETURN);
  }
}

const NODE_PORT_SETS: Readonly<Record<TransportName, readonly [local: SetName, all: SetName]>> = {
  tcp: ['KUBE-NODE-PORT-LOCAL-TCP', 'KUBE-NODE-PORT-TCP'],
  udp: ['KUBE-NODE-PORT-LOCAL-UDP', 'KUBE-NODE-PORT-UDP'],
  sctp: ['KUBE-NODE-PORT-LOCAL-SCTP-HASH', 'KUBE-NODE-PORT-SCTP-HASH'],
};

/**
 * Marks what comes to a ClusterIP from outside of the Pod network. Where that cannot be told, at least what the node sends:
 * it speaks from the Service's own address.
 */
function writeClusterIps(context: Context): void {
  const { nat, filled, config, node } = context;
  if (!filled('KUBE-CLUSTER-IP')) return;
  const name = 'KUBE-CLUSTER-IP';
  const target = jump('KUBE-MARK-MASQ');
  if (config.masqueradeAll) nat.add('KUBE-SERVICES', asked(context, name, 'dst', 'dst'), target);
  else if (node.podPrefix)
    nat.add('KUBE-SERVICES', [notSource(node.podPrefix), ...asked(context, name, 'dst', 'dst')], target);
  else nat.add('KUBE-SERVICES', asked(context, name, 'src', 'dst'), target);
}

/** Only what came neither over a bridge nor from this node, or is this node's own, passes as traffic from outside. */
function writeExternalIps(context: Context): void {
  const { nat, filled } = context;
  for (const name of ['KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'] as const) {
    if (!filled(name)) continue;
    const matches = asked(context, name, 'dst', 'dst');
    if (name === 'KUBE-EXTERNAL-IP') nat.add('KUBE-SERVICES', matches, jump('KUBE-MARK-MASQ'));
    nat.add('KUBE-SERVICES', [...matches, notPhysdevIn(), notSourceType('LOCAL')], ACCEPT);
    nat.add('KUBE-SERVICES', [...matches, destinationType('LOCAL')], ACCEPT);
  }
}

/** A node that the source ranges leave out reaches balancer addresses by IPVS all the same (kubernetes#119656). */
function keepNodeFromBalancers({ filter, node }: Context, services: readonly ServicePortInfo[]): void {
  for (const service of services) {
    if (service.sourceRanges.length === 0 || admitsNode(service, node.nodeIp)) continue;
    for (const address of service.loadBalancerVips) {
      const matches = [sourceAddress(address), ipvsVirtual(service.protocol, address, service.port)];
      filter.add('KUBE-IPVS-OUT-FILTER', matches, DROP);
    }
  }
}

function writeForwarding(context: Context): void {
  const { filter, config } = context;
  filter.add('KUBE-FORWARD', [comment('kubernetes forwarding rules'), mark(config.masqueradeMark)], ACCEPT);
  const established = conntrackState('RELATED', 'ESTABLISHED');
  filter.add('KUBE-FORWARD', [comment('kubernetes forwarding conntrack rule'), established], ACCEPT);
  filter.add('KUBE-NODE-PORT', asked(context, 'KUBE-HEALTH-CHECK-NODE-PORT', 'dst'), ACCEPT);
}

/** Keeps what listens on the node from being reached by the Services' addresses (kubernetes#72236). */
function writeAccessFilter(context: Context): void {
  const { filter, config } = context;
  const pass = (name: SetName, ...directions: readonly ('src' | 'dst')[]): void =>
    filter.add('KUBE-IPVS-FILTER', [inSet(context, name, ...directions)], RETURN);
  pass('KUBE-LOAD-BALANCER', 'dst', 'dst');
  pass('KUBE-CLUSTER-IP', 'dst', 'dst');
  pass('KUBE-EXTERNAL-IP', 'dst', 'dst');
  pass('KUBE-EXTERNAL-IP-LOCAL', 'dst', 'dst');
  pass('KUBE-HEALTH-CHECK-NODE-PORT', 'dst');
  const refuse = config.family === 'IPv6' ? REJECT_IPV6 : REJECT;
  filter.add('KUBE-IPVS-FILTER', [conntrackState('NEW'), inSet(context, 'KUBE-IPVS-IPS', 'dst')], refuse);
}

function writeMasquerading({ nat, config }: Context): void {
  const { masqueradeMark } = config;
  nat.add('KUBE-POSTROUTING', [notMark(masqueradeMark)], RETURN);
  nat.add('KUBE-POSTROUTING', [], flipMark(masqueradeMark));
  const requiringSnat = comment('kubernetes service traffic requiring SNAT');
  nat.add('KUBE-POSTROUTING', [requiringSnat], masquerade(config.randomFully));
  nat.add('KUBE-MARK-MASQ', [], setMark(masqueradeMark));
}
