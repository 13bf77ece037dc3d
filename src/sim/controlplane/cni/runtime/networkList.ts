import { err, ok, type Result } from '../../../../base/result.ts';
import { failureText, PluginFailure } from '../spec/cniError.ts';
import { isArray, isObject, type Json, type JsonObject, marshal, sortKeys } from '../spec/json.ts';
import { readNetConf } from '../spec/netConf.ts';
import { parseJson } from '../spec/parseJson.ts';
import { quote } from '../spec/quote.ts';
import type { CniRelease } from '../spec/release.ts';
import { atLeast } from '../spec/version.ts';

/** A network configuration list as libcni has read it. */
export interface NetworkList {
  readonly name: string;
  readonly cniVersion: string;
  readonly disableCheck: boolean;
  readonly disableGC: boolean;
  readonly plugins: readonly ListedPlugin[];
  /** The file as it is. */
  readonly text: string;
}

export interface ListedPlugin {
  readonly type: string;
  readonly config: JsonObject;
  readonly capabilities: ReadonlyMap<string, boolean>;
}

const MAXIMUM_TEXT = 1_000_000;
const CURRENT = { '1.1.2': '1.0.0', '1.3.0': '1.1.0' } as const;

/** Reads a network configuration list (libcni/conf.go, ConfListFromBytes). @returns its words about what is wrong. */
export function readNetworkList(text: string, { libcni }: CniRelease): Result<NetworkList, string> {
  try {
    if (text.length > MAXIMUM_TEXT) throw new PluginFailure(`more than ${MAXIMUM_TEXT} characters`);
    return ok(read(text, libcni));
  } catch (error) {
    return err(failureText(error));
  }
}

function read(text: string, libcni: CniRelease['libcni']): NetworkList {
  const problem = (words: string): PluginFailure => new PluginFailure(`error parsing configuration list: ${words}`);
  const parsed = parseJson(text);
  if (!parsed.ok) throw problem(parsed.error);
  const list = parsed.value ?? {};
  if (!isObject(list)) {
    throw problem(`json: cannot unmarshal ${jsonKind(list)} into Go value of type map[string]interface {}`);
  }
  const field = (key: string): Json | undefined => (Object.hasOwn(list, key) ? list[key] : undefined);
  const name = field('name');
  if (name === undefined) throw problem('no name');
  if (typeof name !== 'string') throw problem(`invalid name type ${goType(name)}`);
  const version = field('cniVersion');
  if (version !== undefined && typeof version !== 'string') {
    throw problem(`invalid cniVersion type ${goType(version)}`);
  }
  const cniVersion = libcni === '1.1.2' ? (version ?? '') : negotiated(version ?? '', field('cniVersions'), problem);
  const flag = (key: string): boolean => readFlag(key, field(key), libcni, problem);
  const disableCheck = flag('disableCheck');
  const disableGC = libcni === '1.1.2' ? false : flag('disableGC');
  const plugins = field('plugins');
  if (plugins === undefined) {
    if (libcni !== '1.1.2') throw new PluginFailure('no plugin configs found');
    throw problem("no 'plugins' key");
  }
  if (!isArray(plugins)) throw problem(`invalid 'plugins' type ${goType(plugins)}`);
  if (plugins.length === 0) throw problem('no plugins in list');
  return { name, cniVersion, disableCheck, disableGC, plugins: plugins.map(readPlugin), text };
}

/** From libcni 1.2 on a list may offer several versions: the newest that libcni knows is taken. */
function negotiated(version: string, offered: Json | undefined, problem: (words: string) => PluginFailure): string {
  if (offered === undefined) return version;
  if (!isArray(offered)) throw problem('invalid type for cniVersions: []interface {}');
  const versions = offered.map((each, i) => {
    if (typeof each !== 'string') throw problem(`invalid type for cniVersions index ${i}: ${goType(each)}`);
    return each;
  });
  const known = [...versions, ...(version === '' ? [] : [version])].filter((each) => {
    try {
      return each === CURRENT['1.3.0'] || !atLeast(each, CURRENT['1.3.0']);
    } catch (error) {
      throw problem(`invalid cniVersions entry ${each} at index ${versions.indexOf(each)}: ${failureText(error)}`);
    }
  });
  return known.toSorted(compareVersions).at(-1) ?? version;
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readFlag(
  key: string,
  value: Json | undefined,
  libcni: CniRelease['libcni'],
  problem: (words: string) => PluginFailure,
): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  if (libcni === '1.1.2') throw problem(`invalid ${key} type ${goType(value)}`);
  if (typeof value !== 'string') throw problem(`invalid type ${goType(value)} for ${key}`);
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw problem(`invalid value ${quote(lower)} for ${key}`);
  return lower === 'true';
}

function readPlugin(config: Json, index: number): ListedPlugin {
  try {
    const conf = readNetConf(config);
    if (conf.type === '') throw new PluginFailure("missing 'type'");
    return { type: conf.type, config: isObject(config) ? config : {}, capabilities: conf.capabilities };
  } catch (error) {
    throw new PluginFailure(
      `failed to parse plugin config ${index}: error parsing configuration: ${failureText(error)}`,
    );
  }
}

/** One plugin's configuration, as it is sent to it: the list's keys put in, all of them sorted (InjectConf). */
export function injectConf(
  config: JsonObject,
  added: readonly (readonly [key: string, value: Json | undefined, asItIs?: boolean])[],
): string {
  const fresh = new Map(added.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
  const kept = added.flatMap(([key, , asItIs]) => (asItIs ? [key] : []));
  const keys = [...new Set([...Object.keys(config), ...fresh.keys()])].sort();
  const members = keys.map((key) => {
    const value = fresh.get(key) ?? config[key] ?? null;
    return `${marshal(key)}:${marshal(kept.includes(key) ? value : sortKeys(value))}`;
  });
  return `{${members.join(',')}}`;
}

function goType(value: Json): string {
  if (value === null) return '<nil>';
  if (isArray(value)) return '[]interface {}';
  return { string: 'string', number: 'float64', boolean: 'bool' }[typeof value as string] ?? 'map[string]interface {}';
}

function jsonKind(value: Json): string {
  return isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}
