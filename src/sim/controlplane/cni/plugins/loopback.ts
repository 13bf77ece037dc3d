import { familyOf, type IpAddress, ipPrefix, prefixContains } from '../../../../wire/address.ts';
import type { Namespace } from '../node/namespace.ts';
import { PluginFailure } from '../spec/cniError.ts';
import { type CniIp, resultJson } from '../spec/cniResult.ts';
import { jsonObject, marshalIndented } from '../spec/json.ts';
import { readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import { quote } from '../spec/quote.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { prevResultOf, printResult } from './prevResult.ts';
import { allVersions } from './versions.ts';

const LO = 'lo';
const LOOPBACK = [ipPrefix('127.0.0.0/8'), ipPrefix('::1/128')];

/** Sets a sandbox's lo up, whatever CNI_IFNAME says (plugins/main/loopback). */
export const LOOPBACK_PLUGIN: Plugin = { name: 'loopback', versions: allVersions, add, del, check };

function add({ stdin, netns }: PluginArgs, { node }: PluginContext): string {
  const conf = wrapped('failed to parse network config: ', () => readNetConf(readStdin(stdin, ''), 'NetConf'));
  const before = wrapped('failed to parse prevResult: ', () => prevResultOf(conf));
  const sandbox = node.sandbox(netns);
  setUp(sandbox);
  const ips = (['IPv4', 'IPv6'] as const).flatMap((family): readonly CniIp[] => {
    const addresses = sandbox.addressesOf(LO, family);
    for (const { address } of addresses) refuseForeign(address);
    const [first] = addresses;
    if (first === undefined) return [];
    return [{ interface: 0, address: { address: first.address, length: first.prefixLength }, gateway: undefined }];
  });
  if (before) return printResult(before, conf.cniVersion);
  const interfaces = [{ name: LO, mac: '00:00:00:00:00:00', sandbox: netns }];
  // It is printed as it stands, in the newest version's form: the version is but a label.
  const result = resultJson({ cniVersion: '1.0.0', interfaces, ips, routes: [], dns: {} }, '1.0.0');
  return marshalIndented(jsonObject({ ...result, cniVersion: conf.cniVersion === '' ? undefined : conf.cniVersion }));
}

/** The kernel gives lo its addresses when it comes up. */
function setUp(sandbox: Namespace): void {
  if (sandbox.link(LO)?.up) return;
  sandbox.replaceLink(LO, (link) => ({ ...link, up: true }));
  for (const text of ['127.0.0.1/8', '::1/128']) {
    const prefix = ipPrefix(text);
    if (sandbox.addressesOf(LO, familyOf(prefix.address)).length === 0) sandbox.addLoopbackAddress(LO, prefix);
  }
}

function refuseForeign(address: IpAddress): void {
  if (LOOPBACK.some((prefix) => prefixContains(prefix, address))) return;
  throw new PluginFailure(`loopback interface found with non-loopback address ${quote(address)}`);
}

function del({ netns }: PluginArgs, { node }: PluginContext): string {
  const sandbox = node.sandboxes.get(netns);
  sandbox?.replaceLink(LO, (link) => ({ ...link, up: false }));
  return '';
}

function check({ netns }: PluginArgs, { node }: PluginContext): string {
  if (!node.sandbox(netns).link(LO)?.up) throw new PluginFailure('loopback interface is down');
  return '';
}
