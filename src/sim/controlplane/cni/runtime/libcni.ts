import { invalidContainerId, invalidInterfaceName, invalidNetworkName } from '../plugins/names.ts';
import type { PluginEnv } from '../plugins/plugin.ts';
import { delegatedResult } from '../plugins/prevResult.ts';
import { CniError, failureText, PluginFailure } from '../spec/cniError.ts';
import { type CniResult, resultJson } from '../spec/cniResult.ts';
import { type Json, jsonObject, marshal } from '../spec/json.ts';
import { quote } from '../spec/quote.ts';
import { atLeast } from '../spec/version.ts';
import { type Execution, errorOf, refuseUninstalled, runPlugin } from './execute.ts';
import { injectConf, type ListedPlugin, type NetworkList } from './networkList.ts';
import { type CacheKey, cachedAttachments, cachedResult, cacheResult, forgetResult } from './resultCache.ts';
import type { RuntimeConf } from './runtimeConf.ts';

/** What libcni answers: a result (of an ADD), or an error in its words. */
export type NetworkAnswer =
  | { readonly ok: true; readonly result?: CniResult }
  | { readonly ok: false; readonly error: string };

export interface Attachment {
  readonly containerId: string;
  readonly ifName: string;
}

const CNI_PATH = '/opt/cni/bin';

/** Adds a container to a network: each plugin gets the result of the one before (AddNetworkList). */
export function addNetworkList(execution: Execution, list: NetworkList, conf: RuntimeConf): NetworkAnswer {
  return answered(() => {
    let result: CniResult | undefined;
    for (const plugin of list.plugins) {
      try {
        result = addNetwork(execution, list, plugin, result, conf);
      } catch (error) {
        throw new PluginFailure(`plugin ${description(plugin)} failed (add): ${failureText(error)}`);
      }
    }
    if (result) cacheResult(execution, list, conf, resultJson(result, list.cniVersion));
    return result;
  });
}

function addNetwork(
  execution: Execution,
  list: NetworkList,
  plugin: ListedPlugin,
  before: CniResult | undefined,
  conf: RuntimeConf,
): CniResult {
  const env = envOf('ADD', conf);
  refuseUninstalled(plugin.type, env, execution.node);
  for (const problem of [
    invalidContainerId(conf.containerId),
    invalidNetworkName(list.name),
    invalidInterfaceName(conf.ifName),
  ]) {
    if (problem) throw problem;
  }
  const run = runPlugin(execution, plugin.type, env, configFor(list, plugin, before, conf));
  if (run.exitCode !== 0) throw errorOf(run);
  return delegatedResult(run.stdout, list.cniVersion);
}

/** Asks every plugin whether all is as it left it, with the result kept from the ADD (CheckNetworkList). */
export function checkNetworkList(execution: Execution, list: NetworkList, conf: RuntimeConf): NetworkAnswer {
  return answered(() => {
    if (!atLeast(list.cniVersion, '0.4.0')) {
      throw new PluginFailure(`configuration version ${quote(list.cniVersion)} does not support the CHECK command`);
    }
    if (list.disableCheck) return undefined;
    const before = cachedResult(execution, list, conf);
    for (const plugin of list.plugins) call(execution, 'CHECK', list, plugin, before, conf);
    return undefined;
  });
}

/** Takes a container out of a network: the plugins in reverse order; each must be able to do it twice (DelNetworkList). */
export function delNetworkList(execution: Execution, list: NetworkList, conf: RuntimeConf): NetworkAnswer {
  return answered(() => {
    const before = atLeast(list.cniVersion, '0.4.0') ? cachedResult(execution, list, conf) : undefined;
    for (const plugin of list.plugins.toReversed()) {
      try {
        call(execution, 'DEL', list, plugin, before, conf);
      } catch (error) {
        throw new PluginFailure(`plugin ${description(plugin)} failed (delete): ${failureText(error)}`);
      }
    }
    forgetResult(execution, list, conf);
    return undefined;
  });
}

/**
 * Deletes what the cache knows and nobody has any more, then tells the plugins who is still there, from version 1.1.0 on
 * (GCNetworkList).
 */
