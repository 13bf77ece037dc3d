import { familyOf, type IpPrefix, ipPrefix, networkOf } from '../../../wire/address.ts';
import { sha512Hex } from '../digest.ts';
import { ACCEPT, comment, destination, jump, masquerade, notDestination, sourceAddress } from '../netfilter/match.ts';
import type { RuleSpec } from './node/iptables.ts';
import { quote } from './spec/quote.ts';

const MULTICAST = { IPv4: ipPrefix('224.0.0.0/4'), IPv6: ipPrefix('ff00::/8') };
const CHAIN_LENGTH = 28;

/** The chain that masquerades one sandbox of one network (pkg/utils/utils.go, FormatChainName). */
export function ipMasqChainName(network: string, sandbox: string): string {
  return `CNI-${sha512Hex(network + sandbox)}`.slice(0, CHAIN_LENGTH);
}

/** The comment of all its rules. */
export function ipMasqComment(network: string, sandbox: string): string {
  return `name: ${quote(network)} id: ${quote(sandbox)}`;
}

/** What leaves the Pod's own subnet is masqueraded, multicast excepted. @param address with the length of its subnet. */
export function ipMasqRules(network: string, sandbox: string, address: IpPrefix): readonly RuleSpec[] {
  const note = comment(ipMasqComment(network, sandbox));
  return [
    { matches: [destination(networkOf(address)), note], target: ACCEPT },
    { matches: [notDestination(MULTICAST[familyOf(address.address)]), note], target: masquerade(false) },
  ];
}

/** From POSTROUTING. */
export function ipMasqEntry(network: string, sandbox: string, address: IpPrefix): RuleSpec {
  const note = comment(ipMasqComment(network, sandbox));
  return { matches: [sourceAddress(address.address), note], target: jump(ipMasqChainName(network, sandbox)) };
}
