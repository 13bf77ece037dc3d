import { CniError, CODES, PluginFailure } from '../spec/cniError.ts';
import { decodeStruct } from '../spec/decode.ts';
import { jsonObject, marshal } from '../spec/json.ts';
import { parseJson } from '../spec/parseJson.ts';
import { quote, quoteList } from '../spec/quote.ts';
import { atLeast, type SpecVersion } from '../spec/version.ts';
import { invalidContainerId, invalidInterfaceName, invalidNetworkName } from './names.ts';
import type { Plugin, PluginArgs, PluginCommand, PluginContext, PluginEnv } from './plugin.ts';

/** Commands that need each variable. */
const REQUIRED: readonly (readonly [name: string, commands: readonly string[]])[] = [
  ['CNI_COMMAND', []],
  ['CNI_CONTAINERID', ['ADD', 'CHECK', 'DEL']],
  ['CNI_NETNS', ['ADD', 'CHECK']],
  ['CNI_IFNAME', ['ADD', 'CHECK', 'DEL']],
  ['CNI_PATH', ['ADD', 'CHECK', 'DEL', 'GC', 'STATUS']],
];
const SINCE: ReadonlyMap<string, SpecVersion> = new Map([
  ['CHECK', '0.4.0'],
  ['GC', '1.1.0'],
  ['STATUS', '1.1.0'],
]);
const CONF = { struct: 'struct { Name string "json:\\"name\\"" }', field: 'name' } as const;
const VERSIONED = { struct: 'struct { CNIVersion string "json:\\"cniVersion\\"" }', field: 'cniVersion' } as const;

/**
 * What all plugins have around their own code (pkg/skel): the environment and the configuration are looked over, the version
 * is agreed on, and the command is carried out.
 *
 * @returns what the plugin prints.
 * @throws CniError with what it prints when it fails.
 */
export function runFrame(plugin: Plugin, env: PluginEnv, stdin: string, context: PluginContext): string {
  const modern = isModern(plugin, context);
  const command = variable(env, 'CNI_COMMAND');
  const args: PluginArgs = {
    containerId: variable(env, 'CNI_CONTAINERID'),
    netns: variable(env, 'CNI_NETNS'),
    ifName: variable(env, 'CNI_IFNAME'),
    args: variable(env, 'CNI_ARGS'),
    stdin,
    env,
  };
  if (command === '') return introduce(plugin, context);
  checkEnvironment(env, command, args, modern);
  if (command === 'VERSION') return versionAnswer(plugin, context);
  checkConfiguration(stdin);
  if (!modern) {
    refuse(invalidContainerId(args.containerId));
    refuse(invalidInterfaceName(args.ifName));
  }
  const work = commandOf(plugin, command, modern);
  if (work === undefined) throw new CniError(CODES.invalidEnvironment, `unknown CNI_COMMAND: ${command}`);
  agreeOnVersion(plugin, command, stdin, context);
  try {
    return work(args, context);
  } catch (error) {
    // From libcni 1.3 on errors.As finds a delegate's error under whatever it was wrapped in.
    if (error instanceof PluginFailure) {
      throw modern && error.delegate ? error.delegate : new CniError(CODES.internal, error.message);
    }
    throw error;
  }
}

/** Started by hand a plugin says who it is, on standard error. */
function introduce(plugin: Plugin, context: PluginContext): string {
  const { plugins, flannel } = context.release;
  context.warn(`CNI ${plugin.name} plugin v${plugin.name === 'flannel' ? flannel : plugins}\n`);
  context.warn(`CNI protocol versions supported: ${plugin.versions(context.release).join(', ')}\n`);
  return '';
}

/** Whether a plugin is built with a libcni that knows GC and STATUS. */
function isModern({ name }: Plugin, { release }: PluginContext): boolean {
  return name === 'flannel' ? release.flannel !== '1.2.0' : release.plugins !== '1.1.1';
}

function checkEnvironment(env: PluginEnv, command: string, args: PluginArgs, modern: boolean): void {
  const missing: string[] = [];
  for (const [name, commands] of REQUIRED) {
    if (variable(env, name) === '') {
      const known = modern || (command !== 'GC' && command !== 'STATUS');
      if (name === 'CNI_COMMAND' || (known && commands.includes(command))) missing.push(name);
    } else if (modern && commands.includes(command)) {
      if (name === 'CNI_CONTAINERID') refuse(invalidContainerId(args.containerId));
      if (name === 'CNI_IFNAME') refuse(invalidInterfaceName(args.ifName));
    }
  }
  if (missing.length > 0) {
    throw new CniError(CODES.invalidEnvironment, `required env variables [${missing.join(',')}] missing`);
  }
}

function refuse(error: CniError | undefined): void {
  if (error) throw error;
}

function checkConfiguration(stdin: string): void {
  const prefix = 'error unmarshall network config: ';
  const name = readOne(stdin, CONF, prefix);
  if (name === '') throw new CniError(CODES.invalidNetworkConfig, 'missing network name');
  refuse(invalidNetworkName(name));
}

function agreeOnVersion(plugin: Plugin, command: string, stdin: string, { release }: PluginContext): void {
  const version = readOne(stdin, VERSIONED, 'decoding version from network config: ') || '0.1.0';
  const supported = plugin.versions(release);
  const since = SINCE.get(command);
  if (since !== undefined) {
    if (!decoded(() => atLeast(version, since))) {
      throw new CniError(CODES.incompatibleVersion, `config version does not allow ${command}`);
    }
    if (!supported.some((each) => decoded(() => notOlder(each, version)))) {
      throw new CniError(CODES.incompatibleVersion, `plugin version does not allow ${command}`);
    }
  }
  if (supported.some((each) => each === version)) return;
  const details = `config is ${quote(version)}, plugin supports ${quoteList(supported)}`;
  throw new CniError(CODES.incompatibleVersion, 'incompatible CNI versions', details);
}

function notOlder(supported: SpecVersion, version: string): boolean {
  return supported === version || !atLeast(version, supported);
}

function decoded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PluginFailure) throw new CniError(CODES.decodingFailure, error.message);
    throw error;
  }
}

function readOne(
  stdin: string,
  { struct, field }: { readonly struct: string; readonly field: string },
  prefix: string,
): string {
  const parsed = parseJson(stdin);
  if (!parsed.ok) throw new CniError(CODES.decodingFailure, `${prefix}${parsed.error}`);
  try {
    const value = parsed.value === null ? '' : decodeStruct(parsed.value, struct, { [field]: 'string' })[field];
    return typeof value === 'string' ? value : '';
  } catch (error) {
    if (error instanceof PluginFailure) throw new CniError(CODES.decodingFailure, `${prefix}${error.message}`);
    throw error;
  }
}

function commandOf(plugin: Plugin, command: string, modern: boolean): PluginCommand | undefined {
  const nothing = (): string => '';
  if (command === 'ADD') return plugin.add;
  if (command === 'DEL') return plugin.del;
  if (command === 'CHECK') return plugin.check;
  if (modern && command === 'STATUS') return plugin.status ?? nothing;
  if (modern && command === 'GC') return nothing;
  return undefined;
}

function versionAnswer(plugin: Plugin, context: PluginContext): string {
  const cniVersion = isModern(plugin, context) ? '1.1.0' : '1.0.0';
  const supportedVersions = [...plugin.versions(context.release)];
  return `${marshal(jsonObject({ cniVersion, supportedVersions }))}\n`;
}

function variable(env: PluginEnv, name: string): string {
  return Object.hasOwn(env, name) ? (env[name] ?? '') : '';
}
