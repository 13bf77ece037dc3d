import { type IpPrefix, ipPrefix } from '../../../wire/address.ts';
import { sha512Hex } from '../digest.ts';
import { ACCEPT, comment, destination, jump, masquerade, notDestination, sourceAddress } from '../netfilter/match.ts';
import { ChainWriter, type Jump, makeRule } from '../netfilter/tableChanges.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { NodePlan } from '../nodePlan.ts';
import { sandboxId } from './sandbox.ts';

const MULTICAST = ipPrefix('224.0.0.0/4');
const CHAIN_LENGTH = 28;

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
    const chain = `CNI-${sha512Hex(network + sandbox)}`.slice(0, CHAIN_LENGTH);
    const note = comment(`name: "${network}" id: "${sandbox}"`);
    nat.add(chain, [destination(subnet), note], ACCEPT);
    nat.add(chain, [notDestination(MULTICAST), note], masquerade(false));
    const rule = makeRule('cni', 'nat', 'POSTROUTING', [sourceAddress(pod.address), note], jump(chain));
    jumps.push({ hook: 'POSTROUTING', place: 'append', rule });
  }
  return { tables: [{ table: 'nat', chains: nat.chains(), jumps }] };
}
