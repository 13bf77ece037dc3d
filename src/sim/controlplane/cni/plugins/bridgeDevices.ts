import {
  familyOf,
  formatPrefix,
  type IpPrefix,
  type MacAddress,
  macAddress,
  prefixContains,
} from '../../../../wire/address.ts';
import type { Namespace } from '../node/namespace.ts';
import { EEXIST } from '../node/namespace.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniInterface } from '../spec/cniResult.ts';
import { quote } from '../spec/quote.ts';
import type { BridgeConf } from './bridgeConf.ts';
import type { PluginArgs, PluginContext } from './plugin.ts';
import { setupVeth } from './setupVeth.ts';

/** Makes the bridge, unless it is there, and sets it up. @returns its MAC before any port is added. */
export function ensureBridge({ bridge, mtu, promiscMode }: BridgeConf, { node, entropy }: PluginContext): MacAddress {
  try {
    node.addBridge(bridge, mtu, entropy);
  } catch (error) {
    if (!(error instanceof PluginFailure)) throw error;
    if (error.message !== EEXIST) throw new PluginFailure(`could not add ${quote(bridge)}: ${error.message}`);
  }
  const found = node.host.link(bridge);
  if (found?.kind !== 'bridge') throw new PluginFailure(`${quote(bridge)} already exists but is not a bridge`);
  if (promiscMode) node.host.promiscuous.add(bridge);
  node.host.replaceLink(bridge, (link) => ({ ...link, up: true }));
  return found.mac;
}

/** Makes the veth pair and the node's end a port of the bridge. @returns the ends as the result tells of them. */
export function bridgeVeth(
  conf: BridgeConf,
  sandbox: Namespace,
  args: PluginArgs,
  context: PluginContext,
): readonly [host: CniInterface, pod: CniInterface] {
  const ends = setupVeth(conf, sandbox, args, context);
  context.node.setMaster(ends[0].name, conf.bridge, conf.hairpinMode);
  return ends;
}
/**
 * Gives the bridge a gateway's address, and the MAC that it has had from the beginning for good: else it would take the
 * lowest of its ports'.
 */
export function ensureBridgeAddress(
  { bridge, forceAddress }: BridgeConf,
  wanted: IpPrefix,
  ownMac: string,
  { node, release }: PluginContext,
): void {
  const { host } = node;
  const family = familyOf(wanted.address);
  for (const { address, prefixLength, scope } of host.addressesOf(bridge, family)) {
    if (scope !== 'global') continue;
    const present = { address, length: prefixLength };
    if (formatPrefix(present) === formatPrefix(wanted)) return;
    if (family === 'IPv6' && !prefixContains(present, wanted.address) && !prefixContains(wanted, address)) continue;
    if (!forceAddress) {
      throw new PluginFailure(`${quote(bridge)} already has an IP address different from ${formatPrefix(wanted)}`);
    }
    host.deleteAddress(bridge, present);
  }
  try {
    node.setAddress(bridge, wanted, macAddress(ownMac));
  } catch (error) {
    if (!(error instanceof PluginFailure)) throw error;
    const what = release.plugins === '1.1.1' ? 'IP address' : `IP address ${formatPrefix(wanted)}`;
    throw new PluginFailure(`could not add ${what} to ${quote(bridge)}: ${error.message}`);
  }
}
