import { err, type Result } from '../../../base/result.ts';
import { type NetworkList, readNetworkList } from './runtime/networkList.ts';
import { isObject, type Json, jsonObject } from './spec/json.ts';
import { parseJson } from './spec/parseJson.ts';
import type { CniRelease } from './spec/release.ts';

/** Where the runtime looks for network configurations. */
export const CONF_DIR = '/etc/cni/net.d';
const EXTENSIONS = ['.conf', '.conflist', '.json'];

/** Files of a node's /etc/cni/net.d: texts by names. */
export type ConfDirectory = ReadonlyMap<string, string>;

/** The file that the runtime goes by: of those whose names end rightly the first one in the alphabet; undefined: there is none. */
export function pickedFile(directory: ConfDirectory): string | undefined {
  return [...directory.keys()].filter((name) => EXTENSIONS.some((end) => name.endsWith(end))).sort()[0];
}

/**
 * What containerd loads of the directory (go-cni, loadFromConfDir, with one network): the first file or nothing, however good
 * the others are.
 *
 * @returns its words about what is wrong.
 */
export function loadedList(directory: ConfDirectory, release: CniRelease): Result<NetworkList, string> {
  const name = pickedFile(directory);
  const failed = (words: string): Result<never, string> =>
    err(`cni config load failed: ${words}: failed to load cni config`);
  if (name === undefined) return failed(`no network config found in ${CONF_DIR}: cni plugin not initialized`);
  const path = `${CONF_DIR}/${name}`;
  const text = directory.get(name) ?? '';
  if (name.endsWith('.conflist')) {
    const list = readNetworkList(text, release);
    if (list.ok) return list;
    return failed(`failed to load CNI config list file ${path}: ${list.error}: invalid cni config`);
  }
  const list = readSingle(text, path, release);
  return list.ok ? list : failed(`${list.error}: invalid cni config`);
}

/** A file with one plugin's configuration, taken for a list of one (ConfFromBytes, ConfListFromConf). */
function readSingle(text: string, path: string, release: CniRelease): Result<NetworkList, string> {
  const problem = (words: string): Result<never, string> =>
    err(`failed to load CNI config file ${path}: error parsing configuration: ${words}`);
  const parsed = parseJson(text);
  if (!parsed.ok) return problem(parsed.error);
  if (!isObject(parsed.value)) return problem("missing 'type'");
  const { type, name, cniVersion } = parsed.value;
  if (typeof type !== 'string' || type === '') return problem("missing 'type'");
  const plugins: Json = [parsed.value];
  const list = readNetworkList(
    JSON.stringify(jsonObject({ name: name ?? '', cniVersion: cniVersion ?? '', plugins })),
    release,
  );
  return list.ok ? list : err(`failed to convert CNI config file ${path} to CNI config list: ${list.error}`);
}
