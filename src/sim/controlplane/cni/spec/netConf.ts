import { PluginFailure } from './cniError.ts';
import { type Decoded, decodeStruct, type Fields } from './decode.ts';
import type { Json, JsonObject } from './json.ts';
import { parseJson } from './parseJson.ts';

/** What every plugin's configuration has (types.NetConf, PluginConf). */
const NET_CONF: Fields = {
  cniVersion: 'string',
  name: 'string',
  type: 'string',
  capabilities: { values: 'bool', type: 'map[string]bool' },
  ipam: { struct: 'IPAM', fields: { type: 'string' } },
  dns: {
    struct: 'DNS',
    fields: {
      nameservers: { list: 'string', type: '[]string' },
      domain: 'string',
      search: { list: 'string', type: '[]string' },
      options: { list: 'string', type: '[]string' },
    },
  },
  prevResult: 'map',
};

export interface NetConf {
  readonly cniVersion: string;
  readonly name: string;
  readonly type: string;
  readonly ipamType: string;
  readonly capabilities: ReadonlyMap<string, boolean>;
  readonly dns: Decoded;
  readonly prevResult: JsonObject | undefined;
  /** The plugin's own fields. */
  readonly own: Decoded;
}

/**
 * Reads a plugin's configuration.
 *
 * @param struct the plugin's name for it, as Go's error texts have it.
 * @param own the plugin's own fields, which may take the place of the common ones.
 * @throws PluginFailure in Go's words.
 */
export function readNetConf(json: Json, struct = 'NetConf', own: Fields = {}): NetConf {
  const decoded = decodeStruct(json, struct, { ...NET_CONF, ...own });
  const ipam = decoded.ipam as Decoded | undefined;
  return {
    cniVersion: text(decoded.cniVersion),
    name: text(decoded.name),
    type: text(decoded.type),
    ipamType: text(ipam?.type),
    capabilities: (decoded.capabilities as ReadonlyMap<string, boolean> | undefined) ?? new Map(),
    dns: (decoded.dns as Decoded | undefined) ?? {},
    prevResult: decoded.prevResult as JsonObject | undefined,
    own: decoded,
  };
}

/** Standard input as JSON. @throws PluginFailure with Go's words after `prefix`. */
export function readStdin(stdin: string, prefix: string): Json {
  const parsed = parseJson(stdin);
  if (!parsed.ok) throw new PluginFailure(`${prefix}${parsed.error}`);
  return parsed.value;
}

/** Does something, with `prefix` before the words of a failure. */
export function wrapped<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PluginFailure) throw new PluginFailure(`${prefix}${error.message}`, error.delegate);
    throw error;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
