import { sha512Hex } from '../../digest.ts';
import type { CniNode } from '../node/cniNode.ts';
import type { Namespace, Qdisc } from '../node/namespace.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniInterface, CniResult } from '../spec/cniResult.ts';
import type { Decoded } from '../spec/decode.ts';
import { type NetConf, readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import { quote } from '../spec/quote.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { converted, prevResultOf, printResult } from './prevResult.ts';
import { versionsFrom } from './versions.ts';

/** Limits a Pod's traffic with token buckets (plugins/meta/bandwidth): at the veth's end on the node, and an ifb device. */
export const BANDWIDTH_PLUGIN: Plugin = { name: 'bandwidth', versions: versionsFrom('0.3.0'), add, del, check };

/** In bits and bits a second, as they are configured; 0: no limit. */
interface Limits {
  readonly ingressRate: number;
  readonly ingressBurst: number;
  readonly egressRate: number;
  readonly egressBurst: number;
}

interface BandwidthConf {
  readonly conf: NetConf;
  readonly limits: Limits | undefined;
  readonly before: CniResult | undefined;
}

const LIMITS = { ingressRate: 'uint64', ingressBurst: 'uint64', egressRate: 'uint64', egressBurst: 'uint64' } as const;
const FIELDS = {
  ...LIMITS,
  runtimeConfig: { struct: 'struct', fields: { bandwidth: { struct: 'BandwidthEntry', fields: LIMITS } } },
} as const;
const IFB_NAME_LENGTH = 15;
const MAXIMUM_BURST_BYTES = 0xffffffff;

function readConf({ stdin }: PluginArgs): BandwidthConf {
  const conf = wrapped('failed to parse network configuration: ', () =>
    readNetConf(readStdin(stdin, ''), 'PluginConf', FIELDS),
  );
  const limits = limitsIn(conf.own) ?? limitsIn((conf.own.runtimeConfig as Decoded | undefined)?.bandwidth);
  if (limits) {
    checkLimit(limits.ingressRate, limits.ingressBurst);
    checkLimit(limits.egressRate, limits.egressBurst);
  }
  return { conf, limits, before: wrapped('could not parse prevResult: ', () => prevResultOf(conf)) };
}

function limitsIn(value: unknown): Limits | undefined {
  const found = value as Decoded | undefined;
  if (found === undefined || !Object.keys(LIMITS).some((key) => found[key] !== undefined)) return undefined;
  const numberOf = (key: keyof Limits): number => (typeof found[key] === 'number' ? found[key] : 0);
  return {
    ingressRate: numberOf('ingressRate'),
    ingressBurst: numberOf('ingressBurst'),
    egressRate: numberOf('egressRate'),
    egressBurst: numberOf('egressBurst'),
  };
}

function checkLimit(rate: number, burst: number): void {
  if (burst === 0 && rate !== 0) throw new PluginFailure('if rate is set, burst must also be set');
  if (rate === 0 && burst !== 0) throw new PluginFailure('if burst is set, rate must also be set');
  if (Math.floor(burst / 8) >= MAXIMUM_BURST_BYTES) throw new PluginFailure('burst cannot be more than 4GB');
}

function add(args: PluginArgs, { node, entropy }: PluginContext): string {
  const { conf, limits, before } = readConf(args);
  if (limits === undefined || isZero(limits)) {
    if (before === undefined) throw new PluginFailure('must be called as chained plugin');
    return printResult(before, conf.cniVersion);
  }
  if (before === undefined) throw new PluginFailure('must be called as chained plugin');
  const hostEnd = hostEndOf(before, args, node);
  const { host } = node;
  if (limits.ingressRate > 0) addQdisc(host, bucket(hostEnd, limits.ingressRate, limits.ingressBurst));
  const interfaces = [...before.interfaces];
  if (limits.egressRate > 0) {
    const name = ifbName(conf.name, args.containerId);
    const mac = entropy.mac('ifb');
    if (host.link(name)) throw new PluginFailure('adding link: file exists');
    const mtu = host.link(hostEnd)?.mtu ?? 0;
    // An ifb device is a dummy to everybody but the redirection that feeds it.
    const link = { kind: 'dummy', arp: false, multicast: false, owner: 'cni', up: true, name, mac, mtu } as const;
    host.links = [...host.links, { ...link, index: host.takeIndex() }];
    interfaces.push({ name, mac, sandbox: '' });
    addQdisc(host, { dev: hostEnd, kind: 'ingress' });
    addQdisc(host, bucket(name, limits.egressRate, limits.egressBurst));
  }
  return printResult({ ...converted(before), interfaces }, conf.cniVersion);
}

function del(args: PluginArgs, { node }: PluginContext): string {
  const { conf } = readConf(args);
  node.deleteLink(node.host, ifbName(conf.name, args.containerId));
  return '';
}

function check(args: PluginArgs, { node }: PluginContext): string {
  const { conf, limits, before } = readConf(args);
  if (before === undefined) throw new PluginFailure('must be called as a chained plugin');
  const hostEnd = hostEndOf(before, args, node);
  if (limits === undefined) throw new PluginFailure('must be called with a bandwidth');
  if (limits.ingressRate > 0) checkBucket(node.host, bucket(hostEnd, limits.ingressRate, limits.ingressBurst));
  if (limits.egressRate > 0) {
    const name = ifbName(conf.name, args.containerId);
    if (node.host.link(name) === undefined) throw new PluginFailure('get ifb device: Link not found');
    checkBucket(node.host, bucket(name, limits.egressRate, limits.egressBurst));
  }
  return '';
}

/** The node's end of the Pod's veth, if the plugins before have told of it. */
function hostEndOf({ interfaces }: CniResult, { ifName, netns }: PluginArgs, node: CniNode): string {
  const sandbox = wrapped('failed to open netns %!q(<nil>): ', () => node.sandbox(netns));
  if (interfaces.length === 0) throw new PluginFailure('no interfaces provided');
  const link = sandbox.link(ifName);
  if (link?.kind !== 'veth') {
    const why = link
      ? `interface ${quote(ifName)} was not a veth interface`
      : `could not look up ${quote(ifName)}: Link not found`;
    throw new PluginFailure(`container interface ${ifName} has no veth peer: ${why}`);
  }
  const peer = node.peerOnHost(link);
  if (peer === undefined) throw new PluginFailure(`veth peer with index ${link.peer.index} is not in host ns`);
  const told = interfaces.some(({ name, sandbox: at }: CniInterface) => at === '' && name === peer);
  if (!told) throw new PluginFailure('no veth peer of container interface found in host ns');
  return peer;
}

function ifbName(network: string, containerId: string): string {
  return `bwp${sha512Hex(network + containerId)}`.slice(0, IFB_NAME_LENGTH);
}

function bucket(dev: string, rate: number, burst: number): Qdisc {
  return { dev, kind: 'tbf', rate: Math.floor(rate / 8), burst: Math.floor(burst / 8) };
}

function addQdisc(host: Namespace, qdisc: Qdisc): void {
  if (host.qdiscs.some(({ dev, kind }) => dev === qdisc.dev && kind === qdisc.kind)) {
    throw new PluginFailure(`create ${qdisc.kind === 'tbf' ? '' : 'ingress '}qdisc: file exists`);
  }
  host.qdiscs = [...host.qdiscs, qdisc];
}

function checkBucket(host: Namespace, wanted: Qdisc): void {
  const found = host.qdiscs.find(({ dev, kind }) => dev === wanted.dev && kind === 'tbf');
  if (found === undefined) throw new PluginFailure('Failed to find qdisc');
  if (found.rate !== wanted.rate) throw new PluginFailure("Rate doesn't match");
  if (found.burst !== wanted.burst) throw new PluginFailure("Limit doesn't match");
}

function isZero(limits: Limits): boolean {
  return Object.values(limits).every((value) => value === 0);
}
