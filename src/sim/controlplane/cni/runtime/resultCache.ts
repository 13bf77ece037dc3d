import { PluginFailure } from '../spec/cniError.ts';
import { type CniResult, readResult } from '../spec/cniResult.ts';
import { isArray, isObject, type Json, type JsonObject, jsonObject, marshal, sortKeys } from '../spec/json.ts';
import { parseJson } from '../spec/parseJson.ts';
import { quote } from '../spec/quote.ts';
import { base64 } from './base64.ts';
import type { Execution } from './execute.ts';
import type { NetworkList } from './networkList.ts';
import type { RuntimeConf } from './runtimeConf.ts';

/** One attachment that the cache knows, as it was added. */
export type CacheKey = RuntimeConf;

const DIRECTORY = '/var/lib/cni/results';
const KIND = 'cniCacheV1';

/** Keeps an ADD's result with what it was asked for, for CHECK and DEL (libcni/api.go, cacheAdd). */
export function cacheResult(
  { node, release }: Execution,
  list: NetworkList,
  conf: RuntimeConf,
  result: JsonObject,
): void {
  const { containerId, ifName, args, capabilityArgs, netns } = conf;
  const cached = jsonObject({
    kind: KIND,
    containerId,
    config: base64(list.text),
    ifName,
    networkName: list.name,
    netns: release.libcni === '1.1.2' || netns === '' ? undefined : netns,
    cniArgs: args.length > 0 ? args.map((pair) => [...pair]) : undefined,
    capabilityArgs: Object.keys(capabilityArgs).length > 0 ? sortKeys(capabilityArgs) : undefined,
    result: sortKeys(result),
  });
  node.files.set(pathOf(list.name, conf), marshal(cached));
}

/** @returns undefined when nothing is kept. @throws PluginFailure when what is kept cannot be read. */
export function cachedResult(
  { node, release }: Execution,
  list: NetworkList,
  conf: RuntimeConf,
): CniResult | undefined {
  const path = pathOf(list.name, conf);
  const text = node.files.get(path);
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  try {
    if (!parsed.ok) throw new PluginFailure(parsed.error);
    const { kind, result } = isObject(parsed.value) ? parsed.value : {};
    const kept = kind === KIND ? (result ?? null) : parsed.value;
    const version = isObject(kept) && typeof kept.cniVersion === 'string' ? kept.cniVersion : '0.1.0';
    return readResult(kept, version);
  } catch (error) {
    if (!(error instanceof PluginFailure)) throw error;
    // From 1.3 on what cannot be read does not stand in the way of a DEL.
    if (release.libcni !== '1.1.2') {
      node.files.delete(path);
      return undefined;
    }
    throw new PluginFailure(`failed to get network ${quote(list.name)} cached result: ${error.message}`);
  }
}

export function forgetResult({ node }: Execution, { name }: NetworkList, conf: RuntimeConf): void {
  node.files.delete(pathOf(name, conf));
}

/** What the cache knows of a network (GetCachedAttachments). */
export function cachedAttachments({ node }: Execution, network: string): readonly CacheKey[] {
  return node.filesBelow(DIRECTORY).flatMap(([, text]): readonly CacheKey[] => {
    const parsed = parseJson(text);
    const cached = parsed.ok && isObject(parsed.value) ? parsed.value : {};
    if (cached.kind !== KIND || cached.networkName !== network || typeof cached.ifName !== 'string') return [];
    return [
      {
        containerId: textOf(cached.containerId),
        netns: textOf(cached.netns),
        ifName: cached.ifName,
        args: isArray(cached.cniArgs) ? cached.cniArgs.map(pairOf) : [],
        capabilityArgs: isObject(cached.capabilityArgs) ? cached.capabilityArgs : {},
      },
    ];
  });
}

function pathOf(network: string, { containerId, ifName }: RuntimeConf): string {
  return `${DIRECTORY}/${network}-${containerId}-${ifName}`;
}

function pairOf(value: Json): readonly [string, string] {
  return isArray(value) ? [textOf(value[0]), textOf(value[1])] : ['', ''];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
