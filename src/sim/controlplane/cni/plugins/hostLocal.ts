import { type IpAddress, parseIpAddress } from '../../../../wire/address.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniIp } from '../spec/cniResult.ts';
import type { Decoded } from '../spec/decode.ts';
import { readHostLocalConf } from './hostLocalConf.ts';
import { AddressFiles } from './hostLocalFiles.ts';
import { containsAddress, nextAddresses, type RangeSet, rangeOf, rangeSetText } from './hostLocalRanges.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { printResult } from './prevResult.ts';
import { allVersions } from './versions.ts';

/** Hands out a node's own addresses, and remembers them in files (plugins/ipam/host-local). */
export const HOST_LOCAL_PLUGIN: Plugin = { name: 'host-local', versions: allVersions, add, del, check };

function add(args: PluginArgs, { node }: PluginContext): string {
  const conf = readHostLocalConf(args);
  const dns = conf.resolvConf === '' ? {} : readResolvConf(node.readFile(conf.resolvConf));
  const files = new AddressFiles(node, conf);
  const wanted = new Set(conf.requested);
  const ips: CniIp[] = [];
  conf.ranges.forEach((set, index) => {
    const requested = [...wanted].find((address) => containsAddress(set, address));
    if (requested !== undefined) wanted.delete(requested);
    try {
      ips.push(allocate(set, index, requested, files, args));
    } catch (error) {
      if (!(error instanceof PluginFailure)) throw error;
      if (ips.length > 0) files.release(args.containerId, args.ifName);
      throw new PluginFailure(`failed to allocate for range ${index}: ${error.message}`);
    }
  });
  if (wanted.size > 0) {
    if (ips.length > 0) files.release(args.containerId, args.ifName);
    throw new PluginFailure(`failed to allocate all requested IPs: ${[...wanted].join(' ')}`);
  }
  return printResult({ cniVersion: conf.cniVersion, interfaces: [], ips, routes: conf.routes, dns }, conf.cniVersion);
}

/** backend/allocator/allocator.go, Get. */
function allocate(
  set: RangeSet,
  index: number,
  requested: IpAddress | undefined,
  files: AddressFiles,
  { containerId, ifName }: PluginArgs,
): CniIp {
  const answer = (address: IpAddress): CniIp => {
    const range = rangeOf(set, address);
    if (range === undefined) throw new PluginFailure(`${address} not in range set ${rangeSetText(set)}`);
    const { subnet, gateway } = range;
    return { interface: undefined, address: { address, length: subnet.length }, gateway };
  };
  if (requested !== undefined) {
    const { gateway } = answer(requested);
    if (requested === gateway) throw new PluginFailure(`requested ip ${requested} is subnet's gateway`);
    if (files.reserve(containerId, ifName, requested, index)) return answer(requested);
    throw new PluginFailure(`requested IP address ${requested} is not available in range set ${rangeSetText(set)}`);
  }
  const already = files.addressesOf(containerId, ifName).find((address) => containsAddress(set, address));
  if (already !== undefined) {
    throw new PluginFailure(`${already} has been allocated to ${containerId}, duplicate allocation is not allowed`);
  }
  for (const address of nextAddresses(set, files.lastReserved(index))) {
    if (files.reserve(containerId, ifName, address, index)) return answer(address);
  }
  throw new PluginFailure(`no IP addresses available in range set: ${rangeSetText(set)}`);
}

function del(args: PluginArgs, { node }: PluginContext): string {
  const files = new AddressFiles(node, readHostLocalConf(args));
  files.release(args.containerId, args.ifName);
  return '';
}

function check(args: PluginArgs, { node }: PluginContext): string {
  const files = new AddressFiles(node, readHostLocalConf(args));
  if (files.holds(args.containerId, args.ifName)) return '';
  throw new PluginFailure(`host-local: Failed to find address added by container ${args.containerId}`);
}

/** plugins/ipam/host-local/dns.go */
function readResolvConf(text: string): Decoded {
  const nameservers: string[] = [];
  const search: string[] = [];
  const options: string[] = [];
  let domain = '';
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (line.trim() === '' || line.trim().startsWith('#') || words.length < 2) continue;
    const [key, first] = words;
    if (key === 'nameserver' && first !== undefined) nameservers.push(parseIpAddress(first) ?? first);
    if (key === 'domain' && first !== undefined) domain = first;
    if (key === 'search') search.push(...words.slice(1));
    if (key === 'options') options.push(...words.slice(1));
  }
  return { nameservers, domain, search, options };
}
