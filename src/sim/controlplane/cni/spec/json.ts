/** A JSON value; objects have no prototype, so that no key means anything but itself, and keep the order of their keys. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** An object without a prototype, of entries in that order. Those that are undefined are left out. */
export function jsonObject(entries: Readonly<Record<string, Json | undefined>>): JsonObject {
  const object = Object.create(null) as Record<string, Json>;
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) setKey(object, key, value);
  return object;
}

/** Sets a key, `__proto__` not excepted. */
export function setKey(object: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** What a Go struct marshals to: compact, keys in their order, `<`, `>` and `&` escaped (encoding/json, Marshal). */
export function marshal(value: Json): string {
  return escapeHtml(JSON.stringify(value));
}

/** The same with four spaces a level, as plugins print results and errors (MarshalIndent). */
export function marshalIndented(value: Json): string {
  return escapeHtml(JSON.stringify(value, undefined, 4));
}

/** What a Go map marshals to: its keys sorted by their bytes, and so those of all maps within. */
export function sortKeys(value: Json): Json {
  if (isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  const sorted = Object.create(null) as Record<string, Json>;
  for (const key of Object.keys(value).sort(byBytes)) setKey(sorted, key, sortKeys(value[key] ?? null));
  return sorted;
}

/** Order of UTF-8, which is that of code points. */
function byBytes(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function escapeHtml(text: string): string {
  return text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
