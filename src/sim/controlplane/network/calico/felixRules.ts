import type { CalicoPool } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { IpSet } from '../../../../datamodel/network/ipset.ts';
import type { Match, Target } from '../../../../datamodel/network/netfilter.ts';
import type { IpPrefix } from '../../../../wire/address.ts';
import { comment, jump, masquerade } from '../../netfilter/match.ts';
import { ChainWriter, makeRule } from '../../netfilter/tableChanges.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import { felixRuleHashes } from './felixRuleHashes.ts';

const OWNER = 'felix';
const ALL_POOLS = 'cali40all-ipam-pools';
const MASQUERADED_POOLS = 'cali40masq-ipam-pools';
const POSTROUTING = 'cali-POSTROUTING';
const FLOATING = 'cali-fip-snat';
const OUTGOING = 'cali-nat-outgoing';

export interface FelixRule {
  /** As Felix writes it, which its hash is made of. */
  readonly text: string;
  readonly matches: readonly Match[];
  readonly target: Target;
}

/**
 * Felix's nat rules on a node (felix/rules/static.go, felix/dataplane/linux/masq_mgr.go): what leaves pools with natOutgoing for
 * addresses of no pool is masqueraded. Its chains come first, and each of its rules has a hash of it and of those before as a
 * comment, by which Felix knows its own. Its filter chains, which enforce policies, are not written.
 */
export function felixRules(pools: readonly CalicoPool[], randomFully: boolean): NetnsParts {
  const nat = new ChainWriter(OWNER, 'nat');
  const write = (chain: string, rules: readonly FelixRule[]): void => {
    nat.declare(chain);
    for (const { matches, target } of hashed(chain, rules)) nat.add(chain, matches, target);
  };
  write(POSTROUTING, [jumpTo(FLOATING), jumpTo(OUTGOING)]);
  write(FLOATING, []);
  const masqueraded = pools.filter(({ natOutgoing }) => natOutgoing);
  write(OUTGOING, masqueraded.length > 0 ? [outgoing(randomFully)] : []);
  const jumps = hashed('POSTROUTING', [jumpTo(POSTROUTING)]).map(({ matches, target }) => ({
    hook: 'POSTROUTING' as const,
    place: 'insert' as const,
    rule: makeRule(OWNER, 'nat', 'POSTROUTING', matches, target),
  }));
  return {
    tables: [{ table: 'nat', chains: nat.chains(), jumps }],
    ipsets: poolSets(pools),
  };
}

export function jumpTo(chain: string): FelixRule {
  return { text: `--jump ${chain}`, matches: [], target: jump(chain) };
}

function outgoing(randomFully: boolean): FelixRule {
  const sets = `-m set --match-set ${MASQUERADED_POOLS} src -m set ! --match-set ${ALL_POOLS} dst`;
  return {
    text: `${sets} --jump MASQUERADE${randomFully ? ' --random-fully' : ''}`,
    matches: [
      { type: 'set', name: MASQUERADED_POOLS, directions: ['src'] },
      { type: 'set', name: ALL_POOLS, directions: ['dst'], negate: true },
    ],
    target: masquerade(randomFully),
  };
}

/** With the comments by which Felix knows its rules. */
export function hashed(chain: string, rules: readonly FelixRule[]): readonly Omit<FelixRule, 'text'>[] {
  const hashes = felixRuleHashes(
    chain,
    rules.map(({ text }) => text),
  );
  return rules.map(({ matches, target }, i) => ({
    matches: [
      ...matches.filter(isInHeader),
      comment(`cali:${hashes[i] ?? ''}`),
      ...matches.filter((match) => !isInHeader(match)),
    ],
    target,
  }));
}

/** iptables prints these before what modules match. */
function isInHeader({ type }: Match): boolean {
  return type === 'inInterface' || type === 'outInterface' || type === 'protocol';
}

/** The pools, and those whose Pods leave them under their nodes' addresses (felix/dataplane/linux/masq_mgr.go). */
export function poolSets(pools: readonly CalicoPool[]): readonly IpSet[] {
  return [
    poolSet(ALL_POOLS, pools),
    poolSet(
      MASQUERADED_POOLS,
      pools.filter(({ natOutgoing }) => natOutgoing),
    ),
  ];
}

function poolSet(name: string, pools: readonly { readonly cidr: IpPrefix }[]): IpSet {
  return {
    id: `ipset/${name}`,
    owner: OWNER,
    name,
    type: 'hash:net',
    family: 'inet',
    members: pools.map(({ cidr: network }) => ({ network })),
  };
}
