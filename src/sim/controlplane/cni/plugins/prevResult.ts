import { PluginFailure } from '../spec/cniError.ts';
import { type CniResult, readResult, resultJson } from '../spec/cniResult.ts';
import { type Json, marshalIndented } from '../spec/json.ts';
import type { NetConf } from '../spec/netConf.ts';
import { parseJson } from '../spec/parseJson.ts';

/** What the plugins before have made, from a chained plugin's configuration; undefined: it is the first. */
export function prevResultOf(conf: NetConf): CniResult | undefined {
  return conf.prevResult && readResult(conf.prevResult, conf.cniVersion);
}

/** A result as a plugin prints it. */
export function printResult(result: CniResult, version: string): string {
  return marshalIndented(resultJson(result, version));
}

/** A result that has been through the newest version: versions are told anew. */
export function converted(result: CniResult): CniResult {
  const { toldVersions: _, ...rest } = result;
  return rest;
}

/** What a delegate printed (pkg/invoke, ExecPluginWithResult). @param version its configuration's, where it tells none. */
export function delegatedResult(stdout: string, version: string): CniResult {
  const parsed = parseJson(stdout);
  if (!parsed.ok) throw new PluginFailure(`failed to unmarshal raw result: ${parsed.error}`);
  const told = versionTold(parsed.value);
  return readResult(parsed.value, told === '' ? version : told);
}

function versionTold(result: Json): string {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return '';
  const told = (result as { readonly cniVersion?: Json }).cniVersion;
  return typeof told === 'string' ? told : '';
}
