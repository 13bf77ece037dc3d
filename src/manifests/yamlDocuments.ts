import { LineCounter, type ParsedNode, parseAllDocuments } from 'yaml';
import type { Place } from '../datamodel/kubernetes/declared/declaredObject.ts';
import { MAX_PROBLEMS } from './limits.ts';
import { legacyTags } from './yamlTags.ts';

/** One document of a YAML stream, as a tree of nodes that know where they stand. */
export interface YamlDocument {
  readonly contents: ParsedNode;
  readonly placeAt: (offset: number) => Place;
}

export interface SyntaxProblem {
  readonly place: Place | undefined;
  readonly message: string;
}

export interface YamlStream {
  /** Only what was read without error; empty documents are left out. */
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly SyntaxProblem[];
}

/** Reads a stream of YAML documents, JSON being one kind of them. Never throws. */
export function readYaml(text: string): YamlStream {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const documents: YamlDocument[] = [];
  const problems: SyntaxProblem[] = [];
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter: lines,
      schema: 'core',
      customTags: (tags) => [...legacyTags, ...tags],
      merge: true,
      stringKeys: true,
      // Its check of each key against all others is quadratic; plainValue.ts does it with a set.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    if (!Array.isArray(parsed)) return { documents, problems };
    for (const document of parsed) {
      for (const error of document.errors.slice(0, MAX_PROBLEMS)) {
        problems.push({
          place: placeAt(error.pos[0]),
          message: `error converting YAML to JSON: yaml: ${error.message}`,
        });
      }
      if (document.errors.length === 0 && document.contents !== null) {
        documents.push({ contents: document.contents, placeAt });
      }
    }
  } catch (error) {
    // A stack overflow is the one way this library gives up on deep nesting.
    const message = error instanceof RangeError ? 'nested too deeply' : String(error);
    problems.push({ place: undefined, message: `error converting YAML to JSON: yaml: ${message}` });
  }
  return { documents, problems: problems.slice(0, MAX_PROBLEMS) };
}
