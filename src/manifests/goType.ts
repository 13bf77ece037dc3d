import * as v from 'valibot';
import type { Labels } from '../datamodel/kubernetes/objectMeta.ts';

/**
 * Shapes named after the Go types that the API server decodes into, so that a value of the wrong kind can be refused
 * in its words. A field's schema is made for the struct that holds it.
 */
export type Field<T> = (struct: string) => v.GenericSchema<unknown, T>;
type ValueOf<F> = F extends Field<infer T> ? T : never;

const SEPARATOR = '\n';
/** Message of an issue about a field that the struct does not have. */
export const UNKNOWN_FIELD = 'unknown field';

/** What an issue's message says: the struct, and the Go type of its field. */
export function readIssueMessage(message: string): { readonly struct: string; readonly type: string } {
  const [struct = '', type = ''] = message.split(SEPARATOR);
  return { struct, type };
}

function expects(struct: string, type: string): string {
  return `${struct}${SEPARATOR}${type}`;
}

export const text: Field<string> = (struct) => v.string(expects(struct, 'string'));
export const flag: Field<boolean> = (struct) => v.boolean(expects(struct, 'bool'));
export const int32: Field<number> = (struct) => v.custom<number>(isInt32, expects(struct, 'int32'));
export const intOrString: Field<number | string> = (struct) =>
  v.custom<number | string>((value) => typeof value === 'string' || isInt32(value), expects(struct, 'int32'));
/** Read by nobody here: of any shape. */
export const unread: Field<unknown> = () => v.unknown();

export function list<T>(item: Field<T>, type: string): Field<readonly T[]> {
  return (struct) => v.array(item(struct), expects(struct, `[]${type}`));
}

/** `map[string]string`, as a Map. */
export const stringMap: Field<Labels> = (struct) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isObject, expects(struct, 'map[string]string')),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const map = new Map<string, string>();
      let sound = true;
      for (const [key, value] of Object.entries(dataset.value)) {
        if (typeof value === 'string') map.set(key, value);
        else {
          sound = false;
          const item: v.MapPathItem = { type: 'map', origin: 'value', input: new Map(), key, value };
          addIssue({ message: expects(struct, 'string'), input: value, path: [item] });
        }
      }
      return sound ? map : NEVER;
    }),
  );

/**
 * A struct whose every field may be absent.
 *
 * @param name the Go type's name, with its package where errors print one.
 * @param others fields that exist and are not read; `'any'` where the list is not worth keeping, so that only fields
 *   that matter can be misspelt.
 */
export function struct<F extends Record<string, Field<unknown>>>(
  name: string,
  fields: F,
  others: readonly string[] | 'any',
): Field<{ readonly [K in keyof F]?: ValueOf<F[K]> }> {
  type Value = { readonly [K in keyof F]?: ValueOf<F[K]> };
  const bare = name.slice(name.lastIndexOf('.') + 1);
  const entries: Record<string, v.GenericSchema<unknown, unknown>> = {};
  for (const [key, field] of Object.entries(fields)) entries[key] = v.optional(field(bare));
  if (others !== 'any') for (const key of others) entries[key] = v.optional(v.unknown());
  const body =
    others === 'any'
      ? v.object(entries as unknown as v.ObjectEntries)
      : v.objectWithRest(entries as unknown as v.ObjectEntries, v.never(UNKNOWN_FIELD));
  return (parent) =>
    v.pipe(v.custom<Record<string, unknown>>(isObject, expects(parent, name)), body) as unknown as v.GenericSchema<
      unknown,
      Value
    >;
}

function isInt32(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 31;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
