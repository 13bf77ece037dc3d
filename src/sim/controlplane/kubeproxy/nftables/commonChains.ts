import type { Hook } from '../../../../datamodel/network/netfilter.ts';
import type {
  NftBaseChain,
  NftChain,
  NftChainType,
  NftKeyPart,
  NftMatch,
  NftStatement,
  NftTableName,
} from '../../../../datamodel/network/nftables.ts';
import { ipPrefix } from '../../../../wire/address.ts';
import type { NftConfig } from './nftConfig.ts';
import { DROP, inSet, isLocal, jump, makeChain, NEW, noneOf, oneOf, type RuleText, verdict } from './statements.ts';

const DNAT = -100;
const FILTER = 0;
const SNAT = 100;
/** Firewalling goes by the addresses before dnat. */
const BEFORE_DNAT = DNAT - 10;

/** In the order in which they are made. */
const BASE_CHAINS: readonly (readonly [string, NftChainType, Hook, priority: number, readonly RuleText[]])[] = [
  ['filter-prerouting-pre-dnat', 'filter', 'PREROUTING', BEFORE_DNAT, [[[NEW, jump('firewall-check')]]]],
  ['filter-output-pre-dnat', 'filter', 'OUTPUT', BEFORE_DNAT, [[[NEW, jump('firewall-check')]]]],
  [
    'filter-input',
    'filter',
    'INPUT',
    FILTER,
    [[[NEW, jump('nodeport-endpoints-check')]], [[NEW, jump('service-endpoints-check')]]],
  ],
  [
    'filter-forward',
    'filter',
    'FORWARD',
    FILTER,
    [[[NEW, jump('service-endpoints-check')]], [[NEW, jump('cluster-ips-check')]]],
  ],
  [
    'filter-output',
    'filter',
    'OUTPUT',
    FILTER,
    [[[NEW, jump('service-endpoints-check')]], [[NEW, jump('cluster-ips-check')]]],
  ],
  ['nat-prerouting', 'nat', 'PREROUTING', DNAT, [[[jump('services')]]]],
  ['nat-output', 'nat', 'OUTPUT', DNAT, [[[jump('services')]]]],
  ['nat-postrouting', 'nat', 'POSTROUTING', SNAT, [[[jump('masquerading')]]]],
];

const SERVICE_KEY: readonly NftKeyPart[] = ['daddr', 'l4proto', 'dport'];
const NODE_PORT_KEY: readonly NftKeyPart[] = ['l4proto', 'dport'];

/** kube-proxy's base chains (pkg/proxy/nftables/proxier.go, nftablesBaseChains as of v1.34). */
export function baseChains(table: NftTableName): readonly NftBaseChain[] {
  return BASE_CHAINS.map(([name, type, hook, priority, rules]) => ({
    ...makeChain(table, name, rules),
    base: { type, hook, priority, policy: 'accept' },
  }));
}

/**
 * The chains every node has, whatever its Services (setupNFTables).
 * @param everywhere whether node ports are served at all of the node's addresses.
 */
export function commonChains(table: NftTableName, config: NftConfig, everywhere: boolean): readonly NftChain[] {
  const loopback = ipPrefix(config.family === 'IPv4' ? '127.0.0.0/8' : '::1/128');
  const elsewhere = noneOf('daddr', [loopback]);
  const atNodePortIps: readonly NftMatch[] = everywhere ? [elsewhere] : [inSet('daddr', 'nodeport-ips')];
  const vmap = (key: readonly NftKeyPart[], map: string): NftStatement => ({ type: 'vmap', key, map });
  const mark = config.masqueradeMark;
  const chain = (name: string, ...rules: readonly RuleText[]): NftChain => makeChain(table, name, rules);
  const unallocated: readonly RuleText[] =
    config.serviceCidrs.length === 0
      ? []
      : [[[oneOf('daddr', config.serviceCidrs), verdict(DROP)], 'Drop traffic to unallocated ClusterIPs']];
  return [
    chain('nodeport-endpoints-check', [[...atNodePortIps, vmap(NODE_PORT_KEY, 'no-endpoint-nodeports')]]),
    chain('service-endpoints-check', [[vmap(SERVICE_KEY, 'no-endpoint-services')]]),
    chain('firewall-check', [[vmap(SERVICE_KEY, 'firewall-ips')]]),
    chain(
      'services',
      [[vmap(SERVICE_KEY, 'service-ips')]],
      [[...(everywhere ? [isLocal('daddr')] : []), ...atNodePortIps, vmap(NODE_PORT_KEY, 'service-nodeports')]],
    ),
    chain(
      'masquerading',
      [[{ type: 'mark', mask: mark, value: 0 }, verdict({ type: 'return' })]],
      // Taken off lest a second pass see it again.
      [[{ type: 'setMark', operation: 'xor', value: mark }]],
      [[{ type: 'masquerade', fullyRandom: config.randomFully }]],
    ),
    chain(
      'cluster-ips-check',
      [[inSet('daddr', 'cluster-ips'), { type: 'reject' }], 'Reject traffic to invalid ports of ClusterIPs'],
      ...unallocated,
    ),
    chain('mark-for-masquerade', [[{ type: 'setMark', operation: 'or', value: mark }]]),
    {
      ...chain('reject-chain', [[{ type: 'reject' }]]),
      comment: 'helper for @no-endpoint-services / @no-endpoint-nodeports',
    },
  ];
}
