import { addressAt, familyOf, formatPrefix, type IpFamily, type IpPrefix } from '../../../../wire/address.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniInterface, CniResult } from '../spec/cniResult.ts';
import { wrapped } from '../spec/netConf.ts';
import { quote } from '../spec/quote.ts';
import { checkBridge } from './bridgeCheck.ts';
import { type BridgeConf, readBridgeConf } from './bridgeConf.ts';
import { bridgeVeth, ensureBridge, ensureBridgeAddress } from './bridgeDevices.ts';
import { configureInterface, type IpamRoute } from './configureInterface.ts';
import { setupIpMasq, teardownIpMasq } from './ipMasqTables.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { delegatedResult, printResult } from './prevResult.ts';
import { allVersions } from './versions.ts';

/** Connects a sandbox to a Linux bridge by a veth pair (plugins/main/bridge). */
export const BRIDGE_PLUGIN: Plugin = {
  name: 'bridge',
  versions: allVersions,
  add,
  del,
  check: checkBridge,
  status: ({ stdin, args }, context) => {
    const { conf } = readBridgeConf({ stdin, args });
    return conf.ipamType === '' ? '' : context.delegate(conf.ipamType, 'STATUS', stdin);
  },
};

/** Place of the Pod's interface among the result's: behind the bridge and the veth's end on the node. */
const POD_INTERFACE = 2;

function add(args: PluginArgs, context: PluginContext): string {
  const { node } = context;
  const conf = readBridgeConf(args);
  if (conf.hairpinMode && conf.promiscMode) {
    const end = context.release.plugins === '1.1.1' ? '.' : '';
    throw new PluginFailure(`cannot set hairpin mode and promiscuous mode at the same time${end}`);
  }
  if (conf.vlan !== 0) throw new PluginFailure('bridges that filter VLANs are not simulated: leave vlan out');
  const ownMac = wrapped(`failed to create bridge ${quote(conf.bridge)}: `, () => ensureBridge(conf, context));
  const sandbox = wrapped(`failed to open netns ${quote(args.netns)}: `, () => node.sandbox(args.netns));
  const [hostEnd, podEnd] = bridgeVeth(conf, sandbox, args, context);
  let ips: CniResult['ips'] = [];
  let routes: readonly IpamRoute[] = [];
  if (conf.conf.ipamType === '') sandbox.replaceLink(args.ifName, (link) => ({ ...link, up: true }));
  else {
    const ipam = delegatedResult(context.delegate(conf.conf.ipamType, 'ADD', args.stdin), conf.conf.cniVersion);
    // From here on a failure gives the addresses back, and leaves everything else as it is.
    try {
      if (ipam.ips.length === 0) throw new PluginFailure('IPAM plugin returned missing IP config');
      ips = ipam.ips.map((ip) => ({
        ...ip,
        interface: POD_INTERFACE,
        gateway: ip.gateway ?? (conf.isGateway ? addressAt(ip.address, 1) : undefined),
      }));
      routes = withDefaultRoutes(ipam.routes, ips, conf);
      configureInterface(sandbox, args.ifName, ips, routes);
      if (conf.isGateway) for (const ip of byFamily(ips)) giveGateway(ip, conf, ownMac, context);
      if (conf.ipMasq) {
        for (const { address } of ips) setupIpMasq(node.host, conf.conf.name, args.containerId, address);
      }
    } catch (error) {
      releaseAddresses(conf, args, context);
      throw error;
    }
  }
  const bridge: CniInterface = { name: conf.bridge, mac: node.host.link(conf.bridge)?.mac ?? '', sandbox: '' };
  const result: CniResult = {
    cniVersion: conf.conf.cniVersion,
    interfaces: [bridge, hostEnd, podEnd],
    ips,
    routes: routes.map(({ destination, gateway }) => ({ destination, gateway })),
    dns: conf.conf.dns,
  };
  return printResult(result, conf.conf.cniVersion);
}

/** isDefaultGateway adds a default route by way of the first gateway of each family, unless IPAM gave one with a gateway. */
function withDefaultRoutes(routes: CniResult['routes'], ips: CniResult['ips'], conf: BridgeConf): readonly IpamRoute[] {
  const all: IpamRoute[] = [...routes];
  if (!conf.isDefaultGateway) return all;
  const seen = new Set<IpFamily>();
  for (const { address, gateway } of ips) {
    const family = familyOf(address.address);
    if (seen.has(family)) continue;
    seen.add(family);
    const destination = defaultOf(family);
    const given = all.some(
      (route) => route.gateway !== undefined && formatPrefix(route.destination) === formatPrefix(destination),
    );
    if (!given) all.push({ destination, gateway, mappedMask: true });
  }
  return all;
}

function defaultOf(family: IpFamily): IpPrefix {
  return { address: (family === 'IPv4' ? '0.0.0.0' : '::') as IpPrefix['address'], length: 0 };
}

/** IPv4's gateways come first. */
function byFamily(ips: CniResult['ips']): CniResult['ips'] {
  const of = (family: IpFamily): CniResult['ips'] => ips.filter(({ address }) => familyOf(address.address) === family);
  return [...of('IPv4'), ...of('IPv6')];
}

function giveGateway(
  { address, gateway }: CniResult['ips'][number],
  conf: BridgeConf,
  ownMac: CniInterface['mac'],
  context: PluginContext,
): void {
  if (gateway === undefined) return;
  const prefix = { address: gateway, length: address.length };
  wrapped('failed to set bridge addr: ', () => ensureBridgeAddress(conf, prefix, ownMac, context));
  const { host } = context.node;
  if (familyOf(gateway) === 'IPv4') host.setSysctl('net.ipv4.ip_forward', '1');
  else host.setSysctl('net.ipv6.conf.all.forwarding', '1');
}

/** What becomes of this is not looked at. */
function releaseAddresses(conf: BridgeConf, args: PluginArgs, context: PluginContext): void {
  try {
    context.delegate(conf.conf.ipamType, 'DEL', args.stdin);
  } catch {
    return;
  }
}

function del(args: PluginArgs, context: PluginContext): string {
  const conf = readBridgeConf(args);
  const { node } = context;
  const sandbox = node.sandboxes.get(args.netns);
  const addresses = (sandbox?.addressesOf(args.ifName) ?? [])
    .filter(({ scope }) => scope === 'global')
    .map(({ address, prefixLength }) => ({ address, length: prefixLength }));
  if (sandbox !== undefined) node.deleteLink(sandbox, args.ifName);
  if (conf.conf.ipamType !== '') context.delegate(conf.conf.ipamType, 'DEL', args.stdin);
  if (sandbox === undefined || conf.conf.ipamType === '' || !conf.ipMasq) return '';
  for (const address of addresses) teardownIpMasq(conf.conf.name, args.containerId, address, context);
  return '';
}
