import type { Link, VethLink } from '../../../../datamodel/network/link.ts';
import type { CniNode } from '../node/cniNode.ts';
import type { Namespace } from '../node/namespace.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniInterface } from '../spec/cniResult.ts';
import { wrapped } from '../spec/netConf.ts';
import { quote } from '../spec/quote.ts';
import { readBridgeConf } from './bridgeConf.ts';
import { checkAddresses, checkRoutes } from './checkInterface.ts';
import type { PluginArgs, PluginContext } from './plugin.ts';
import { prevResultOf } from './prevResult.ts';

const NOTHING: CniInterface = { name: '', mac: '', sandbox: '' };

/** The bridge plugin's CHECK: the devices, addresses and routes that an ADD told of are still there. */
export function checkBridge(args: PluginArgs, context: PluginContext): string {
  const { node } = context;
  const { conf, bridge, promiscMode } = readBridgeConf(args);
  const sandbox = wrapped(`failed to open netns ${quote(args.netns)}: `, () => node.sandbox(args.netns));
  context.delegate(conf.ipamType, 'CHECK', args.stdin);
  if (conf.prevResult === undefined) throw new PluginFailure('Required prevResult missing');
  const result = prevResultOf(conf);
  const interfaces = result?.interfaces ?? [];
  const toldBridge = interfaces.find(({ name }) => name === bridge) ?? NOTHING;
  const toldPod = interfaces.find(({ name, sandbox: at }) => name === args.ifName && at === args.netns) ?? NOTHING;
  checkBridgeLink(node.host, toldBridge, promiscMode);
  if (args.netns !== toldPod.sandbox) {
    throw new PluginFailure(`Sandbox in prevResult ${toldPod.sandbox} doesn't match configured netns: ${args.netns}`);
  }
  const podEnd = checkPodLink(sandbox, toldPod);
  const others = interfaces.filter(({ name }) => name !== toldBridge.name && name !== toldPod.name);
  if (!others.some((told) => isOtherEnd(node, told, podEnd, bridge))) {
    throw new PluginFailure(`CNI veth created for bridge ${bridge} was not found`);
  }
  checkAddresses(sandbox, args.ifName, result?.ips ?? []);
  checkRoutes(sandbox, result?.routes ?? [], context.release);
  return '';
}

function checkBridgeLink(host: Namespace, told: CniInterface, promiscMode: boolean): void {
  const link = find(host, told, false);
  if (link.kind !== 'bridge') throw new PluginFailure(`Interface ${told.name} does not have link type of bridge`);
  if (told.mac !== '' && told.mac !== link.mac) {
    throw new PluginFailure(`Bridge interface ${told.name} Mac doesn't match: ${told.mac}`);
  }
  const isPromiscuous = host.promiscuous.has(told.name);
  if (isPromiscuous !== promiscMode) {
    const words = `configured Promisc Mode ${promiscMode} doesn't match current state: ${isPromiscuous} `;
    throw new PluginFailure(`Bridge interface ${told.name} ${words}`);
  }
}

function checkPodLink(sandbox: Namespace, told: CniInterface): VethLink {
  const link = find(sandbox, told, true);
  if (link.kind !== 'veth') throw new PluginFailure(`Error: Container interface ${link.name} not of type veth`);
  if (told.mac !== '' && told.mac !== link.mac) {
    throw new PluginFailure(`Interface ${told.name} Mac ${told.mac} doesn't match container Mac: ${link.mac}`);
  }
  return link;
}

function isOtherEnd(node: CniNode, told: CniInterface, podEnd: VethLink, bridge: string): boolean {
  const link = find(node.host, told, false);
  if (link.kind !== 'veth' || node.peerOnHost(podEnd) !== link.name || link.port?.bridge !== bridge) return false;
  if (told.mac !== '' && told.mac !== link.mac) {
    throw new PluginFailure(`Interface ${told.name} Mac doesn't match: ${told.mac} not found`);
  }
  return true;
}

function find(netns: Namespace, told: CniInterface, inSandbox: boolean): Link {
  if (told.name === '') throw new PluginFailure('Interface name missing ');
  const link = netns.link(told.name);
  if (link === undefined) throw new PluginFailure(`Interface name ${told.name} not found`);
  if (inSandbox && told.sandbox === '') {
    throw new PluginFailure(`Interface ${told.name} is expected to be in a sandbox`);
  }
  if (!inSandbox && told.sandbox !== '') {
    throw new PluginFailure(`Interface ${told.name} should not be in sandbox`);
  }
  return link;
}
