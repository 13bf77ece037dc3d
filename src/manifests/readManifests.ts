import { keptWith } from '../base/kept.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ManifestSource } from '../datamodel/cluster/command.ts';
import type { IgnoredObject, ManifestProblem } from '../datamodel/cluster/problem.ts';
import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import { MAX_PROBLEMS, MAX_SOURCE_CHARACTERS, MAX_TOTAL_CHARACTERS } from './limits.ts';
import { ObjectReader } from './objectReader.ts';
import { PlainValueError, plainValue } from './plainValue.ts';
import { readYaml } from './yamlDocuments.ts';

export interface Manifests {
  readonly objects: readonly DeclaredObject[];
  readonly ignored: readonly IgnoredObject[];
}

/**
 * Reads manifests: any number of YAML or JSON texts of any number of documents, List objects opened.
 *
 * All or nothing: one thing wrong in one document refuses the whole. What is right but has no part in the simulated
 * network is listed. Never throws, whatever the text. What was read is kept as long as the sources are.
 */
export const readManifests = keptWith(read);

function read(sources: readonly ManifestSource[]): Result<Manifests, readonly ManifestProblem[]> {
  const problems: ManifestProblem[] = [];
  const objects: DeclaredObject[] = [];
  const ignored: IgnoredObject[] = [];
  let total = 0;
  for (const { name: source, text } of sources) {
    total += text.length;
    if (text.length > MAX_SOURCE_CHARACTERS || total > MAX_TOTAL_CHARACTERS) {
      problems.push({
        source,
        message: `too large: at most ${MAX_SOURCE_CHARACTERS} characters a file, ${MAX_TOTAL_CHARACTERS} in all`,
      });
      continue;
    }
    const stream = readYaml(text);
    for (const { place, message } of stream.problems) problems.push({ source, ...place, message });
    for (const document of stream.documents) {
      try {
        const value = plainValue(document.contents);
        new ObjectReader(source, document, { objects, ignored, problems }).read(value);
      } catch (error) {
        if (!(error instanceof PlainValueError)) throw error;
        const message = `error converting YAML to JSON: yaml: ${error.message}`;
        problems.push({ source, ...document.placeAt(error.offset), message });
      }
    }
  }
  return problems.length > 0 ? err(problems.slice(0, MAX_PROBLEMS)) : ok({ objects, ignored });
}
