import { macAddress, parseMacAddress } from '../../../../wire/address.ts';
import type { CniNode } from '../node/cniNode.ts';
import type { Namespace } from '../node/namespace.ts';
import { anyValue, loadArgs } from '../spec/cniArgs.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniResult } from '../spec/cniResult.ts';
import type { Decoded, Fields } from '../spec/decode.ts';
import { isObject, type Json, jsonObject } from '../spec/json.ts';
import { type NetConf, readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import { parseJson } from '../spec/parseJson.ts';
import { quote } from '../spec/quote.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { converted, prevResultOf, printResult } from './prevResult.ts';
import { allVersions } from './versions.ts';

/** Sets sysctls, MAC, MTU and flags of a Pod's interface (plugins/meta/tuning), and remembers what they were. */
export const TUNING_PLUGIN: Plugin = { name: 'tuning', versions: allVersions, add, del, check };

interface TuningConf {
  readonly conf: NetConf;
  readonly dataDir: string;
  readonly sysctls: ReadonlyMap<string, string>;
  /** '' to leave it. */
  readonly mac: string;
  readonly promisc: boolean;
  /** 0 to leave it. */
  readonly mtu: number;
  readonly allmulti: boolean | undefined;
}

const STRINGS = { values: 'string', type: 'map[string]string' } as const;
const OWN: Fields = { sysctl: STRINGS, mac: 'string', promisc: 'bool', mtu: 'int', allmulti: 'bool' };
const FIELDS: Fields = {
  ...OWN,
  dataDir: 'string',
  runtimeConfig: { struct: 'struct', fields: { mac: 'string' } },
  args: { struct: 'struct', fields: { cni: { struct: 'IPAMArgs', fields: OWN } } },
};
const DATA_DIR = '/run/cni/tuning';
const ETHERNET = { least: 68, most: 65535 };

function readConf({ stdin, args }: PluginArgs): TuningConf {
  const conf = wrapped('failed to load netconf: ', () => readNetConf(readStdin(stdin, ''), 'TuningConf', FIELDS));
  const { own } = conf;
  let mac = loadArgs(args, new Map([['MAC', anyValue]])).get('MAC') || textOf(own.mac);
  mac = textOf((own.runtimeConfig as Decoded | undefined)?.mac) || mac;
  const more = ((own.args as Decoded | undefined)?.cni as Decoded | undefined) ?? {};
  const pick = (key: string): unknown => more[key] ?? own[key];
  const sysctls = [own.sysctl, more.sysctl].flatMap((map) => [
    ...((map as ReadonlyMap<string, string> | undefined) ?? []),
  ]);
  const [mtu, allmulti] = [pick('mtu'), pick('allmulti')];
  return {
    conf,
    dataDir: textOf(own.dataDir) || DATA_DIR,
    sysctls: new Map(sysctls),
    mac: textOf(more.mac) || mac,
    promisc: pick('promisc') === true,
    mtu: typeof mtu === 'number' ? mtu : 0,
    allmulti: typeof allmulti === 'boolean' ? allmulti : undefined,
  };
}

function add(args: PluginArgs, { node }: PluginContext): string {
  const tuning = readConf(args);
  const before = prevResultOf(tuning.conf);
  if (before === undefined) throw new PluginFailure('Required prevResult missing');
  const sandbox = node.sandbox(args.netns);
  for (const [name, value] of tuning.sysctls) {
    const key = name.replace('IFNAME', args.ifName);
    const path = `/proc/sys/${key.replaceAll('.', '/')}`;
    if (!path.startsWith('/proc/sys/net/')) throw new PluginFailure(`invalid net sysctl key: ${quote(key)}`);
    sandbox.setSysctl(key.replaceAll('/', '.'), value);
  }
  const { mac, mtu, promisc, allmulti } = tuning;
  if (mac !== '' || mtu !== 0 || promisc || allmulti !== undefined) backUp(tuning, sandbox, args, node);
  if (mac !== '') {
    if (parseMacAddress(mac) === undefined) {
      throw new PluginFailure(`invalid args ${mac} for MAC addr: address ${mac}: invalid MAC address`);
    }
    sandbox.replaceLink(args.ifName, (link) => ({ ...link, mac: macAddress(mac) }));
  }
  if (promisc) sandbox.promiscuous.add(args.ifName);
  if (mtu !== 0) setMtu(sandbox, args.ifName, mtu);
  if (allmulti !== undefined) setFlag(sandbox.allMulticast, args.ifName, allmulti);
  return printResult(mac === '' ? before : withMac(before, args.ifName, mac), tuning.conf.cniVersion);
}

function withMac(before: CniResult, ifName: string, mac: string): CniResult {
  const interfaces = before.interfaces.map((each) => (each.name === ifName ? { ...each, mac } : each));
  return { ...converted(before), interfaces };
}

/** One space a level (json.MarshalIndent). */
function backUp(tuning: TuningConf, sandbox: Namespace, args: PluginArgs, node: CniNode): void {
  const link = sandbox.link(args.ifName);
  if (link === undefined) throw new PluginFailure(`failed to get ${quote(args.ifName)}: Link not found`);
  const kept = jsonObject({
    mac: tuning.mac === '' ? undefined : link.mac,
    promisc: tuning.promisc ? sandbox.promiscuous.has(args.ifName) : undefined,
    mtu: tuning.mtu === 0 ? undefined : link.mtu,
    allmulti: tuning.allmulti === undefined ? undefined : sandbox.allMulticast.has(args.ifName),
  });
  node.files.set(backupFile(tuning, args), JSON.stringify(kept, undefined, 1));
}

/** Nothing that goes wrong here is told of. */
function del(args: PluginArgs, { node }: PluginContext): string {
  const tuning = readConf(args);
  const sandbox = node.sandboxes.get(args.netns);
  const file = backupFile(tuning, args);
  const kept = parseJson(node.files.get(file) ?? '');
  if (sandbox?.link(args.ifName) === undefined || !kept.ok || !isObject(kept.value)) return '';
  const { mtu, mac, promisc, allmulti } = kept.value as Readonly<Record<string, Json | undefined>>;
  if (typeof mtu === 'number') setMtu(sandbox, args.ifName, mtu);
  if (typeof mac === 'string') sandbox.replaceLink(args.ifName, (link) => ({ ...link, mac: macAddress(mac) }));
  if (typeof promisc === 'boolean') setFlag(sandbox.promiscuous, args.ifName, promisc);
  if (typeof allmulti === 'boolean') setFlag(sandbox.allMulticast, args.ifName, allmulti);
  node.files.delete(file);
  return '';
}

function check(args: PluginArgs, { node }: PluginContext): string {
  const { conf, sysctls, mac, promisc, mtu, allmulti } = readConf(args);
  if (prevResultOf(conf) === undefined) throw new PluginFailure('Required prevResult missing');
  const sandbox = node.sandbox(args.netns);
  for (const [key, wanted] of sysctls) {
    const current = sandbox.readSysctl(key);
    if (current === wanted) continue;
    const words = `value of /proc/sys/${key.replaceAll('.', '/')} is ${wanted}, current value is ${current}`;
    throw new PluginFailure(`Error: Tuning configured ${words}`);
  }
  const { ifName } = args;
  const link = sandbox.link(ifName);
  if (link === undefined) throw new PluginFailure(`Cannot find container link ${ifName}`);
  if (mac !== '' && mac !== link.mac) {
    throw new PluginFailure(`Error: Tuning configured Ethernet of ${ifName} is ${mac}, current value is ${link.mac}`);
  }
  const current = sandbox.promiscuous.has(ifName);
  if (current !== promisc) {
    const words = `configured promisc is ${promisc}, current value is ${current ? 1 : 0}`;
    throw new PluginFailure(`Error: Tuning link ${ifName} ${words}`);
  }
  if (mtu !== 0 && mtu !== link.mtu) {
    throw new PluginFailure(`Error: Tuning configured MTU of ${ifName} is ${mtu}, current value is ${link.mtu}`);
  }
  const takesAll = sandbox.allMulticast.has(ifName);
  if (allmulti !== undefined && allmulti !== takesAll) {
    const words = `of ${ifName} is ${allmulti}, current value is ${takesAll}`;
    throw new PluginFailure(`Error: Tuning configured all-multicast mode ${words}`);
  }
  return '';
}

function setMtu(sandbox: Namespace, ifName: string, mtu: number): void {
  if (mtu < ETHERNET.least || mtu > ETHERNET.most) throw new PluginFailure('invalid argument');
  sandbox.replaceLink(ifName, (link) => ({ ...link, mtu }));
}

function setFlag(names: Set<string>, name: string, on: boolean): void {
  if (on) names.add(name);
  else names.delete(name);
}

function backupFile({ dataDir }: TuningConf, { containerId, ifName }: PluginArgs): string {
  return `${dataDir}/${containerId}_${ifName}.json`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
