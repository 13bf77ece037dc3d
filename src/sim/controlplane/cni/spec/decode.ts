import { PluginFailure } from './cniError.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';

/** What a field of a Go struct takes. */
export type FieldType =
  | 'string'
  | 'bool'
  | 'int'
  | 'uint64'
  | 'any'
  | 'map'
  | { readonly struct: string; readonly fields: Fields }
  | { readonly list: FieldType; readonly type: string }
  | { readonly values: FieldType; readonly type: string };

export type Fields = Readonly<Record<string, FieldType>>;

/** What a struct came out as: fields that the document does not have, or has as null, are missing. */
export type Decoded = Readonly<Record<string, unknown>>;

/**
 * Fills a Go struct from JSON, as encoding/json does: field names in any case, unknown ones passed by, null is nothing, and
 * of values of a wrong type the first one is told of after all the others have been read.
 *
 * @param struct its name, for the error text.
 * @throws PluginFailure in Go's words.
 */
export function decodeStruct(value: Json, struct: string, fields: Fields): Decoded {
  const problems: string[] = [];
  const decoded = decode(value, { struct, fields }, { problems, struct: '', path: [] });
  if (problems[0] !== undefined) throw new PluginFailure(problems[0]);
  return (decoded ?? {}) as Decoded;
}

interface Place {
  readonly problems: string[];
  /** The struct that the field is in. */
  readonly struct: string;
  readonly path: readonly string[];
}

function decode(value: Json, type: FieldType, place: Place): unknown {
  if (value === null) return undefined;
  if (type === 'any') return value;
  if (type === 'string' && typeof value === 'string') return value;
  if (type === 'bool' && typeof value === 'boolean') return value;
  if (type === 'map' && isObject(value)) return value;
  if ((type === 'int' || type === 'uint64') && typeof value === 'number') {
    if (Number.isInteger(value) && (type === 'int' || value >= 0)) return value;
    return wrong(`number ${value}`, typeName(type), place);
  }
  if (typeof type === 'object') {
    if ('struct' in type && isObject(value)) return decodeFields(value, type, place);
    if ('list' in type && isArray(value)) return value.map((item) => decode(item, type.list, place));
    if ('values' in type && isObject(value)) {
      return new Map(Object.entries(value).map(([key, item]) => [key, decode(item, type.values, place)]));
    }
  }
  return wrong(kindOf(value), typeName(type), place);
}

function decodeFields(
  value: JsonObject,
  { struct, fields }: { readonly struct: string; readonly fields: Fields },
  place: Place,
): Decoded {
  const decoded = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) {
    const name = Object.hasOwn(fields, key) ? key : sameButCase(key, fields);
    const type = name === undefined ? undefined : fields[name];
    if (name === undefined || type === undefined) continue;
    const read = decode(item, type, { problems: place.problems, struct, path: [...place.path, name] });
    if (read !== undefined) decoded[name] = read;
  }
  return decoded;
}

function sameButCase(key: string, fields: Fields): string | undefined {
  return Object.keys(fields).find((name) => name.toLowerCase() === key.toLowerCase());
}

function wrong(kind: string, type: string, { problems, struct, path }: Place): undefined {
  const target = struct === '' ? `value of type ${type}` : `struct field ${struct}.${path.join('.')} of type ${type}`;
  problems.push(`json: cannot unmarshal ${kind} into Go ${target}`);
}

function typeName(type: FieldType): string {
  if (type === 'map') return 'map[string]interface {}';
  if (type === 'any') return 'interface {}';
  if (typeof type === 'string') return type;
  if ('struct' in type) return type.struct.includes(' ') ? type.struct : `main.${type.struct}`;
  return type.type;
}

function kindOf(value: Json): string {
  if (isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
