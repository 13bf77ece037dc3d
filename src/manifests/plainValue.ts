import { type Alias, isAlias, isMap, isPair, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml';
import { MAX_ALIASES, MAX_DEPTH, MAX_VALUES } from './limits.ts';

/** JSON's values. Objects have no prototype, so no key of theirs means anything but itself. */
export type Plain = null | boolean | number | string | Plain[] | PlainObject;
export interface PlainObject {
  [key: string]: Plain;
}

/** Why a tree of nodes has no plain value, and the node to blame. */
export class PlainValueError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Turns a document's tree into plain values the way `kubectl` turns YAML into JSON; keys whose value is null are left
 * out, as Go's decoder leaves the field alone.
 *
 * @throws PlainValueError on duplicate or forbidden keys, unknown or recursive aliases, and trees too deep or too large.
 */
export function plainValue(root: ParsedNode): Plain {
  return new Converter(root).value(root, 0);
}

class Converter {
  private values = 0;
  private aliases = 0;
  private readonly anchors = new Map<string, ParsedNode>();
  private readonly open = new Set<ParsedNode>();

  constructor(root: ParsedNode) {
    this.collectAnchors(root, 0);
  }

  value(node: ParsedNode, depth: number): Plain {
    const offset = node.range[0];
    if (++this.values > MAX_VALUES) throw new PlainValueError('document contains excessive aliasing', offset);
    if (depth > MAX_DEPTH) throw new PlainValueError('exceeded max depth', offset);
    if (isAlias(node)) return this.alias(node, depth);
    if (isScalar(node)) return scalar(node.value, node.source);
    if (this.open.has(node)) throw new PlainValueError('anchor contains itself', offset);
    this.open.add(node);
    const value = isSeq(node)
      ? node.items.map((item) => this.value(item as ParsedNode, depth + 1))
      : this.map(node, depth);
    this.open.delete(node);
    return value;
  }

  private alias(node: Alias.Parsed, depth: number): Plain {
    if (++this.aliases > MAX_ALIASES) throw new PlainValueError('document contains excessive aliasing', node.range[0]);
    return this.value(this.target(node), depth + 1);
  }

  private target(node: Alias.Parsed): ParsedNode {
    const target = this.anchors.get(node.source);
    if (target === undefined) throw new PlainValueError(`unknown anchor '${node.source}' referenced`, node.range[0]);
    return target;
  }

  private map(node: ParsedNode, depth: number): PlainObject {
    const object: PlainObject = Object.create(null);
    if (!isMap(node)) return object;
    const seen = new Set<string>();
    const merged: ParsedNode[] = [];
    for (const { key, value } of node.items as YAMLMap.Parsed<ParsedNode, ParsedNode | null>['items']) {
      const name = isScalar(key) ? String(isMergeKey(key) ? '<<' : key.value) : undefined;
      const offset = key?.range?.[0] ?? node.range[0];
      if (name === undefined) throw new PlainValueError('mapping keys must be strings', offset);
      if (name === '<<' && value !== null) {
        merged.push(value);
        continue;
      }
      if (name === '__proto__') throw new PlainValueError(`key "${name}" is not allowed`, offset);
      if (seen.has(name)) throw new PlainValueError(`key "${name}" already set in map`, offset);
      seen.add(name);
      const plain = value === null ? null : this.value(value, depth + 1);
      if (plain !== null) object[name] = plain;
    }
    for (const source of merged) this.merge(object, seen, source, depth);
    return object;
  }

  /** `<<: *anchor`, or a list of them: keys that are not there yet. */
  private merge(object: PlainObject, seen: ReadonlySet<string>, node: ParsedNode, depth: number): void {
    const value = this.value(node, depth + 1);
    for (const source of Array.isArray(value) ? value : [value]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        throw new PlainValueError('map merge requires map or sequence of maps as the value', node.range[0]);
      }
      for (const key of Object.keys(source)) {
        const inherited = source[key];
        if (!seen.has(key) && !(key in object) && inherited !== undefined) object[key] = inherited;
      }
    }
  }

  private collectAnchors(node: ParsedNode | null, depth: number): void {
    if (node === null || depth > MAX_DEPTH + 1) return;
    if (!isAlias(node) && node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isAlias(node) || isScalar(node)) return;
    for (const item of node.items) {
      if (isPair(item)) this.collectAnchors(item.value as ParsedNode | null, depth + 1);
      else this.collectAnchors(item as ParsedNode, depth + 1);
    }
  }
}

function isMergeKey(key: { readonly value: unknown; readonly source?: string }): boolean {
  return key.source === '<<' || typeof key.value === 'symbol';
}

function scalar(value: unknown, source: string | undefined): Plain {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  // .nan, .inf and whatever a tag made of it: JSON has no word for them, so it stays what was written.
  return source ?? '';
}
