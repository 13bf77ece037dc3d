import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import type { Place } from '../datamodel/kubernetes/declared/declaredObject.ts';
import type { YamlDocument } from './yamlDocuments.ts';

/**
 * The place of a field, written as the API server writes it (`spec.ports[0].port`, `metadata.labels[a.b/c]`), below
 * `root`; of its nearest parent where it is missing.
 */
export function locate(document: YamlDocument, root: ParsedNode, field: string): Place {
  let offset = root.range[0];
  let node: ParsedNode | null = root;
  for (const segment of fieldSegments(field)) {
    const child = childOf(node, segment);
    if (child === undefined) break;
    offset = child.offset;
    node = child.node;
  }
  return document.placeAt(offset);
}

/** `spec.ports[0].data[a.b]` → spec, ports, 0, data, a.b */
function fieldSegments(field: string): string[] {
  return [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

interface Child {
  readonly node: ParsedNode | null;
  /** Of the key in a mapping, of the item in a sequence: where a reader starts to look. */
  readonly offset: number;
}

function childOf(node: ParsedNode | null, segment: string): Child | undefined {
  if (node === null || isScalar(node) || isAlias(node)) return undefined;
  if (isSeq(node)) {
    const item = /^\d+$/.test(segment) ? (node.items[Number(segment)] as ParsedNode | undefined) : undefined;
    return item && { node: item, offset: item.range[0] };
  }
  if (!isMap(node)) return undefined;
  for (const pair of node.items) {
    const key = pair.key as ParsedNode | null;
    if (key !== null && isScalar(key) && String(key.value) === segment) {
      return { node: pair.value as ParsedNode | null, offset: key.range[0] };
    }
  }
  return undefined;
}
