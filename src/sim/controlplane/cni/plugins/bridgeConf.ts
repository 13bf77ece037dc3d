import { anyValue, loadArgs } from '../spec/cniArgs.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { Decoded } from '../spec/decode.ts';
import { type NetConf, readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import type { PluginArgs } from './plugin.ts';

/** The bridge plugin's configuration (plugins/main/bridge, NetConf). */
export interface BridgeConf {
  readonly conf: NetConf;
  readonly bridge: string;
  readonly isGateway: boolean;
  readonly isDefaultGateway: boolean;
  readonly forceAddress: boolean;
  readonly ipMasq: boolean;
  /** 0: the kernel's usual. */
  readonly mtu: number;
  readonly hairpinMode: boolean;
  readonly promiscMode: boolean;
  readonly vlan: number;
  /** Asked for by CNI_ARGS, args or the runtime; '' when nobody did. */
  readonly mac: string;
}

const MAC_ONLY = { struct: 'BridgeArgs', fields: { mac: 'string' } } as const;
const FIELDS = {
  bridge: 'string',
  isGateway: 'bool',
  isDefaultGateway: 'bool',
  forceAddress: 'bool',
  ipMasq: 'bool',
  mtu: 'int',
  hairpinMode: 'bool',
  promiscMode: 'bool',
  vlan: 'int',
  macspoofchk: 'bool',
  enabledad: 'bool',
  args: { struct: 'struct', fields: { cni: MAC_ONLY } },
  runtimeConfig: { struct: 'struct', fields: { mac: 'string' } },
} as const;
const MAXIMUM_VLAN = 4094;

/** @throws PluginFailure in the plugin's words. */
export function readBridgeConf({ stdin, args }: Pick<PluginArgs, 'stdin' | 'args'>): BridgeConf {
  const conf = wrapped('failed to load netconf: ', () => readNetConf(readStdin(stdin, ''), 'NetConf', FIELDS));
  const { own } = conf;
  const vlan = numberOf(own.vlan);
  if (vlan < 0 || vlan > MAXIMUM_VLAN) {
    throw new PluginFailure(`invalid VLAN ID ${vlan} (must be between 0 and ${MAXIMUM_VLAN})`);
  }
  let mac = loadArgs(args, new Map([['MAC', anyValue]])).get('MAC') ?? '';
  mac = macIn((own.args as Decoded | undefined)?.cni) || mac;
  mac = macIn(own.runtimeConfig) || mac;
  return {
    conf,
    bridge: typeof own.bridge === 'string' ? own.bridge : 'cni0',
    isGateway: own.isGateway === true || own.isDefaultGateway === true,
    isDefaultGateway: own.isDefaultGateway === true,
    forceAddress: own.forceAddress === true,
    ipMasq: own.ipMasq === true,
    mtu: numberOf(own.mtu),
    hairpinMode: own.hairpinMode === true,
    promiscMode: own.promiscMode === true,
    vlan,
    mac,
  };
}

function macIn(value: unknown): string {
  const mac = (value as Decoded | undefined)?.mac;
  return typeof mac === 'string' ? mac : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
