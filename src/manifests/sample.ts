import type { ManifestSource } from '../datamodel/cluster/command.ts';
import article from './samples/article.yaml?raw';

/** The cluster that the app opens on: the one of the article, as a dump with its addresses. */
export function sampleSources(): readonly ManifestSource[] {
  return [{ name: 'sample.yaml', text: article }];
}
