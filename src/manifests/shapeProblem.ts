import type * as v from 'valibot';
import { readIssueMessage, UNKNOWN_FIELD } from './goType.ts';

export interface ShapeProblem {
  readonly field: string;
  readonly message: string;
}

/** Words an issue of a shape as the API server would: sigs.k8s.io/json's type mismatch, or its strict decoder. */
export function shapeProblem(issue: v.BaseIssue<unknown>, kind: string, apiVersion: string): ShapeProblem {
  const field = fieldOf(issue);
  const refusal = `${kind} in version "${apiVersion}" cannot be handled as a ${kind}`;
  if (issue.message === UNKNOWN_FIELD) {
    return { field, message: `${refusal}: strict decoding error: unknown field "${field}"` };
  }
  const { struct, type } = readIssueMessage(issue.message);
  const value = kindOfValue(issue.input, type);
  return {
    field,
    message: `${refusal}: json: cannot unmarshal ${value} into Go struct field ${struct}.${goPath(issue)} of type ${type}`,
  };
}

/** `spec.ports[0].port`; a map's key in brackets. */
export function fieldOf(issue: v.BaseIssue<unknown>): string {
  let field = '';
  for (const item of issue.path ?? []) {
    const key = String(item.key);
    if (item.type === 'array' || item.type === 'map') field += `[${key}]`;
    else field += field === '' ? key : `.${key}`;
  }
  return field;
}

/** Names of struct fields only, without indexes and map keys. */
function goPath(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? [])
    .filter((item) => item.type === 'object')
    .map((item) => String(item.key))
    .join('.');
}

function kindOfValue(value: unknown, expected: string): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  // A number that is one, but not of the size or kind wanted, is named.
  if (typeof value === 'number') return expected === 'int32' ? `number ${value}` : 'number';
  return typeof value;
}
