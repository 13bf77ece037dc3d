import type { AwsVpcConfig } from '../../../../datamodel/kubernetes/awsVpcConfig.ts';
import type { Match, Target } from '../../../../datamodel/network/netfilter.ts';
import { formatPrefix, type IpAddress, type IpPrefix } from '../../../../wire/address.ts';
import { comment, destination, jump, notDestinationType, ownAddressOfInput, RETURN } from '../../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule } from '../../netfilter/tableChanges.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import { PRIMARY_MARK } from './eniRouting.ts';

const OWNER = 'aws-node';
const SNAT = 'AWS-SNAT-CHAIN-0';
const CONNMARK = 'AWS-CONNMARK-CHAIN-0';
const FROM_PODS: Match = { type: 'inInterface', name: 'eni+' };
/** Interfaces of Pods with security groups of their own. */
const FROM_BRANCHES: Match = { type: 'inInterface', name: 'vlan+' };
const SET: Target = { type: 'CONNMARK', value: PRIMARY_MARK, mask: PRIMARY_MARK };
const RESTORE: Target = { type: 'CONNMARK-restore', nfmask: PRIMARY_MARK, ctmask: PRIMARY_MARK };
const PRIMARY = comment('AWS, primary ENI');
const ANYWHERE = '0.0.0.0/0';

/**
 * aws-node's iptables rules (pkg/networkutils/network.go, UpdateHostSNATRules): what leaves the VPC gets the node's own address and
 * leaves by its first interface, and so do answers to what came in by that. With an external SNAT neither holds of what leaves.
 */
export function hostRules(
  address: IpAddress,
  vpc: readonly IpPrefix[],
  config: AwsVpcConfig,
  randomFully: boolean,
): NetnsParts {
  const { externalSnat, nodePorts } = config;
  const mangle = [
    ...(nodePorts
      ? [at('mangle', 'PREROUTING', [{ type: 'inInterface', name: 'eth0' }, PRIMARY, ownAddressOfInput()], SET)]
      : []),
    ...(nodePorts || !externalSnat ? [at('mangle', 'PREROUTING', [FROM_PODS, PRIMARY], RESTORE)] : []),
    ...(nodePorts ? [at('mangle', 'PREROUTING', [FROM_BRANCHES, PRIMARY], RESTORE)] : []),
  ];
  const marking = externalSnat
    ? []
    : [
        at('nat', 'PREROUTING', [FROM_PODS, comment('AWS, outbound connections')], jump(CONNMARK)),
        at('nat', 'PREROUTING', [comment('AWS, CONNMARK')], RESTORE),
      ];
  const hiding = externalSnat ? [] : [at('nat', 'POSTROUTING', [comment('AWS SNAT CHAIN')], jump(SNAT))];
  return {
    tables: [
      { table: 'mangle', chains: [], jumps: mangle },
      {
        table: 'nat',
        chains: externalSnat ? [] : chains(address, vpc, config, randomFully),
        jumps: [...marking, ...hiding],
      },
    ],
  };
}

/** Every range is inserted in front of those before it, and what they are exceptions from is appended. */
function chains(
  address: IpAddress,
  vpc: readonly IpPrefix[],
  { excludedFromSnat, randomizeSnat }: AwsVpcConfig,
  randomFully: boolean,
): ReturnType<ChainWriter['chains']> {
  const nat = new ChainWriter(OWNER, 'nat');
  const excluded = new Set(excludedFromSnat);
  const ranges = [...vpc, ...excludedFromSnat].toReversed();
  const to = (prefix: IpPrefix): readonly Match[] => (formatPrefix(prefix) === ANYWHERE ? [] : [destination(prefix)]);
  for (const prefix of ranges) {
    nat.add(SNAT, [...to(prefix), comment(`AWS SNAT CHAIN${excluded.has(prefix) ? ' EXCLUSION' : ''}`)], RETURN);
  }
  nat.add(
    SNAT,
    [{ type: 'outInterface', name: 'vlan+', negate: true }, comment('AWS, SNAT'), notDestinationType('LOCAL')],
    { type: 'SNAT', address, ...(randomizeSnat && randomFully && { randomFully }) },
  );
  for (const prefix of ranges) nat.add(CONNMARK, [...to(prefix), comment('AWS CONNMARK CHAIN')], RETURN);
  nat.add(CONNMARK, [comment('AWS, CONNMARK')], SET);
  return nat.chains();
}

function at(table: 'nat' | 'mangle', hook: Jump['hook'], matches: readonly Match[], target: Target): Jump {
  return { hook, place: 'append', rule: makeRule(OWNER, table, hook, matches, target) };
}
