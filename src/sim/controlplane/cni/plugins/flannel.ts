import { formatPrefix } from '../../../../wire/address.ts';
import { CniError, PluginFailure } from '../spec/cniError.ts';
import { readRoute, routeJson } from '../spec/cniResult.ts';
import { decodeStruct } from '../spec/decode.ts';
import { isObject, type Json, type JsonObject, jsonObject, marshal, setKey, sortKeys } from '../spec/json.ts';
import { readNetConf, readStdin, wrapped } from '../spec/netConf.ts';
import { parseJson } from '../spec/parseJson.ts';
import { versionsBetween } from '../spec/version.ts';
import type { Plugin, PluginArgs, PluginContext } from './plugin.ts';
import { delegatedResult, printResult } from './prevResult.ts';
import { readSubnetEnv, type SubnetEnv } from './subnetEnv.ts';

/** Completes a configuration with what flanneld has written, and hands it on to another plugin (flannel-io/cni-plugin). */
export const FLANNEL_PLUGIN: Plugin = {
  name: 'flannel',
  versions: ({ flannel }) => versionsBetween('0.1.0', flannel === '1.2.0' ? '1.0.0' : '1.1.0'),
  add,
  del,
  check: () => '',
};

const DATA_DIR = '/var/lib/cni/flannel';
const FIELDS = { ipam: 'map', subnetFile: 'string', dataDir: 'string', delegate: 'map', runtimeConfig: 'map' } as const;
const ROUTES = {
  routes: { list: { struct: 'route', fields: { dst: 'string', gw: 'string' } }, type: '[]types.Route' },
} as const;

function add(args: PluginArgs, context: PluginContext): string {
  const { node, release } = context;
  const old = release.flannel === '1.2.0';
  const conf = wrapped(old ? 'loadFlannelNetConf failed: ' : 'failed to load flannel netconf file: ', () =>
    wrapped('failed to load netconf: ', () => readNetConf(readStdin(args.stdin, ''), 'NetConf', FIELDS)),
  );
  const { own } = conf;
  const subnetFile = textOr(own.subnetFile, '/run/flannel/subnet.env');
  const env = subnetEnvOf(subnetFile, context);
  const declared = own.delegate as JsonObject | undefined;
  refuseDelegate(declared);
  const runtimeConfig = own.runtimeConfig as JsonObject | undefined;
  const delegate: Record<string, Json> = {};
  const put = (key: string, value: Json): void => setKey(delegate, key, value);
  for (const [key, value] of Object.entries(declared ?? {})) put(key, value);
  if (runtimeConfig) put('runtimeConfig', runtimeConfig);
  put('name', conf.name);
  const has = (key: string): boolean => Object.hasOwn(delegate, key);
  if (!has('type')) put('type', 'bridge');
  // What flanneld does not masquerade the delegate has to.
  if (!has('ipMasq')) put('ipMasq', !env.ipMasq);
  if (!has('mtu')) put('mtu', env.mtu);
  const type = String(delegate.type);
  if (type === 'bridge' && !has('isGateway')) put('isGateway', true);
  if (conf.cniVersion !== '') put('cniVersion', conf.cniVersion);
  put('ipam', delegatedIpam(own.ipam as JsonObject | undefined, env));
  const netconf = marshal(sortKeys(jsonObject(delegate)));
  context.warn(`delegateAdd: netconf sent to delegate plugin:\n${netconf}`);
  node.files.set(scratchFile(args, own.dataDir), netconf);
  try {
    const result = delegatedResult(context.delegate(type, 'ADD', netconf), conf.cniVersion);
    return printResult(result, conf.cniVersion);
  } catch (error) {
    if (error instanceof CniError) throw new PluginFailure(`failed to delegate add: ${error.text()}`, error);
    if (error instanceof PluginFailure) throw new PluginFailure(`failed to delegate add: ${error.message}`);
    throw error;
  }
}

function subnetEnvOf(path: string, { node, release }: PluginContext): SubnetEnv {
  const old = release.flannel === '1.2.0';
  try {
    return readSubnetEnv(path, node.readFile(path));
  } catch (error) {
    if (!(error instanceof PluginFailure)) throw error;
    const { message } = error;
    throw new PluginFailure(
      old
        ? `loadFlannelSubnetEnv failed: ${message}`
        : `failed to load flannel 'subnet.env' file: ${message}. Check the flannel pod log for this node.`,
    );
  }
}

function refuseDelegate(delegate: JsonObject | undefined): void {
  if (delegate === undefined) return;
  if (Object.hasOwn(delegate, 'type') && typeof delegate.type !== 'string') {
    throw new PluginFailure("'delegate' dictionary, if present, must have (string) 'type' field");
  }
  for (const key of ['name', 'ipam']) {
    if (!Object.hasOwn(delegate, key)) continue;
    throw new PluginFailure(`'delegate' dictionary must not have '${key}' field, it'll be set by flannel`);
  }
}

function delegatedIpam(declared: JsonObject | undefined, env: SubnetEnv): Json {
  const ranges = env.subnets.map((subnet) => [jsonObject({ subnet: formatPrefix(subnet) })]);
  const own = wrapped(
    'failed to assemble Delegate IPAM: failed to read IPAM routes: failed to parse ipam.routes: ',
    () =>
      (
        (decodeStruct(jsonObject({ routes: declared?.routes }), 'NetConf', ROUTES).routes ?? []) as readonly object[]
      ).map((route) => routeJson(readRoute(route as Readonly<Record<string, unknown>>))),
  );
  const routes = [...own, ...env.networks.map((network) => jsonObject({ dst: formatPrefix(network) }))];
  return jsonObject({ type: 'host-local', ...declared, ranges, routes });
}

function del(args: PluginArgs, context: PluginContext): string {
  const conf = wrapped('failed to load netconf: ', () => readNetConf(readStdin(args.stdin, ''), 'NetConf', FIELDS));
  const file = scratchFile(args, conf.own.dataDir);
  const netconf = context.node.files.get(file);
  // Whoever was deleted already, or never added, is gone.
  if (netconf === undefined) return '';
  const parsed = parseJson(netconf);
  if (!parsed.ok) {
    context.warn(`failed to parse netconf: ${parsed.error}`);
    return '';
  }
  const type = isObject(parsed.value) ? parsed.value.type : undefined;
  context.delegate(typeof type === 'string' ? type : '', 'DEL', netconf);
  context.node.files.delete(file);
  return '';
}

/** What the delegate was told is kept until DEL. */
function scratchFile({ containerId }: PluginArgs, dataDir: unknown): string {
  return `${textOr(dataDir, DATA_DIR)}/${containerId}`;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
