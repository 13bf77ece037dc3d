import { familyOf, type IpPrefix } from '../../../../wire/address.ts';
import { ipMasqChainName, ipMasqComment, ipMasqEntry, ipMasqRules } from '../ipMasqRules.ts';
import { IptablesTable } from '../node/iptables.ts';
import type { Namespace } from '../node/namespace.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { PluginContext } from './plugin.ts';

const NAT = 'nat';
const HOOK = 'POSTROUTING';
const IPTABLES_VERSION = 'v1.8.9 (nf_tables)';

/** pkg/ip, SetupIPMasq. @param address with the length of its subnet. */
export function setupIpMasq(host: Namespace, network: string, containerId: string, address: IpPrefix): void {
  const table = tableFor(host, address);
  const chain = ipMasqChainName(network, containerId);
  table.ensure(chain);
  for (const rule of ipMasqRules(network, containerId, address)) table.append(chain, rule);
  table.append(HOOK, ipMasqEntry(network, containerId, address));
}

/**
 * pkg/ip, TeardownIPMasq.
 *
 * @throws PluginFailure in release 1.1.1 when the chain is not there: iptables-nft says so in a way it does not know.
 */
export function teardownIpMasq(network: string, containerId: string, address: IpPrefix, context: PluginContext): void {
  const table = tableFor(context.node.host, address);
  const chain = ipMasqChainName(network, containerId);
  if (!table.has(chain)) {
    if (context.release.plugins === '1.1.1') throw new PluginFailure(noSuchChain(network, containerId, address));
    return;
  }
  table.delete(HOOK, ipMasqEntry(network, containerId, address));
  table.remove(chain);
}

function tableFor(host: Namespace, { address }: IpPrefix): IptablesTable {
  return new IptablesTable(host, familyOf(address) === 'IPv4' ? 'ipv4' : 'ipv6', NAT);
}

function noSuchChain(network: string, containerId: string, prefix: IpPrefix): string {
  const tool = familyOf(prefix.address) === 'IPv4' ? 'iptables' : 'ip6tables';
  const chain = ipMasqChainName(network, containerId);
  const note = ipMasqComment(network, containerId);
  const words = `-t ${NAT} -D ${HOOK} -s ${prefix.address} -j ${chain} -m comment --comment ${note} --wait`;
  return [
    `running [/usr/sbin/${tool} ${words}]: exit status 2: ${tool} ${IPTABLES_VERSION}: Chain '${chain}' does not exist`,
    `Try \`${tool} -h' or '${tool} --help' for more information.\n`,
  ].join('\n');
}
