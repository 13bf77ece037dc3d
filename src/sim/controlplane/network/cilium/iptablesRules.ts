import type { IpSet } from '../../../../datamodel/network/ipset.ts';
import type { Match } from '../../../../datamodel/network/netfilter.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';
import { ACCEPT, comment, jump, masquerade, notDestination, notSource, source } from '../../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule } from '../../netfilter/tableChanges.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import { HOST } from './hostDevices.ts';

const OWNER = 'cilium-agent';
const FORWARD = 'CILIUM_FORWARD';
const POST = 'CILIUM_POST_nat';
const NODE_SET = 'cilium_node_set_v4';

export interface RulesConfig {
  readonly cidr: IpPrefix;
  readonly router: IpAddress;
  /** What Pods reach without masquerading: ipv4-native-routing-cidr, or the node's own range where a tunnel does the rest. */
  readonly apart: IpPrefix;
  /** Nodes that Pods reach under their own address: with native routing. */
  readonly nodes: readonly IpAddress[] | undefined;
  readonly endpointRoutes: boolean;
  readonly randomFully: boolean;
  /** Programs masquerade otherwise. */
  readonly masquerade: boolean;
}

/** The agent's iptables rules (pkg/datapath/iptables/iptables.go): what is forwarded whatever conntrack thinks, and masquerading. */
export function ciliumRules(config: RulesConfig): NetnsParts {
  const { nodes } = config;
  const filter = new ChainWriter(OWNER, 'filter');
  for (const matches of forwarded(config.endpointRoutes)) filter.add(FORWARD, matches, ACCEPT);
  const nat = new ChainWriter(OWNER, 'nat');
  nat.declare(POST);
  if (config.masquerade) writeMasquerade(nat, config);
  return {
    tables: [
      { table: 'filter', chains: filter.chains(), jumps: [first('filter', 'FORWARD', FORWARD)] },
      { table: 'nat', chains: nat.chains(), jumps: [first('nat', 'POSTROUTING', POST)] },
    ],
    ...(nodes && config.masquerade && { ipsets: [nodeSet(nodes)] }),
  };
}

function writeMasquerade(nat: ChainWriter, { cidr, router, apart, nodes, randomFully }: RulesConfig): void {
  if (nodes) {
    const exclude: Match = { type: 'set', name: NODE_SET, directions: ['dst'] };
    nat.add(POST, [source(cidr), exclude, comment('exclude traffic to cluster nodes from masquerade')], ACCEPT);
  }
  const notOurs: Match = { type: 'outInterface', name: 'cilium_+', negate: true };
  nat.add(
    POST,
    [source(cidr), notDestination(apart), notOurs, comment('cilium masquerade non-cluster')],
    masquerade(randomFully),
  );
  nat.add(
    POST,
    [
      notSource(cidr),
      notDestination(cidr),
      { type: 'outInterface', name: HOST },
      comment('cilium host->cluster masquerade'),
    ],
    { type: 'SNAT', address: router, ...(randomFully && { randomFully }) },
  );
}

function forwarded(endpointRoutes: boolean): readonly (readonly Match[])[] {
  const input = (name: string): Match => ({ type: 'inInterface', name });
  const output = (name: string): Match => ({ type: 'outInterface', name });
  return [
    [output(HOST), comment(`cilium: any->cluster on ${HOST} forward accept`)],
    [input(HOST), comment(`cilium: cluster->any on ${HOST} forward accept (nodeport)`)],
    [input('lxc+'), comment('cilium: cluster->any on lxc+ forward accept')],
    [input('cilium_net'), comment('cilium: cluster->any on cilium_net forward accept (nodeport)')],
    ...(endpointRoutes ? [[output('lxc+'), comment('cilium: any->cluster on lxc+ forward accept')]] : []),
  ];
}

function first(table: 'filter' | 'nat', hook: Jump['hook'], chain: string): Jump {
  const matches = [comment(`cilium-feeder: ${chain}`)];
  return { hook, place: 'insert', rule: makeRule(OWNER, table, hook, matches, jump(chain)) };
}

function nodeSet(nodes: readonly IpAddress[]): IpSet {
  const members = nodes.map((address) => ({ address }));
  return { id: `ipset/${NODE_SET}`, owner: OWNER, name: NODE_SET, type: 'hash:ip', family: 'inet', members };
}
