import * as v from 'valibot';
import type { IgnoredObject, ManifestProblem } from '../datamodel/cluster/problem.ts';
import type { DeclaredConfigMap } from '../datamodel/kubernetes/declared/declaredConfig.ts';
import type { DeclaredMeta, Origin } from '../datamodel/kubernetes/declared/declaredObject.ts';
import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import { readComponentConfig } from './componentConfig.ts';
import { classify, type KnownKind } from './kinds.ts';
import { locate } from './locate.ts';
import type { Plain, PlainObject } from './plainValue.ts';
import { type ShapeProblem, shapeProblem } from './shapeProblem.ts';
import type { YamlDocument } from './yamlDocuments.ts';

const MAX_LIST_DEPTH = 4;

interface Collected {
  readonly objects: DeclaredObject[];
  readonly ignored: IgnoredObject[];
  readonly problems: ManifestProblem[];
}

/** Reads the objects of one document; what it finds goes into the lists it was given. */
export class ObjectReader {
  private readonly source: string;
  private readonly document: YamlDocument;
  private readonly into: Collected;

  constructor(source: string, document: YamlDocument, into: Collected) {
    this.source = source;
    this.document = document;
    this.into = into;
  }

  read(value: Plain): void {
    this.readAt(value, '', undefined, 0);
  }

  /** @param path of the object in the document: '' or `items[3]`. */
  private readAt(
    value: Plain,
    path: string,
    inherited: { kind: string; apiVersion: string } | undefined,
    depth: number,
  ): void {
    if (value === null) return;
    if (typeof value !== 'object' || Array.isArray(value)) {
      const found = Array.isArray(value) ? 'array' : typeof value;
      this.refuse(path, '', `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`);
      return;
    }
    const kind = stringOf(value.kind) ?? inherited?.kind;
    const apiVersion = stringOf(value.apiVersion) ?? inherited?.apiVersion;
    if (kind === undefined || kind === '') {
      this.refuse(path, 'kind', 'error validating data: kind not set');
      return;
    }
    if (apiVersion === undefined || apiVersion === '') {
      this.refuse(path, 'apiVersion', 'error validating data: apiVersion not set');
      return;
    }
    if (kind.endsWith('List') && Array.isArray(value.items)) {
      if (depth >= MAX_LIST_DEPTH) {
        this.refuse(path, 'items', 'lists are nested too deeply');
        return;
      }
      const itemKind = kind === 'List' ? undefined : { kind: kind.slice(0, -'List'.length), apiVersion };
      value.items.forEach((item, index) => {
        this.readAt(item, join(path, `items[${index}]`), itemKind, depth + 1);
      });
      return;
    }
    this.readObject(value, kind, apiVersion, path);
  }

  private readObject(value: PlainObject, kind: string, apiVersion: string, path: string): void {
    const { name, namespace } = nameOf(value);
    const found = classify(kind, apiVersion);
    const implied = 'known' in found && !found.known.clusterWide ? 'default' : undefined;
    const object = objectName(kind, namespace ?? implied, name, 'known' in found && found.known.clusterWide);
    if ('refused' in found) {
      this.refuse(path, 'kind', found.refused, object);
      return;
    }
    if ('ignored' in found) {
      const { line } = this.place(path);
      const where = namespace === undefined ? {} : { namespace };
      this.into.ignored.push({ source: this.source, line, kind, apiVersion, name, ...where, reason: found.ignored });
      return;
    }
    this.decode(value, kind, found.known, path, object);
  }

  private decode(value: PlainObject, kind: string, known: KnownKind, path: string, object: string): void {
    const result = v.safeParse(known.schema, value);
    if (!result.success) {
      for (const issue of result.issues) {
        const { field, message } = shapeProblem(issue, kind, known.apiVersion);
        this.refuse(path, field, message, object);
      }
      return;
    }
    const output = result.output as { readonly metadata?: DeclaredMeta };
    const metadata = output.metadata ?? {};
    const declared = {
      ...output,
      kind,
      apiVersion: known.apiVersion,
      metadata,
      origin: this.origin(path),
    } as DeclaredObject;
    this.into.objects.push(declared.kind === 'ConfigMap' ? this.withConfig(declared, path, object) : declared);
  }

  private withConfig(configMap: DeclaredConfigMap, path: string, object: string): DeclaredConfigMap {
    const problems: ShapeProblem[] = [];
    const config = readComponentConfig(configMap.metadata.name ?? '', configMap.data ?? new Map(), problems);
    for (const { field, message } of problems) this.refuse(path, field, message, object);
    return config === undefined ? configMap : { ...configMap, config };
  }

  private origin(path: string): Origin {
    const { source } = this;
    return { source, ...this.place(path), locate: (field) => this.place(join(path, field)) };
  }

  private place(path: string): { readonly line: number; readonly column: number } {
    return locate(this.document, this.document.contents, path);
  }

  private refuse(path: string, field: string, message: string, object?: string): void {
    this.into.problems.push({
      source: this.source,
      ...this.place(join(path, field)),
      ...(object !== undefined && { object }),
      ...(field !== '' && { field }),
      message,
    });
  }
}

function join(path: string, field: string): string {
  return path === '' || field === '' ? path + field : `${path}.${field}`;
}

/** `Pod default/web`, `Node worker-01` */
function objectName(kind: string, namespace: string | undefined, name: string, clusterWide = false): string {
  const prefix = namespace === undefined || clusterWide ? '' : `${namespace}/`;
  return `${kind} ${prefix}${name}`;
}

function stringOf(value: Plain | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function nameOf(value: PlainObject): { readonly name: string; readonly namespace: string | undefined } {
  const metadata = value.metadata;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    return { name: '', namespace: undefined };
  const name = stringOf(metadata.name) ?? stringOf(metadata.generateName) ?? '';
  return { name, namespace: stringOf(metadata.namespace) };
}
