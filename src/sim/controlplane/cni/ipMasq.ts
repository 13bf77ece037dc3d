import type { IpPrefix } from '../../../wire/address.ts';
import { ChainWriter, type Jump, makeRule } from '../netfilter/tableChanges.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { NodePlan } from '../nodePlan.ts';
import { ipMasqChainName, ipMasqEntry, ipMasqRules } from './ipMasqRules.ts';
import { sandboxId } from './sandbox.ts';

/**
 * The bridge plugin's own masquerading, a chain per Pod (pkg/ip/ipmasq_iptables_linux.go). The flannel plugin asks for it
 * when flanneld was told to leave it alone.
 */
export function ipMasqOnNode(
  { network, subnet }: { readonly network: string; readonly subnet: IpPrefix },
  node: NodePlan,
): NetnsParts {
  const nat = new ChainWriter('cni', 'nat');
  const jumps: Jump[] = [];
  for (const pod of node.pods) {
    const sandbox = sandboxId(pod.pod);
    const address = { address: pod.address, length: subnet.length };
    const chain = ipMasqChainName(network, sandbox);
    for (const { matches, target } of ipMasqRules(network, sandbox, address)) nat.add(chain, matches, target);
    const { matches, target } = ipMasqEntry(network, sandbox, address);
    jumps.push({ hook: 'POSTROUTING', place: 'append', rule: makeRule('cni', 'nat', 'POSTROUTING', matches, target) });
  }
  return { tables: [{ table: 'nat', chains: nat.chains(), jumps }] };
}
