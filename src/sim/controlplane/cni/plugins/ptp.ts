import { familyOf, hostPrefix, networkOf } from '../../../../wire/address.ts';
import { CniError, PluginFailure } from '../spec/cniError.ts';
import type { CniInterface, CniResult } from '../spec/cniResult.ts';
import { type NetConf, readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import { quote } from '../spec/quote.ts';
import { checkAddresses, checkRoutes } from './checkInterface.ts';
import { configureInterface } from './configureInterface.ts';
import { setupIpMasq, teardownIpMasq } from './ipMasqTables.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { delegatedResult, prevResultOf, printResult } from './prevResult.ts';
import { setupVeth } from './setupVeth.ts';
import { allVersions } from './versions.ts';

/** Connects a sandbox to the node by a veth pair and routes alone (plugins/main/ptp). */
export const PTP_PLUGIN: Plugin = {
  name: 'ptp',
  versions: allVersions,
  add,
  del,
  check,
  status: ({ stdin }, context) => context.delegate(readConf(stdin).ipamType, 'STATUS', stdin),
};

/** Place of the Pod's interface among the result's. */
const POD_INTERFACE = 1;

function readConf(stdin: string): NetConf {
  return wrapped('failed to load netconf: ', () =>
    readNetConf(readStdin(stdin, ''), 'NetConf', { ipMasq: 'bool', mtu: 'int' }),
  );
}

function add(args: PluginArgs, context: PluginContext): string {
  const conf = readConf(args.stdin);
  const ipam = delegatedResult(context.delegate(conf.ipamType, 'ADD', args.stdin), conf.cniVersion);
  try {
    return printResult(connect(conf, ipam, args, context), conf.cniVersion);
  } catch (error) {
    try {
      context.delegate(conf.ipamType, 'DEL', args.stdin);
    } catch (second) {
      if (!(second instanceof PluginFailure || second instanceof CniError)) throw second;
    }
    throw error;
  }
}

function connect(conf: NetConf, ipam: CniResult, args: PluginArgs, context: PluginContext): CniResult {
  const { node } = context;
  if (ipam.ips.length === 0) throw new PluginFailure('IPAM plugin returned missing IP config');
  for (const { address } of ipam.ips) {
    const key = familyOf(address.address) === 'IPv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
    node.host.setSysctl(key, '1');
  }
  const sandbox = wrapped(`failed to open netns ${quote(args.netns)}: `, () => node.sandbox(args.netns));
  const mtu = typeof conf.own.mtu === 'number' ? conf.own.mtu : 0;
  const [hostEnd, podEnd] = setupVeth({ mtu, mac: '' }, sandbox, args, context);
  const ips = ipam.ips.map((ip) => ({ ...ip, interface: POD_INTERFACE }));
  configureInterface(sandbox, args.ifName, ips, ipam.routes);
  for (const { address, gateway } of ips) {
    if (gateway === undefined) continue;
    // Not even neighbours of the same subnet are reached without the node.
    sandbox.replaceConnected(networkOf(address), gateway, args.ifName, address.address);
    node.host.addAddress(hostEnd.name, hostPrefix(gateway));
    node.host.addHostRoute(address.address, hostEnd.name);
  }
  if (conf.own.ipMasq === true) {
    for (const { address } of ips) setupIpMasq(node.host, conf.name, args.containerId, address);
  }
  const dns = Object.keys(conf.dns).length > 0 ? conf.dns : ipam.dns;
  return { cniVersion: conf.cniVersion, interfaces: [hostEnd, podEnd], ips, routes: ipam.routes, dns };
}

function del(args: PluginArgs, context: PluginContext): string {
  const conf = readConf(args.stdin);
  const { node } = context;
  context.delegate(conf.ipamType, 'DEL', args.stdin);
  const sandbox = node.sandboxes.get(args.netns);
  if (sandbox === undefined) return '';
  const addresses = sandbox.addressesOf(args.ifName).filter(({ scope }) => scope === 'global');
  node.deleteLink(sandbox, args.ifName);
  if (conf.own.ipMasq !== true) return '';
  for (const { address, prefixLength } of addresses) {
    teardownIpMasq(conf.name, args.containerId, { address, length: prefixLength }, context);
  }
  return '';
}

function check(args: PluginArgs, context: PluginContext): string {
  const conf = readConf(args.stdin);
  const sandbox = wrapped(`failed to open netns ${quote(args.netns)}: `, () => context.node.sandbox(args.netns));
  context.delegate(conf.ipamType, 'CHECK', args.stdin);
  const before = prevResultOf(conf);
  if (before === undefined) throw new PluginFailure('ptp: Required prevResult missing');
  const told = before.interfaces.find(({ name, sandbox: at }) => name === args.ifName && at === args.netns);
  if (told === undefined) {
    throw new PluginFailure(`Sandbox in prevResult  doesn't match configured netns: ${args.netns}`);
  }
  checkLink(told, sandbox.link(told.name));
  checkAddresses(sandbox, args.ifName, before.ips);
  checkRoutes(sandbox, before.routes, context.release);
  return '';
}

function checkLink(
  { name, mac }: CniInterface,
  link: { readonly kind: string; readonly mac: string } | undefined,
): void {
  if (link === undefined) throw new PluginFailure(`ptp: Container Interface name in prevResult: ${name} not found`);
  if (link.kind !== 'veth') throw new PluginFailure(`Error: Container interface ${name} not of type veth/p2p`);
  if (mac !== '' && mac !== link.mac) {
    throw new PluginFailure(`ptp: Interface ${name} Mac ${mac} doesn't match container Mac: ${link.mac}`);
  }
}