export function gcNetworkList(execution: Execution, list: NetworkList, valid: readonly Attachment[]): NetworkAnswer {
  return answered(() => {
    if (execution.release.libcni === '1.1.2') throw new PluginFailure('libcni 1.1.2 has no GCNetworkList');
    if (list.disableGC) return undefined;
    const problems: string[] = [];
    const stillThere = ({ containerId, ifName }: CacheKey): boolean =>
      valid.some((each) => each.containerId === containerId && each.ifName === ifName);
    for (const cached of cachedAttachments(execution, list.name)) {
      if (stillThere(cached)) continue;
      const answer = delNetworkList(execution, list, cached);
      if (answer.ok) continue;
      problems.push(`failed to delete stale attachment ${cached.containerId} ${cached.ifName}: ${answer.error}`);
    }
    if (atLeast(list.cniVersion, '1.1.0')) {
      const attachments = valid.map(({ containerId, ifName }) =>
        jsonObject({ containerID: containerId, ifname: ifName }),
      );
      for (const plugin of list.plugins) {
        try {
          callAlone(execution, 'GC', list, plugin, [
            ['cni.dev/valid-attachments', attachments, true],
            ['cni.dev/attachments', attachments, true],
          ]);
        } catch (error) {
          problems.push(`failed to GC plugin ${plugin.type}: ${failureText(error)}`);
        }
      }
    }
    if (problems.length > 0) throw new PluginFailure(problems.join('\n'));
    return undefined;
  });
}

/** Asks the plugins whether they could add anybody, from version 1.1.0 on (GetStatusNetworkList). */
export function statusNetworkList(execution: Execution, list: NetworkList): NetworkAnswer {
  return answered(() => {
    if (execution.release.libcni === '1.1.2') throw new PluginFailure('libcni 1.1.2 has no GetStatusNetworkList');
    if (!atLeast(list.cniVersion, '1.1.0')) return undefined;
    for (const plugin of list.plugins) callAlone(execution, 'STATUS', list, plugin, []);
    return undefined;
  });
}

/** A result as libcni's callers print it: compact. */
export function resultText(result: CniResult, version: string): string {
  return marshal(resultJson(result, version));
}

function call(
  execution: Execution,
  command: string,
  list: NetworkList,
  plugin: ListedPlugin,
  before: CniResult | undefined,
  conf: RuntimeConf,
): void {
  const env = envOf(command, conf);
  refuseUninstalled(plugin.type, env, execution.node);
  const run = runPlugin(execution, plugin.type, env, configFor(list, plugin, before, conf));
  if (run.exitCode !== 0) throw errorOf(run);
}

function callAlone(
  execution: Execution,
  command: string,
  list: NetworkList,
  plugin: ListedPlugin,
  added: readonly (readonly [string, Json, boolean])[],
): void {
  const env = envOf(command, { containerId: '', netns: '', ifName: '', args: [], capabilityArgs: {} });
  refuseUninstalled(plugin.type, env, execution.node);
  const stdin = injectConf(plugin.config, [['name', list.name], ['cniVersion', list.cniVersion], ...added]);
  const run = runPlugin(execution, plugin.type, env, stdin);
  if (run.exitCode !== 0) throw errorOf(run);
}

/**
 * What one plugin gets on standard input: its part of the list with the list's name and version, the result so far, and what
 * the runtime has for its capabilities. The latter are put in by reading all of it as a map, which sorts the result's keys.
 */
function configFor(list: NetworkList, plugin: ListedPlugin, before: CniResult | undefined, conf: RuntimeConf): string {
  const told = Object.entries(conf.capabilityArgs).filter(
    ([capability]) => plugin.capabilities.get(capability) === true,
  );
  const prevResult = before && resultJson(before, list.cniVersion);
  return injectConf(plugin.config, [
    ['name', list.name],
    ['cniVersion', list.cniVersion],
    ['prevResult', prevResult, told.length === 0],
    ['runtimeConfig', told.length > 0 ? jsonObject(Object.fromEntries(told)) : undefined],
  ]);
}

function envOf(command: string, { containerId, netns, ifName, args }: RuntimeConf): PluginEnv {
  return {
    CNI_COMMAND: command,
    CNI_CONTAINERID: containerId,
    CNI_NETNS: netns,
    CNI_ARGS: args.map((pair) => pair.join('=')).join(';'),
    CNI_IFNAME: ifName,
    CNI_PATH,
  };
}

function description({ type, config }: ListedPlugin): string {
  const name = Object.hasOwn(config, 'name') ? config.name : undefined;
  return typeof name === 'string' && name !== '' ? `type=${quote(type)} name=${quote(name)}` : `type=${quote(type)}`;
}

function answered(work: () => CniResult | undefined): NetworkAnswer {
  try {
    const result = work();
    return result ? { ok: true, result } : { ok: true };
  } catch (error) {
    if (error instanceof CniError || error instanceof PluginFailure) return { ok: false, error: failureText(error) };
    throw error;
  }
}
