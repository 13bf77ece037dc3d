import type { ManifestProblem } from '../../../datamodel/cluster/problem.ts';
import type { Declared } from '../../../datamodel/kubernetes/declared/declaredObject.ts';
import { describeObject } from './describeObject.ts';

/** Nobody reads more, and hostile manifests would have millions. */
const MAX_PROBLEMS = 100;

/**
 * Collects what is wrong with one object, worded as k8s.io/apimachinery/pkg/util/validation/field/errors.go words it.
 *
 * `at` names the field to point at in the text where the API server blames one that nobody wrote.
 */
export class FieldErrors {
  private readonly object: Declared<string>;
  private readonly problems: ManifestProblem[];

  constructor(object: Declared<string>, problems: ManifestProblem[]) {
    this.object = object;
    this.problems = problems;
  }

  required(field: string, detail = ''): void {
    this.add(field, `Required value${suffix(detail)}`);
  }

  invalid(field: string, value: unknown, detail: string, at = field): void {
    this.add(field, `Invalid value: ${show(value)}${suffix(detail)}`, at);
  }

  duplicate(field: string, value: unknown, at = field): void {
    this.add(field, `Duplicate value: ${show(value)}`, at);
  }

  notSupported(field: string, value: string, supported: readonly string[]): void {
    const values = [...supported].sort().map((text) => JSON.stringify(text));
    this.add(field, `Unsupported value: ${show(value)}: supported values: ${values.join(', ')}`);
  }

  forbidden(field: string, detail: string): void {
    this.add(field, `Forbidden${suffix(detail)}`);
  }

  tooMany(field: string, actual: number, most: number): void {
    this.add(field, `Too many: ${actual}: must have at most ${most} items`);
  }

  /** What is no field's fault. */
  whole(message: string): void {
    if (this.problems.length >= MAX_PROBLEMS) return;
    const { source, line, column } = this.object.origin;
    this.problems.push({ source, line, column, object: describeObject(this.object), message });
  }

  private add(field: string, message: string, at = field): void {
    if (this.problems.length >= MAX_PROBLEMS) return;
    const { source, locate } = this.object.origin;
    this.problems.push({ source, ...locate(at), object: describeObject(this.object), field, message });
  }
}

function suffix(detail: string): string {
  return detail === '' ? '' : `: ${detail}`;
}

function show(value: unknown): string {
  if (value instanceof Map) return JSON.stringify(Object.fromEntries([...value].sort(([a], [b]) => (a < b ? -1 : 1))));
  return JSON.stringify(value) ?? 'null';
}
