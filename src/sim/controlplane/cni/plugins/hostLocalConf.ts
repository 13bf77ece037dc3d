import { familyOf, type IpAddress, parseIpAddress, parseIpPrefix } from '../../../../wire/address.ts';
import { loadArgs } from '../spec/cniArgs.ts';
import { PluginFailure } from '../spec/cniError.ts';
import { type CniRoute, readAddress, readPrefix, readRoute } from '../spec/cniResult.ts';
import { type Decoded, decodeStruct, type Fields } from '../spec/decode.ts';
import { readStdin, wrapped } from '../spec/netConf.ts';
import { atLeast } from '../spec/version.ts';
import { completeRangeSet, type DeclaredRange, type RangeSet, setsOverlap } from './hostLocalRanges.ts';
import type { PluginArgs } from './plugin.ts';

/** host-local's configuration, completed (backend/allocator/config.go, LoadIPAMConfig). */
export interface HostLocalConf {
  readonly name: string;
  readonly cniVersion: string;
  readonly dataDir: string;
  readonly resolvConf: string;
  readonly routes: readonly CniRoute[];
  readonly ranges: readonly RangeSet[];
  /** Addresses that were asked for, by CNI_ARGS, args or the runtime. */
  readonly requested: readonly IpAddress[];
}

const RANGE: Fields = { rangeStart: 'string', rangeEnd: 'string', subnet: 'string', gateway: 'string' };
const RANGES = {
  list: { list: { struct: 'Range', fields: RANGE }, type: '[]allocator.RangeSet' },
  type: '[]allocator.RangeSet',
} as const;
const IPS = { list: 'string', type: '[]*ip.IP' } as const;
const FIELDS: Fields = {
  name: 'string',
  cniVersion: 'string',
  ipam: {
    struct: 'IPAMConfig',
    fields: {
      ...RANGE,
      type: 'string',
      routes: { list: { struct: 'route', fields: { dst: 'string', gw: 'string' } }, type: '[]*types.Route' },
      dataDir: 'string',
      resolvConf: 'string',
      ranges: RANGES,
    },
  },
  runtimeConfig: { struct: 'struct', fields: { ipRanges: RANGES, ips: IPS } },
  args: { struct: 'struct', fields: { cni: { struct: 'IPAMArgs', fields: { ips: IPS } } } },
};

/** @throws PluginFailure in the plugin's words. */
export function readHostLocalConf({ stdin, args }: Pick<PluginArgs, 'stdin' | 'args'>): HostLocalConf {
  const conf = decodeStruct(readStdin(stdin, ''), 'Net', FIELDS);
  const ipam = conf.ipam as Decoded | undefined;
  if (ipam === undefined) throw new PluginFailure("IPAM config missing 'ipam' key");
  const requested = requestedBy(args, conf);
  const runtime = conf.runtimeConfig as Decoded | undefined;
  const single = readRange(ipam);
  const declared = [...sets(runtime?.ipRanges), ...(single.subnet ? [[single]] : []), ...sets(ipam.ranges)];
  if (declared.length === 0) throw new PluginFailure('no IP ranges specified');
  const ranges = declared.map((set, i) => wrapped(`invalid range set ${i}: `, () => completeRangeSet(set)));
  const cniVersion = text(conf.cniVersion);
  refuseManyOfOneFamily(ranges, cniVersion);
  refuseOverlap(ranges);
  return {
    name: text(conf.name),
    cniVersion,
    dataDir: text(ipam.dataDir),
    resolvConf: text(ipam.resolvConf),
    routes: ((ipam.routes as readonly Decoded[] | undefined) ?? []).map(readRoute),
    ranges,
    requested,
  };
}

function requestedBy(args: string, conf: Decoded): readonly IpAddress[] {
  const requested: IpAddress[] = [];
  const take = (value: string): string | undefined => {
    if (value === '') return undefined;
    const address = parseIpAddress(value) ?? parseIpPrefix(value)?.address;
    if (address === undefined) return `invalid IP address ${value}`;
    requested.push(address);
    return undefined;
  };
  loadArgs(args, new Map([['IP', take]]));
  const others = [
    (((conf.args as Decoded | undefined)?.cni as Decoded | undefined)?.ips as readonly string[] | undefined) ?? [],
    ((conf.runtimeConfig as Decoded | undefined)?.ips as readonly string[] | undefined) ?? [],
  ];
  for (const value of others.flat()) {
    const problem = take(value);
    if (problem !== undefined) throw new PluginFailure(problem);
  }
  return requested;
}

function refuseManyOfOneFamily(ranges: readonly RangeSet[], cniVersion: string): void {
  const families = ranges.map(([first]) => (first ? familyOf(first.start) : 'IPv4'));
  const many = (['IPv4', 'IPv6'] as const).some((family) => families.filter((each) => each === family).length > 1);
  if (many && !atLeast(cniVersion, '0.3.0')) {
    throw new PluginFailure(`CNI version ${cniVersion} does not support more than 1 address per family`);
  }
}

function refuseOverlap(ranges: readonly RangeSet[]): void {
  ranges.forEach((set, i) => {
    const j = ranges.findIndex((other, place) => place > i && setsOverlap(set, other));
    if (j >= 0) throw new PluginFailure(`range set ${i} overlaps with ${j}`);
  });
}

function sets(value: unknown): readonly (readonly DeclaredRange[])[] {
  return ((value as readonly (readonly Decoded[])[] | undefined) ?? []).map((set) => (set ?? []).map(readRange));
}

function readRange(range: Decoded): DeclaredRange {
  const subnet = text(range.subnet);
  return {
    subnet: subnet === '' ? undefined : readPrefix(subnet),
    start: readAddress(range.rangeStart),
    end: readAddress(range.rangeEnd),
    gateway: readAddress(range.gateway),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
