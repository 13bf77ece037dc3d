import type {
  NftBase,
  NftBaseChain,
  NftStatement,
  NftTable,
  NftTableName,
} from '../../../../datamodel/network/nftables.ts';
import { type IpPrefix, ipPrefix } from '../../../../wire/address.ts';
import { byName, catalogue } from '../../kubeproxy/nftables/catalogue.ts';
import { ACCEPT, makeChain, noneOf, oneOf, type RuleText, verdict } from '../../kubeproxy/nftables/statements.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import type { PlannedNodes } from '../../nodePlan.ts';

const MULTICAST = ipPrefix('224.0.0.0/4');
/** The whole mark, and nothing but kube-proxy's default bit in it. */
const KUBE_PROXY_MARK = { type: 'mark', mask: 0xffffffff, value: 0x4000 } as const;
const RETURN = verdict({ type: 'return' });

const FORWARD: NftBase = { type: 'filter', hook: 'FORWARD', priority: 0, policy: 'accept' };
const POSTROUTING: NftBase = { type: 'nat', hook: 'POSTROUTING', priority: 100, policy: 'accept' };

/** flanneld's rules with EnableNFTables: two tables, of which IPv6's is empty here (pkg/trafficmngr/nftables/nftables.go). */
export function flannelNftables({ objects, settings }: PlannedNodes, subnet: IpPrefix): NetnsParts {
  const { network, ipMasq } = objects.network.flannel;
  const name: NftTableName = 'ip flannel-ipv4';
  const masquerade: NftStatement = { type: 'masquerade', fullyRandom: settings.randomFully };
  const forward: readonly RuleText[] = [
    [[oneOf('saddr', [network]), verdict(ACCEPT)]],
    [[oneOf('daddr', [network]), verdict(ACCEPT)]],
  ];
  const masquerading: readonly RuleText[] = [
    [[KUBE_PROXY_MARK, RETURN]],
    [[oneOf('saddr', [subnet]), oneOf('daddr', [network]), RETURN]],
    [[oneOf('saddr', [network]), oneOf('daddr', [subnet]), RETURN]],
    [[noneOf('saddr', [subnet]), oneOf('daddr', [network]), RETURN]],
    [[oneOf('saddr', [network]), noneOf('daddr', [MULTICAST]), masquerade]],
    [[noneOf('saddr', [network]), oneOf('daddr', [network]), masquerade]],
  ];
  const chains = [
    { ...makeChain(name, 'forward', forward), base: FORWARD, comment: 'chain to accept flannel traffic' },
    ...(ipMasq
      ? [
          {
            ...makeChain(name, 'postrtg', masquerading),
            base: POSTROUTING,
            comment: 'chain to manage traffic masquerading by flannel',
          },
        ]
      : []),
  ];
  return { nftables: [table('ip', 'flannel-ipv4', chains), table('ip6', 'flannel-ipv6', [])] };
}

function table(family: 'ip' | 'ip6', name: string, baseChains: readonly NftBaseChain[]): NftTable {
  const nothing = catalogue<never>(new Map<string, never>());
  const chains = catalogue(byName(baseChains));
  const comment = `rules for ${name}`;
  return { family, name, owner: 'flanneld', comment, sets: nothing, maps: nothing, baseChains, chains };
}
