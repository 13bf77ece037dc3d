import type { Match, Target } from '../../../../datamodel/network/netfilter.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';
import { comment, destination, destinationType, jump, notDestinationType, RETURN } from '../../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule } from '../../netfilter/tableChanges.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import { PRIMARY_MARK } from './eniRouting.ts';

const OWNER = 'aws-node';
const SNAT = 'AWS-SNAT-CHAIN-0';
const CONNMARK = 'AWS-CONNMARK-CHAIN-0';
const FROM_PODS: Match = { type: 'inInterface', name: 'eni+' };
const SET: Target = { type: 'CONNMARK', value: PRIMARY_MARK, mask: PRIMARY_MARK };
const RESTORE: Target = { type: 'CONNMARK-restore', nfmask: PRIMARY_MARK, ctmask: PRIMARY_MARK };

/**
 * aws-node's iptables rules (pkg/networkutils/network.go, updateHostNetwork): what leaves the VPC gets the node's own address and
 * leaves by its first interface, and so do answers to what came in by that.
 */
export function hostRules(address: IpAddress, vpc: readonly IpPrefix[], randomFully: boolean): NetnsParts {
  const nat = new ChainWriter(OWNER, 'nat');
  for (const prefix of vpc) nat.add(SNAT, [destination(prefix), comment('AWS SNAT CHAIN')], RETURN);
  nat.add(
    SNAT,
    [{ type: 'outInterface', name: 'vlan+', negate: true }, comment('AWS, SNAT'), notDestinationType('LOCAL')],
    { type: 'SNAT', address, ...(randomFully && { randomFully }) },
  );
  for (const prefix of vpc) nat.add(CONNMARK, [destination(prefix), comment('AWS CONNMARK CHAIN, VPC CIDR')], RETURN);
  nat.add(CONNMARK, [comment('AWS, CONNMARK')], SET);
  const at = (table: 'nat' | 'mangle', hook: Jump['hook'], matches: readonly Match[], target: Target): Jump => ({
    hook,
    place: 'append',
    rule: makeRule(OWNER, table, hook, matches, target),
  });
  const primary = comment('AWS, primary ENI');
  return {
    tables: [
      {
        table: 'mangle',
        chains: [],
        jumps: [
          at('mangle', 'PREROUTING', [{ type: 'inInterface', name: 'eth0' }, primary, destinationType('LOCAL')], SET),
          at('mangle', 'PREROUTING', [FROM_PODS, primary], RESTORE),
        ],
      },
      {
        table: 'nat',
        chains: nat.chains(),
        jumps: [
          at('nat', 'PREROUTING', [FROM_PODS, comment('AWS, outbound connections')], jump(CONNMARK)),
          at('nat', 'PREROUTING', [comment('AWS, CONNMARK')], RESTORE),
          at('nat', 'POSTROUTING', [comment('AWS SNAT CHAIN')], jump(SNAT)),
        ],
      },
    ],
  };
}
