import { familyOf, type IpPrefix, parseIpAddress } from '../../../../wire/address.ts';
import { anyValue, loadArgs } from '../spec/cniArgs.ts';
import { PluginFailure } from '../spec/cniError.ts';
import { type CniIp, type CniRoute, readAddress, readPrefix, readRoute } from '../spec/cniResult.ts';
import { type Decoded, decodeStruct, type Fields } from '../spec/decode.ts';
import { readStdin, wrapped } from '../spec/netConf.ts';
import type { Plugin, PluginArgs } from './plugin.ts';
import { printResult } from './prevResult.ts';
import { allVersions } from './versions.ts';

/** Answers with the addresses that its configuration names (plugins/ipam/static). It keeps no account of them. */
export const STATIC_PLUGIN: Plugin = { name: 'static', versions: allVersions, add, del: () => '', check };

const STRINGS = { list: 'string', type: '[]string' } as const;
const FIELDS: Fields = {
  name: 'string',
  cniVersion: 'string',
  ipam: {
    struct: 'IPAMConfig',
    fields: {
      type: 'string',
      routes: { list: { struct: 'route', fields: { dst: 'string', gw: 'string' } }, type: '[]*types.Route' },
      addresses: {
        list: { struct: 'Address', fields: { address: 'string', gateway: 'string' } },
        type: '[]main.Address',
      },
      dns: { struct: 'DNS', fields: { nameservers: STRINGS, domain: 'string', search: STRINGS, options: STRINGS } },
    },
  },
  runtimeConfig: { struct: 'struct', fields: { ips: STRINGS } },
};

interface StaticConf {
  readonly cniVersion: string;
  readonly ips: readonly CniIp[];
  readonly routes: readonly CniRoute[];
  readonly dns: Decoded;
}

function readConf({ stdin, args }: PluginArgs): StaticConf {
  const conf = wrapped('failed to load netconf: ', () => decodeStruct(readStdin(stdin, ''), 'Net', FIELDS));
  const ipam = conf.ipam as Decoded | undefined;
  if (ipam === undefined) throw new PluginFailure("IPAM config missing 'ipam' key");
  const told = loadArgs(
    args,
    new Map([
      ['IP', anyValue],
      ['GATEWAY', anyValue],
    ]),
  );
  const gateway = told.get('GATEWAY');
  const byArgs = (told.get('IP') ?? '').split(',').filter((each) => each !== '');
  const runtime = ((conf.runtimeConfig as Decoded | undefined)?.ips ?? []) as readonly string[];
  const asked = (runtime.length > 0 ? runtime : byArgs).map(readPrefix);
  const declared = ((ipam.addresses ?? []) as readonly Decoded[]).map((each) => ({
    interface: undefined,
    address: readPrefix(typeof each.address === 'string' ? each.address : ''),
    gateway: readAddress(each.gateway),
  }));
  const ips =
    asked.length > 0
      ? asked.map((address) => ({ interface: undefined, address, gateway: gatewayFor(address, gateway) }))
      : declared;
  return {
    cniVersion: typeof conf.cniVersion === 'string' ? conf.cniVersion : '',
    ips,
    routes: ((ipam.routes ?? []) as readonly Decoded[]).map(readRoute),
    dns: (ipam.dns as Decoded | undefined) ?? {},
  };
}

function gatewayFor(address: IpPrefix, text: string | undefined): CniIp['gateway'] {
  const gateways = (text ?? '').split(',').flatMap((each) => parseIpAddress(each) ?? []);
  return gateways.find((gateway) => familyOf(gateway) === familyOf(address.address));
}

function add(args: PluginArgs): string {
  const { cniVersion, ips, routes, dns } = readConf(args);
  return printResult({ cniVersion, interfaces: [], ips, routes, dns }, cniVersion);
}

function check(args: PluginArgs): string {
  readConf(args);
  return '';
}
