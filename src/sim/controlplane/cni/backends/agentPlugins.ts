import { hostPrefix, ipPrefix } from '../../../../wire/address.ts';
import type { Plugin, PluginArgs, PluginContext } from '../plugins/plugin.ts';
import { delegatedResult, prevResultOf, printResult } from '../plugins/prevResult.ts';
import { allVersions } from '../plugins/versions.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniResult } from '../spec/cniResult.ts';
import { type NetConf, readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import type { SpecVersion } from '../spec/version.ts';
import type { AgentAnswer } from './agentAnswer.ts';

type Given = Extract<AgentAnswer, { readonly ok: true }>;

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
const OLD_AND_NEW = (): readonly SpecVersion[] => ['0.3.0', '0.3.1', '0.4.0', '1.0.0'];

/** Asks Calico's datastore for an address (cni-plugin/pkg/ipamplugin). */
const CALICO_IPAM: Plugin = {
  name: 'calico-ipam',
  versions: allVersions,
  add: (args, context) => {
    const { cniVersion } = confOf(args);
    const { address, blockLength } = asked(args, context);
    const ips = [{ interface: undefined, address: { address, length: blockLength }, gateway: undefined }];
    return printResult({ cniVersion, interfaces: [], ips, routes: [], dns: {} }, cniVersion);
  },
  del: () => '',
  check: () => '',
};

/** Connects a sandbox by a veth and a route (cni-plugin/pkg/k8s, CmdAddK8s). */
const CALICO: Plugin = {
  name: 'calico',
  versions: allVersions,
  add: (args, context) => {
    const { cniVersion, ipamType } = confOf(args);
    const ipam = delegatedResult(context.delegate(ipamType, 'ADD', args.stdin), cniVersion);
    const given = asked(args, context);
    connect(given, args, context);
    const ips = ipam.ips.map((ip) => ({ ...ip, address: hostPrefix(ip.address.address) }));
    const interfaces = [{ name: given.hostVeth.name, mac: '', sandbox: '' }];
    return printResult({ ...ipam, cniVersion, interfaces, ips }, cniVersion);
  },
  del: (args, context) => {
    context.delegate(confOf(args).ipamType, 'DEL', args.stdin);
    return disconnect(args, context);
  },
  check: () => '',
};

/** Asks cilium-agent for an address and an endpoint (plugins/cilium-cni/cmd). */
const CILIUM: Plugin = {
  name: 'cilium-cni',
  versions: allVersions,
  add: (args, context) => {
    const { cniVersion } = confOf(args);
    const given = asked(args, context);
    connect(given, args, context);
    const { gateway } = given;
    const routes = [
      { destination: hostPrefix(gateway), gateway: undefined },
      { destination: DEFAULT_ROUTE, gateway },
    ];
    return printResult(resultOf(cniVersion, given, args, { gateway, routes }), cniVersion);
  },
  del: disconnect,
  check: () => '',
};

/** Asks ipamd for one of the node's addresses (cmd/routed-eni-cni-plugin). */
const AWS: Plugin = {
  name: 'aws-cni',
  versions: OLD_AND_NEW,
  add: (args, context) => {
    const { cniVersion } = confOf(args);
    const given = asked(args, context);
    connect(given, args, context);
    const result = resultOf(cniVersion, given, args, { gateway: undefined, routes: [] });
    const [host, pod] = result.interfaces;
    // The third one is none: it tells DEL of the branch's VLAN, and of the NIC.
    const dummy = { name: given.hostVeth.name.replace(/^eni/, 'dummy'), mac: '0', sandbox: '0' };
    const named = [host, pod].flatMap((each) => (each ? [{ ...each, mac: '' }] : []));
    return printResult({ ...result, interfaces: [...named, dummy] }, cniVersion);
  },
  del: disconnect,
  check: () => '',
};

/** Gives Pods a way out in the other family; switched off it hands on what it got (cmd/egress-cni-plugin). */
const EGRESS: Plugin = {
  name: 'egress-cni',
  versions: OLD_AND_NEW,
  add: (args) => {
    const conf = confOf(args);
    const before = prevResultOf(conf);
    if (before === undefined) throw new PluginFailure('must be called as a chained plugin');
    return printResult(before, conf.cniVersion);
  },
  del: () => '',
  check: () => '',
};

/** Plugins that come with a CNI's agents, by name. */
export const AGENT_PLUGINS: ReadonlyMap<string, Plugin> = new Map(
  [CALICO, CALICO_IPAM, CILIUM, AWS, EGRESS].map((plugin) => [plugin.name, plugin]),
);

function confOf({ stdin }: PluginArgs): NetConf {
  return wrapped('failed to load netconf: ', () => readNetConf(readStdin(stdin, ''), 'NetConf'));
}

function asked({ containerId }: PluginArgs, { node }: PluginContext): Given {
  const answer = node.answers.get(containerId);
  if (answer === undefined) throw new PluginFailure('the agent knows nothing of this container');
  if (!answer.ok) throw new PluginFailure(answer.error);
  return answer;
}

function connect({ host, pod }: Given, { netns, ifName }: PluginArgs, { node }: PluginContext): void {
  const sandbox = wrapped(`failed to open netns "${netns}": `, () => node.sandbox(netns));
  if (sandbox.link(ifName)) node.deleteLink(sandbox, ifName);
  node.host.adopt(host);
  sandbox.adopt({
    ...pod,
    links: pod.links?.filter(({ kind }) => kind !== 'loopback') ?? [],
    addresses: pod.addresses?.filter(({ link }) => link !== 'lo') ?? [],
  });
}

function disconnect({ netns, ifName }: PluginArgs, { node }: PluginContext): string {
  const sandbox = node.sandboxes.get(netns);
  if (sandbox) node.deleteLink(sandbox, ifName);
  return '';
}

function resultOf(
  cniVersion: string,
  { address, hostVeth, podMac }: Given,
  { netns, ifName }: PluginArgs,
  { gateway, routes }: { readonly gateway: Given['gateway'] | undefined; readonly routes: CniResult['routes'] },
): CniResult {
  const interfaces = [
    { name: hostVeth.name, mac: hostVeth.mac, sandbox: '' },
    { name: ifName, mac: podMac, sandbox: netns },
  ];
  return { cniVersion, interfaces, ips: [{ interface: 1, address: hostPrefix(address), gateway }], routes, dns: {} };
}
